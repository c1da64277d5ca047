package logrus

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

type remembered struct{ lines []string }

func (r *remembered) Levels() []Level { return []Level{ErrorLevel, FatalLevel} }

func (r *remembered) Fire(entry *Entry) error {
	r.lines = append(r.lines, entry.Level.String()+" "+entry.Message)
	return nil
}

func made() (*Logger, *bytes.Buffer) {
	out := new(bytes.Buffer)
	logger := New()
	logger.SetOutput(out)
	logger.SetFormatter(&TextFormatter{DisableTimestamp: true})
	return logger, out
}

func TestLinesAreWritten(t *testing.T) {
	logger, out := made()
	entry := logger.WithField("b", 2).WithFields(Fields{"a": "x y"}).WithError(errors.New("no"))
	entry.Infof("n=%d", 1)
	entry.Debug("not written")
	logger.Warnln("a", 1)
	logger.Printf("%s", "p")
	want := "level=info msg=\"n=1\" a=\"x y\" b=2 error=no\nlevel=warning msg=\"a 1\"\nlevel=info msg=p\n"
	if out.String() != want {
		t.Errorf("%s is not %s", out, want)
	}
	out.Reset()
	logger.SetFormatter(&JSONFormatter{DisableTimestamp: true})
	logger.WithError(errors.New("no")).WithTime(time.Unix(0, 0)).WithContext(context.Background()).Error("e")
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil || line["error"] != "no" || line["level"] != "error" {
		t.Error(out, err)
	}
}

func TestHooksAndTheEnd(t *testing.T) {
	logger, _ := made()
	hook, code := &remembered{}, 0
	logger.AddHook(hook)
	logger.ExitFunc = func(c int) { code = c }
	logger.Info("a")
	logger.Errorf("b%d", 1)
	logger.WithField("x", 1).Fatal("c")
	if strings.Join(hook.lines, ",") != "error b1,fatal c" || code != 1 {
		t.Error(hook.lines, code)
	}
	old := logger.ReplaceHooks(LevelHooks{})
	if len(old[ErrorLevel]) != 1 || old.Fire(ErrorLevel, NewEntry(logger)) != nil {
		t.Error(old)
	}
	defer func() {
		if entry, ok := recover().(*Entry); !ok || entry.Message != "d" {
			t.Error(entry)
		}
	}()
	logger.Panic("d")
}

func TestLevels(t *testing.T) {
	for name, want := range map[string]Level{"WARN": WarnLevel, "warning": WarnLevel, "trace": TraceLevel} {
		var level Level
		if err := level.UnmarshalText([]byte(name)); err != nil || level != want {
			t.Error(name, level, err)
		}
	}
	if _, err := ParseLevel("loud"); err == nil || Level(9).String() != "unknown" {
		t.Error(err)
	}
	logger, _ := made()
	logger.SetLevel(DebugLevel)
	if !logger.IsLevelEnabled(DebugLevel) || logger.IsLevelEnabled(TraceLevel) || logger.GetLevel() != DebugLevel {
		t.Error(logger.GetLevel())
	}
}

func TestTheStandardLogger(t *testing.T) {
	out := new(bytes.Buffer)
	SetOutput(out)
	SetFormatter(&TextFormatter{})
	SetLevel(WarnLevel)
	Info("a")
	WithField("f", 1).Warn("b")
	text, err := WithFields(Fields{"g": 2}).WithTime(time.Unix(0, 0).UTC()).String()
	if err != nil || !strings.Contains(text, "time=\"1970-01-01T00:00:00Z\"") || strings.Count(out.String(), "\n") != 1 {
		t.Error(text, out, err)
	}
	if StandardLogger().GetLevel() != GetLevel() || !IsLevelEnabled(ErrorLevel) {
		t.Error(GetLevel())
	}
}
