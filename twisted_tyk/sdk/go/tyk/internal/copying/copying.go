// Package copying makes deep copies of plain data.
package copying

import "reflect"

// Of returns a copy of value that shares nothing with it but what unexported
// members refer to. The data has no cycles.
func Of[T any](value T) T {
	var copied T
	into(reflect.ValueOf(&copied).Elem(), reflect.ValueOf(&value).Elem())
	return copied
}

func into(target, source reflect.Value) {
	switch source.Kind() {
	case reflect.Pointer:
		if !source.IsNil() {
			fresh := reflect.New(source.Type().Elem())
			into(fresh.Elem(), source.Elem())
			target.Set(fresh)
		}
	case reflect.Interface:
		if !source.IsNil() {
			fresh := reflect.New(source.Elem().Type()).Elem()
			into(fresh, source.Elem())
			target.Set(fresh)
		}
	case reflect.Map:
		copyMap(target, source)
	case reflect.Slice:
		if !source.IsNil() {
			fresh := reflect.MakeSlice(source.Type(), source.Len(), source.Len())
			for i := 0; i < source.Len(); i++ {
				into(fresh.Index(i), source.Index(i))
			}
			target.Set(fresh)
		}
	case reflect.Struct:
		target.Set(source)
		kind := source.Type()
		for i := 0; i < kind.NumField(); i++ {
			if kind.Field(i).IsExported() {
				into(target.Field(i), source.Field(i))
			}
		}
	default:
		target.Set(source)
	}
}

func copyMap(target, source reflect.Value) {
	if source.IsNil() {
		return
	}
	fresh := reflect.MakeMapWithSize(source.Type(), source.Len())
	value := reflect.New(source.Type().Elem()).Elem()
	for each := source.MapRange(); each.Next(); {
		value.SetZero()
		into(value, each.Value())
		fresh.SetMapIndex(each.Key(), value)
	}
	target.Set(fresh)
}
