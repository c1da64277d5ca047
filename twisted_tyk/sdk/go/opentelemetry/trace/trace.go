// Package trace lets plugins that make spans run where spans go nowhere: all
// of it works, nothing is recorded.
package trace

import "context"

// StatusCode says how what a span stands for ended.
type StatusCode uint32

// The codes.
const (
	SPAN_STATUS_UNSET StatusCode = iota
	SPAN_STATUS_ERROR
	SPAN_STATUS_OK
)

// An Attribute is a name with a value.
type Attribute struct {
	Key   string
	Value interface{}
}

// NewAttribute returns an attribute.
func NewAttribute(key string, value interface{}) Attribute { return Attribute{key, value} }

// A Span stands for something that takes time. Its methods may be called in
// many goroutines.
type Span interface {
	End()
	SetName(name string)
	SetStatus(code StatusCode, description string)
	SetAttributes(attributes ...Attribute)
	AddEvent(name string, attributes ...Attribute)
	RecordError(err error)
	IsRecording() bool
}

type span struct{}

func (span) End()                          {}
func (span) SetName(string)                {}
func (span) SetStatus(StatusCode, string)  {}
func (span) SetAttributes(...Attribute)    {}
func (span) AddEvent(string, ...Attribute) {}
func (span) RecordError(error)             {}
func (span) IsRecording() bool             { return false }

type key struct{}

// NewSpanFromContext returns a span below that of the context, and a context of it.
func NewSpanFromContext(ctx context.Context, tracerName, spanName string) (context.Context, Span) {
	s := span{}
	return ContextWithSpan(ctx, s), s
}

// SpanFromContext returns the span of the context; it is never nil.
func SpanFromContext(ctx context.Context) Span {
	if s, ok := ctx.Value(key{}).(Span); ok {
		return s
	}
	return span{}
}

// ContextWithSpan returns a context of the span.
func ContextWithSpan(ctx context.Context, s Span) context.Context {
	return context.WithValue(ctx, key{}, s)
}

// ExtractTraceID is empty, as there are no traces.
func ExtractTraceID(context.Context) string { return "" }
