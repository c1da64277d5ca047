// Package layer puts values of this module over contexts, so that they can be
// told from those that hooks put there.
package layer

import "context"

type over struct {
	context.Context
	key, value any
}

func (o *over) Value(key any) any {
	if key == o.key {
		return o.value
	}
	return o.Context.Value(key)
}

// With returns a context with a value.
func With(parent context.Context, key, value any) context.Context {
	return &over{parent, key, value}
}

// Under returns what is below all values that were put on top by With.
func Under(ctx context.Context) context.Context {
	for {
		top, ok := ctx.(*over)
		if !ok {
			return ctx
		}
		ctx = top.Context
	}
}
