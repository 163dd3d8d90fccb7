package flow

import (
	"reflect"
	"sync"
)

// Copy gives a value that shares nothing with v, so that Go code may change it.
// Lists and maps are never nil in it, as they never are in the language. What holds
// no reference is not looked at.
func Copy[T any](v T) T {
	c := copierOf(reflect.TypeFor[T]())
	if c == nil {
		return v
	}
	out := v
	c(reflect.ValueOf(&out).Elem())
	return out
}

// A copier replaces the references in a value by copies of what they lead to.
type copier func(v reflect.Value)

var copiers sync.Map // reflect.Type → copier, nil for types without references

// copierOf gives the copier of a type, nil if it holds no references.
func copierOf(t reflect.Type) copier {
	if c, ok := copiers.Load(t); ok {
		return c.(copier)
	}
	c := makeCopier(t, map[reflect.Type]bool{})
	copiers.Store(t, c)
	return c
}

// makeCopier makes a copier; a type that is being made already leads back into
// itself, and is looked up when it is needed.
func makeCopier(t reflect.Type, making map[reflect.Type]bool) copier {
	if making[t] {
		return func(v reflect.Value) {
			if c := copierOf(t); c != nil {
				c(v)
			}
		}
	}
	making[t] = true
	defer delete(making, t)
	switch t.Kind() {
	case reflect.Pointer:
		inner := makeCopier(t.Elem(), making)
		return func(v reflect.Value) {
			if v.IsNil() {
				return
			}
			p := reflect.New(t.Elem())
			p.Elem().Set(v.Elem())
			if inner != nil {
				inner(p.Elem())
			}
			v.Set(p)
		}
	case reflect.Slice:
		inner := makeCopier(t.Elem(), making)
		own := implements(t, marshaler) // to which an empty one may be another thing than nil
		return func(v reflect.Value) {
			if own && v.IsNil() {
				return
			}
			s := reflect.MakeSlice(t, v.Len(), v.Len())
			reflect.Copy(s, v)
			if inner != nil {
				for i := range s.Len() {
					inner(s.Index(i))
				}
			}
			v.Set(s)
		}
	case reflect.Array:
		inner := makeCopier(t.Elem(), making)
		if inner == nil {
			return nil
		}
		return func(v reflect.Value) {
			for i := range v.Len() {
				inner(v.Index(i))
			}
		}
	case reflect.Map:
		inner := makeCopier(t.Elem(), making)
		return func(v reflect.Value) {
			m := reflect.MakeMapWithSize(t, v.Len())
			for it := v.MapRange(); it.Next(); {
				e := reflect.New(t.Elem()).Elem()
				e.Set(it.Value())
				if inner != nil {
					inner(e)
				}
				m.SetMapIndex(it.Key(), e)
			}
			v.Set(m)
		}
	case reflect.Interface:
		return func(v reflect.Value) {
			if v.IsNil() {
				return
			}
			if c := copierOf(v.Elem().Type()); c != nil {
				e := reflect.New(v.Elem().Type()).Elem()
				e.Set(v.Elem())
				c(e)
				v.Set(e)
			}
		}
	case reflect.Struct:
		if t == timeType {
			return nil
		}
		type part struct {
			i    int
			copy copier
		}
		var parts []part
		for i := range t.NumField() {
			if sf := t.Field(i); sf.IsExported() || sf.Anonymous && sf.Type.Kind() == reflect.Struct {
				if c := makeCopier(sf.Type, making); c != nil {
					parts = append(parts, part{i, c})
				}
			}
		}
		if parts == nil {
			return nil
		}
		return func(v reflect.Value) {
			for _, p := range parts {
				p.copy(v.Field(p.i))
			}
		}
	}
	return nil
}
