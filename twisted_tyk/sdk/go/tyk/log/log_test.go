package log

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/TykTechnologies/tyk/config"
	"github.com/TykTechnologies/tyk/internal/host"
	"github.com/sirupsen/logrus"
)

// open has the gateway listen.
func open(t *testing.T, settings string) *[]string {
	lines := new([]string)
	host.Open(&host.Table{Log: func(level int, text, fields string) {
		*lines = append(*lines, fmt.Sprint(level, " ", text, " ", fields))
	}}, []byte(settings))
	t.Cleanup(func() { host.Close(0) })
	return lines
}

func TestLinesGoToTheGateway(t *testing.T) {
	lines := open(t, `{"settings": {"log_level": "debug", "xff_depth": 2, "hash_keys": true}}`)
	Get().Debugf("a %d", 1)
	Get().Infoln("a", "b")
	Get().WithError(errors.New("no")).WithField("f", func() {}).Warn("c")
	GetRaw().WithFields(logrus.Fields{"n": 1, "s": "x"}).Error("d")
	Get().Trace("too fine")
	if len(*lines) != 4 || (*lines)[0] != "0 a 1 " || (*lines)[1] != "1 a b " ||
		!strings.HasPrefix((*lines)[2], `2 c {"error":"no","f":"0x`) || (*lines)[3] != `3 d {"n":1,"s":"x"}` {
		t.Errorf("%q", *lines)
	}
	settings := config.Global()
	if !settings.HashKeys || settings.HttpServerOptions.XFFDepth != 2 {
		t.Errorf("%+v", settings)
	}
}

func TestTheEnvironmentSetsTheLevel(t *testing.T) {
	t.Setenv("TYK_LOGLEVEL", "ERROR")
	lines := open(t, `{"settings": {"log_level": "debug"}}`)
	Get().Warn("a")
	Get().Error("b")
	if len(*lines) != 1 {
		t.Errorf("%q", *lines)
	}
}

func TestAFatalLinePanics(t *testing.T) {
	lines := open(t, "")
	defer func() {
		if recover() == nil || len(*lines) != 1 {
			t.Errorf("%q", *lines)
		}
	}()
	Get().Fatalf("the %s", "end")
}

func TestSettingsThatCannotBeReadAreToldOf(t *testing.T) {
	lines := open(t, "[")
	if len(*lines) != 1 || !strings.Contains((*lines)[0], "settings of the gateway cannot be read") {
		t.Errorf("%q", *lines)
	}
}

func TestFormatters(t *testing.T) {
	entry := logrus.NewEntry(logrus.New()).WithField("code", "a.b")
	entry.Message, entry.Time = "hello world", time.Date(2019, 10, 14, 13, 39, 55, 0, time.UTC)
	LoadTranslations(map[string]interface{}{"a": map[string]interface{}{"b": "translated"}, "c": 1})
	for name, test := range map[string]struct {
		formatter logrus.Formatter
		want      string
	}{
		"text":       {NewFormatter(FormatText), `message="hello world"`},
		"legacy":     {NewFormatter(FormatLegacy), `time="Oct 14 13:39:55"`},
		"json":       {NewFormatter("JSON"), `"msg":"hello world"`},
		"raw":        {&RawFormatter{}, "hello world"},
		"translated": {&TranslationFormatter{&RawFormatter{}}, "translated"},
	} {
		text, err := test.formatter.Format(entry)
		if err != nil || !strings.Contains(string(text), test.want) {
			t.Errorf("%s: %s, %v", name, text, err)
		}
		if IsLegacyFormatter(test.formatter) != (name == "legacy") {
			t.Error(name)
		}
	}
}
