package tradewind

// Parameters and their JSON: a flat object of numbers, texts, true and false. encoding/json would double the module.

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// Parameters are declared as flags are: where the value goes, its name, its default, what it means.
type Parameters struct{ list []parameter }

type parameter struct {
	name, kind, initial, usage string
	set                        func(value member) bool
}

// Int declares a whole number.
func (p *Parameters) Int(to *int, name string, initial int, usage string) {
	*to = initial
	p.add(name, "integer", strconv.Itoa(initial), usage, func(m member) bool {
		value, ok := parseNumber(m.text)
		if m.kind != 'n' || !ok || value != math.Trunc(value) || math.Abs(value) > math.MaxInt32 {
			return false
		}
		*to = int(value)
		return true
	})
}

// Float declares a number.
func (p *Parameters) Float(to *float64, name string, initial float64, usage string) {
	*to = initial
	p.add(name, "number", Text(initial), usage, func(m member) bool {
		value, ok := parseNumber(m.text)
		if m.kind != 'n' || !ok {
			return false
		}
		*to = value
		return true
	})
}

// Text declares a text.
func (p *Parameters) Text(to *string, name, initial, usage string) {
	*to = initial
	p.add(name, "string", quote(initial), usage, func(m member) bool {
		*to = m.text
		return m.kind == 's'
	})
}

// Bool declares a switch.
func (p *Parameters) Bool(to *bool, name string, initial bool, usage string) {
	*to = initial
	p.add(name, "boolean", strconv.FormatBool(initial), usage, func(m member) bool {
		*to = m.text == "true"
		return m.kind == 'b'
	})
}

func (p *Parameters) add(name, kind, initial, usage string, set func(member) bool) {
	p.list = append(p.list, parameter{name, kind, initial, usage, set})
}

// schema is the JSON schema of the parameters.
func (p *Parameters) schema() string {
	properties := make([]string, 0, len(p.list))
	for _, one := range p.list {
		properties = append(properties, quote(one.name)+`: {"type": `+quote(one.kind)+
			`, "default": `+one.initial+`, "description": `+quote(one.usage)+`}`)
	}
	return `{"type": "object", "additionalProperties": false, "properties": {` + strings.Join(properties, ", ") + `}}`
}

// set takes the values of a configuration; "" leaves the defaults.
func (p *Parameters) set(config string) error {
	if strings.TrimSpace(config) == "" {
		return nil
	}
	members, err := parseObject(config)
	if err != nil {
		return err
	}
	for _, m := range members {
		if err := p.setOne(m); err != nil {
			return err
		}
	}
	return nil
}

func (p *Parameters) setOne(m member) error {
	names := make([]string, 0, len(p.list))
	for _, one := range p.list {
		if one.name != m.key {
			names = append(names, one.name)
		} else if !one.set(m) {
			return errors.New("parameter " + m.key + ": not of type " + one.kind)
		} else {
			return nil
		}
	}
	return errors.New("no parameter " + quote(m.key) + "; there are: " + strings.Join(names, ", "))
}

// Text writes a number so that Number reads the same again.
func Text(value float64) string { return strconv.FormatFloat(value, 'g', -1, 64) }

// Number reads what Text wrote; ok is false where there is no number.
func Number(text string) (value float64, ok bool) { return parseNumber(text) }

func parseNumber(text string) (value float64, ok bool) {
	value, err := strconv.ParseFloat(text, 64)
	return value, err == nil
}

// A member of an object: kind is n, s, b for number, string, boolean; 0 is null.
type member struct {
	key, text string
	kind      byte
}

var errNotFlat = errors.New("the parameters are no flat JSON object of numbers, texts, true and false")

func parseObject(text string) (members []member, err error) {
	err = eachMember(text, func(m member) { members = append(members, m) })
	return members, err
}

// eachMember hands over the members of an object, those before an error too.
func eachMember(text string, take func(member)) error {
	s := scanner{rest: text}
	s.expect('{')
	for first := true; !s.bad && s.peek() != '}'; first = false {
		if !first {
			s.expect(',')
		}
		m := member{key: s.quoted()}
		s.expect(':')
		m.text, m.kind = s.value()
		if !s.bad {
			take(m)
		}
	}
	s.expect('}')
	if s.bad || s.peek() != 0 {
		return errNotFlat
	}
	return nil
}

type scanner struct {
	rest string
	bad  bool
}

// peek returns the next character that is no space, 0 at the end.
func (s *scanner) peek() byte {
	for s.rest != "" {
		if c := s.rest[0]; c > ' ' || (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
			return c
		}
		s.rest = s.rest[1:]
	}
	return 0
}

func (s *scanner) expect(c byte) {
	if s.bad || s.peek() != c {
		s.bad = true
		return
	}
	s.rest = s.rest[1:]
}

func (s *scanner) value() (text string, kind byte) {
	if s.peek() == '"' {
		return s.quoted(), 's'
	}
	end := strings.IndexAny(s.rest, " \t\r\n,}")
	if end < 0 {
		end = len(s.rest)
	}
	text, s.rest = s.rest[:end], s.rest[end:]
	if text == "null" {
		return "", 0
	}
	if text == "true" || text == "false" {
		return text, 'b'
	}
	s.bad = s.bad || text == "" || strings.Trim(text, "0123456789+-.eE") != ""
	return text, 'n'
}

func (s *scanner) quoted() string {
	s.expect('"')
	if end := strings.IndexByte(s.rest, '"'); !s.bad && end >= 0 && strings.IndexByte(s.rest[:end], '\\') < 0 {
		plain := s.rest[:end]
		s.rest = s.rest[end+1:]
		return plain
	}
	var found []byte
	for !s.bad && s.rest != "" {
		c := s.rest[0]
		s.rest = s.rest[1:]
		switch c {
		case '"':
			return string(found)
		case '\\':
			found = append(found, s.escaped()...)
		default:
			found = append(found, c)
		}
	}
	s.bad = true
	return ""
}

const escapes, meanings = `"\/bfnrt`, "\"\\/\b\f\n\r\t"

func (s *scanner) escaped() string {
	if s.rest == "" {
		s.bad = true
		return ""
	}
	c := s.rest[0]
	s.rest = s.rest[1:]
	if i := strings.IndexByte(escapes, c); i >= 0 {
		return meanings[i : i+1]
	}
	code := s.hex4(c == 'u')
	if low := code - 0xd800; low < 0x400 && strings.HasPrefix(s.rest, `\u`) { // a pair stands for one character
		s.rest = s.rest[2:]
		code = 0x10000 + low<<10 + (s.hex4(true) - 0xdc00)
	}
	return string(rune(code))
}

func (s *scanner) hex4(there bool) uint32 {
	if !there || len(s.rest) < 4 {
		s.bad = true
		return 0
	}
	code, err := strconv.ParseUint(s.rest[:4], 16, 32)
	s.rest, s.bad = s.rest[4:], s.bad || err != nil
	return uint32(code)
}

func quote(text string) string {
	quoted := []byte{'"'}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			quoted = append(quoted, '\\', c)
		case c < ' ':
			quoted = append(quoted, `\u00`...)
			quoted = append(quoted, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		default:
			quoted = append(quoted, c)
		}
	}
	return string(append(quoted, '"'))
}
