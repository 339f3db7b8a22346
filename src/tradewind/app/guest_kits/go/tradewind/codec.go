package tradewind

// The proto3 wire format, as far as the contract needs it: varints, doubles, strings, nested messages.

// No message of a bar costs an allocation, whatever is asked: a collector that has nothing to do costs nothing either.

import "unsafe"

const (
	wireVarint = 0
	wireDouble = 1
	wireBytes  = 2
	wireFloat  = 5
)

const nsPerSecond = 1_000_000_000

// A message writes its fields; those at their default are left out.
type message interface{ encode(w *writer) }

type writer struct{ buffer []byte }

func (w *writer) varint(value uint64) {
	for value >= 0x80 {
		w.buffer = append(w.buffer, byte(value)|0x80)
		value >>= 7
	}
	w.buffer = append(w.buffer, byte(value))
}

func (w *writer) tag(field, wire int) { w.varint(uint64(field<<3 | wire)) }

func (w *writer) number(field int, value int64) {
	if value != 0 {
		w.tag(field, wireVarint)
		w.varint(uint64(value))
	}
}

func (w *writer) double(field int, value float64) {
	if *(*uint64)(unsafe.Pointer(&value)) == 0 {
		return
	}
	w.tag(field, wireDouble)
	w.buffer = append(w.buffer, (*[8]byte)(unsafe.Pointer(&value))[:]...) // WebAssembly is little-endian, as the wire is
}

func (w *writer) text(field int, value string) {
	if value != "" {
		w.element(field, value)
	}
}

// element writes a string even if it is empty, as an element of a repeated field must be.
func (w *writer) element(field int, value string) {
	w.tag(field, wireBytes)
	w.varint(uint64(len(value)))
	w.buffer = append(w.buffer, value...)
}

// put writes a nested message where it stands; its length goes before it once it is known.
func put[T message](w *writer, field int, value T) {
	w.tag(field, wireBytes)
	begin := len(w.buffer) + 1
	w.buffer = append(w.buffer, 0)
	value.encode(w)
	size := len(w.buffer) - begin
	if size < 0x80 {
		w.buffer[begin-1] = byte(size)
		return
	}
	more := 0
	for rest := size; rest >= 0x80; rest >>= 7 {
		more++
	}
	w.buffer = append(w.buffer, make([]byte, more)...)
	copy(w.buffer[begin+more:], w.buffer[begin:])
	length := writer{w.buffer[:begin-1]}
	length.varint(uint64(size))
}

// time writes a Timestamp, nanoseconds UTC; 0 is a time that is not given.
func (w *writer) time(field int, ns int64) {
	if ns != 0 {
		put(w, field, timestamp(ns))
	}
}

func (w *writer) pairs(field int, pairs []string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		put(w, field, pair{pairs[i], pairs[i+1]})
	}
}

type timestamp int64

func (t timestamp) encode(w *writer) {
	seconds, nanos := int64(t)/nsPerSecond, int64(t)%nsPerSecond
	if nanos < 0 {
		seconds, nanos = seconds-1, nanos+nsPerSecond
	}
	w.number(1, seconds)
	w.number(2, nanos)
}

type pair struct{ key, value string }

func (p pair) encode(w *writer) {
	w.text(1, p.key)
	w.text(2, p.value)
}

// A reader walks over the fields of a message: `for r.next() { switch r.field { … } }`. What nobody asks for is skipped.
type reader struct {
	rest  []byte
	field int
	bad   bool // not protobuf, or a field of another type than the contract's

	wire  int
	bits  uint64
	bytes []byte
}

func (r *reader) next() bool {
	if r.bad || len(r.rest) == 0 {
		return false
	}
	tag := r.varint()
	r.field, r.wire = int(tag>>3), int(tag&7)
	switch r.wire {
	case wireVarint:
		r.bits = r.varint()
	case wireDouble:
		r.bits = r.fixed(8)
	case wireBytes:
		r.bytes = r.take(r.varint())
	case wireFloat:
		r.bits = r.fixed(4)
	default:
		r.bad = true
	}
	return !r.bad
}

func (r *reader) varint() (value uint64) {
	if len(r.rest) > 0 && r.rest[0] < 0x80 { // most are one byte
		value, r.rest = uint64(r.rest[0]), r.rest[1:]
		return value
	}
	for i := 0; i < len(r.rest) && i < 10; i++ {
		value |= uint64(r.rest[i]&0x7f) << (7 * i)
		if r.rest[i] < 0x80 {
			r.rest = r.rest[i+1:]
			return value
		}
	}
	r.bad = true
	return 0
}

func (r *reader) take(size uint64) []byte {
	if r.bad || size > uint64(len(r.rest)) {
		r.bad = true
		return nil
	}
	taken := r.rest[:size]
	r.rest = r.rest[size:]
	return taken
}

func (r *reader) fixed(size uint64) (value uint64) {
	taken := r.take(size)
	if len(taken) == 8 {
		return *(*uint64)(unsafe.Pointer(&taken[0]))
	}
	for i, b := range taken {
		value |= uint64(b) << (8 * i)
	}
	return value
}

func (r *reader) is(wire int) bool {
	r.bad = r.bad || r.wire != wire
	return !r.bad
}

func (r *reader) number() int64 {
	if !r.is(wireVarint) {
		return 0
	}
	return int64(r.bits)
}

func (r *reader) double() float64 {
	if !r.is(wireDouble) {
		return 0
	}
	return *(*float64)(unsafe.Pointer(&r.bits))
}

func (r *reader) text() string {
	if !r.is(wireBytes) {
		return ""
	}
	return string(r.bytes)
}

var symbols = map[string]string{}

// symbol is text of which there are few: each is kept once, so that a bar costs no allocation.
func (r *reader) symbol() string {
	if !r.is(wireBytes) {
		return ""
	}
	if known, ok := symbols[string(r.bytes)]; ok {
		return known
	}
	fresh := string(r.bytes)
	symbols[fresh] = fresh
	return fresh
}

// inner hands a nested message to `decode`, in this reader, which then goes on behind it.
func (r *reader) inner(decode func(*reader)) {
	if !r.is(wireBytes) {
		return
	}
	behind := r.rest
	r.rest = r.bytes
	decode(r)
	r.rest = behind
}

func (r *reader) time() (ns int64) {
	if !r.is(wireBytes) {
		return 0
	}
	nested := reader{rest: r.bytes}
	for nested.next() {
		switch nested.field {
		case 1:
			ns += nested.number() * nsPerSecond
		case 2:
			ns += nested.number()
		}
	}
	r.bad = nested.bad
	return ns
}

func (r *reader) pair() (key, value string) {
	r.inner(func(entry *reader) {
		for entry.next() {
			switch entry.field {
			case 1:
				key = entry.text()
			case 2:
				value = entry.text()
			}
		}
	})
	return key, value
}
