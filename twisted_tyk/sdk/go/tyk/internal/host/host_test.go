package host

import (
	"testing"
	"time"

	"github.com/TykTechnologies/tyk/internal/wire"
)

// TestTheWayToTheGateway is one test, as there is one gateway.
func TestTheWayToTheGateway(t *testing.T) {
	var lines []string
	values := map[string]float64{}
	waiting := make(chan struct{})
	table := &Table{
		Log:    func(level int, text, fields string) { lines = append(lines, text+fields) },
		Metric: func(kind int, name string, value float64) { values[name] = value },
		Service: func(service uint32, in []byte) (int, []byte) {
			switch service {
			case 1:
				return wire.OK, in
			case 2:
				return wire.OK, []byte("nonsense")
			case 3:
				<-waiting
			}
			return wire.EMissing, nil
		},
	}
	for i := 0; i < most+1; i++ {
		Log(wire.Info, "early", "")
	}
	Metric(wire.Gauge, "lost", 1)
	if status, _ := Service(1, "a"); status != wire.ERefused {
		t.Error("a service without a gateway says", status)
	}
	opened := 0
	OnOpen(func() { opened++ })
	Open(table, []byte("{}"))
	OnOpen(func() { opened++ })
	if len(lines) != most || opened != 2 || string(Config()) != "{}" {
		t.Error(len(lines), opened, Config())
	}
	Log(wire.Info, "now", `{"a":1}`)
	Metric(wire.Gauge, "g", 2)
	if last := lines[len(lines)-1]; last != `now{"a":1}` || values["g"] != 2 || len(values) != 1 {
		t.Error(last, values)
	}
	if status, answer := Service(1, "a", "b"); status != wire.OK || len(answer) != 2 || answer[1] != "b" {
		t.Error(status, answer)
	}
	for service, want := range map[uint32]int{2: wire.EFailed, 4: wire.EMissing} {
		if status, _ := Service(service); status != want {
			t.Error(service, status)
		}
	}
	ended := make(chan struct{})
	go func() {
		Service(3)
		close(ended)
	}()
	for underWay.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	if Close(0) {
		t.Error("a service that is under way was not seen")
	}
	close(waiting)
	<-ended
	if !Close(time.Second) {
		t.Error("something is still under way")
	}
	Log(wire.Info, "late", "")
	if last := lines[len(lines)-1]; last == "late" {
		t.Error("a line after the end reached the gateway")
	}
}
