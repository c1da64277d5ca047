package trace

import (
	"context"
	"errors"
	"testing"
)

func TestSpansDoNoHarm(t *testing.T) {
	ctx, s := NewSpanFromContext(context.Background(), "tracer", "name")
	s.SetName("other")
	s.SetAttributes(NewAttribute("a", 1))
	s.AddEvent("event", NewAttribute("b", "x"))
	s.RecordError(errors.New("no"))
	s.SetStatus(SPAN_STATUS_OK, "fine")
	if s.IsRecording() || SpanFromContext(ctx) != s || SpanFromContext(context.Background()) == nil {
		t.Error("a span that is not as it should be")
	}
	s.End()
	if ExtractTraceID(ctx) != "" {
		t.Error("a trace")
	}
}
