// Package log gives plugins a logger whose lines go to the gateway's log.
//
// A line that a function logs is told with its API and its request. Goroutines
// that it starts have to say whose they are, with the context of the request:
// log.Get().WithContext(r.Context()).Info(...). Such lines come when the
// function is over, after its other lines; without the context, and after the
// end of the function, a line is told for the plugin alone. In a plugin that
// can call runtime.Goexit every function runs in a goroutine of its own, so
// there all lines need the context.
package log

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/TykTechnologies/tyk/config"
	"github.com/TykTechnologies/tyk/internal/host"
	"github.com/TykTechnologies/tyk/internal/wire"
	"github.com/sirupsen/logrus"
)

// errFatal is what a plugin panics with instead of ending the gateway.
var errFatal = errors.New("the plugin logged a fatal error")

var logger, raw = newLogger(), newLogger()

// Get returns the logger of this plugin. Its level is that of the gateway, or
// that of TYK_GW_LOGLEVEL or TYK_LOGLEVEL. A fatal line does not end the
// process but panics.
func Get() *logrus.Logger { return logger }

// GetRaw returns another logger of the same kind.
func GetRaw() *logrus.Logger { return raw }

func newLogger() *logrus.Logger {
	l := logrus.New()
	l.Out = io.Discard
	l.Formatter = silent{}
	l.ExitFunc = func(int) { panic(errFatal) }
	l.Hooks.Add(toGateway{})
	return l
}

func init() {
	host.OnOpen(func() {
		level := level(config.Global().LogLevel)
		logger.SetLevel(level)
		raw.SetLevel(level)
	})
	logger.SetLevel(level(""))
	raw.SetLevel(level(""))
}

func level(told string) logrus.Level {
	for _, name := range []string{os.Getenv("TYK_GW_LOGLEVEL"), os.Getenv("TYK_LOGLEVEL"), told} {
		if found, err := logrus.ParseLevel(strings.ToLower(name)); err == nil {
			return found
		}
	}
	return logrus.InfoLevel
}

// silent writes nothing: the hook has told the gateway already.
type silent struct{}

func (silent) Format(*logrus.Entry) ([]byte, error) { return nil, nil }

type toGateway struct{}

func (toGateway) Levels() []logrus.Level { return logrus.AllLevels }

func (toGateway) Fire(entry *logrus.Entry) error {
	number := wire.Info
	switch {
	case entry.Level <= logrus.ErrorLevel:
		number = wire.Severe
	case entry.Level == logrus.WarnLevel:
		number = wire.Warning
	case entry.Level >= logrus.DebugLevel:
		number = wire.Debug
	}
	fields := ""
	if len(entry.Data) > 0 {
		fields = encode(entry.Data)
	}
	if entry.Context != nil {
		if call, ok := entry.Context.Value(host.CallKey{}).(host.CallLog); ok {
			if call.Log(number, entry.Message, fields) {
				return nil
			}
		}
	}
	host.Log(number, entry.Message, fields)
	return nil
}

// encode writes the fields as JSON, those that cannot be written as they print.
func encode(data logrus.Fields) string {
	fields := make(map[string]json.RawMessage, len(data))
	for name, value := range data {
		if err, ok := value.(error); ok {
			value = err.Error()
		}
		text, err := json.Marshal(value)
		if err != nil {
			text, _ = json.Marshal(fmt.Sprint(value))
		}
		fields[name] = text
	}
	text, _ := json.Marshal(fields)
	return string(text)
}
