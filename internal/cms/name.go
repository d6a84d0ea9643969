package cms

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf16"
)

// name is a distinguished name (RFC 5280 section 4.1.2.4), each attribute in
// the form in which section 7.1 compares it.
type name struct {
	parts    [][]string // RelativeDistinguishedNames, each sorted
	readable bool
}

// readName reads a Name.
func readName(der []byte) name {
	whole := cursor{rest: der}
	sequence, ok := whole.take(tagSequence)
	if !ok || !whole.empty() {
		return name{}
	}
	n := name{readable: true}
	for c := sequence.inside(); !c.empty(); {
		set, ok := c.take(tagSet)
		if !ok {
			return name{}
		}
		var attributes []string
		for in := set.inside(); !in.empty(); {
			attribute, ok := in.take(tagSequence)
			if !ok {
				return name{}
			}
			attributes = append(attributes, comparable(attribute))
		}
		slices.Sort(attributes)
		n.parts = append(n.parts, attributes)
	}
	return n
}

// comparable returns type and value of an attribute so that two which section
// 7.1 takes for the same are the same. Case and white space do not count, and
// neither does the type of string. Unicode's other normalisations are not made:
// names that need them differ, which refuses rather than accepts.
func comparable(attribute element) string {
	c := attribute.inside()
	oid, _ := c.take(tagOID)
	value, _ := c.next()
	text, ok := stringValue(value)
	if !ok || !c.empty() {
		return string(attribute.raw)
	}
	return string(oid.raw) + strings.Join(strings.Fields(strings.ToLower(text)), " ")
}

// Tags of the strings that a name may consist of.
const (
	tagUTF8String      = 0x0c
	tagPrintableString = 0x13
	tagTeletexString   = 0x14
	tagIA5String       = 0x16
	tagBMPString       = 0x1e
)

func stringValue(e element) (string, bool) {
	switch e.tag {
	case tagUTF8String, tagPrintableString, tagIA5String:
		return string(e.body), true
	case tagTeletexString: // what is written under this tag is Latin-1
		runes := make([]rune, len(e.body))
		for i, b := range e.body {
			runes[i] = rune(b)
		}
		return string(runes), true
	case tagBMPString:
		units := make([]uint16, len(e.body)/2)
		for i := range units {
			units[i] = uint16(e.body[2*i])<<8 | uint16(e.body[2*i+1])
		}
		return string(utf16.Decode(units)), len(e.body)%2 == 0
	default:
		return "", false
	}
}

// within reports whether n is in the subtree of base.
func (n name) within(base name) bool {
	if !n.readable || !base.readable || len(n.parts) < len(base.parts) {
		return false
	}
	return slices.EqualFunc(n.parts[:len(base.parts)], base.parts, slices.Equal)
}

func (n name) equal(other name) bool {
	return len(n.parts) == len(other.parts) && n.within(other)
}

// mailAddresses returns the values of emailAddress in a Name (RFC 5280 section
// 4.2.1.6).
func mailAddresses(der []byte) (all []string) {
	whole := cursor{rest: der}
	sequence, _ := whole.take(tagSequence)
	for c := sequence.inside(); !c.empty(); {
		set, _ := c.next()
		for in := set.inside(); !in.empty(); {
			attribute, _ := in.next()
			parts := attribute.inside()
			if oid, ok := parts.take(tagOID); !ok || !bytes.Equal(oid.body, []byte(oidEmailAddress)) {
				continue
			}
			value, _ := parts.next()
			text, _ := stringValue(value)
			all = append(all, text)
		}
	}
	return all
}
