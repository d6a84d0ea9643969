package cms

// element is one element of what normalise returned.
type element struct {
	tag  byte
	at   int    // its offset in the whole
	raw  []byte // with tag and length
	body []byte // its contents
	from *normalised
}

// asReceived reports whether the element is in the input byte for byte.
func (e element) asReceived() bool { return e.from == nil || e.from.asReceived(e) }

// cursor goes through the elements of a constructed one. Normalise has seen
// every length, so reading fails at the end only.
type cursor struct {
	rest []byte
	at   int // offset of rest in the whole
	from *normalised
}

// cursor returns a cursor over the whole.
func (n *normalised) cursor() cursor { return cursor{rest: n.der, from: n} }

// inside returns a cursor over the contents of e.
func (e element) inside() cursor {
	return cursor{rest: e.body, at: e.at + len(e.raw) - len(e.body), from: e.from}
}

// next returns the next element, whatever it is.
func (c *cursor) next() (element, bool) {
	h, err := readHeader(c.rest)
	if err != nil || h.indefinite {
		c.rest = nil
		return element{}, false
	}
	n := h.size + h.length
	e := element{tag: h.tag, at: c.at, raw: c.rest[:n:n], body: c.rest[h.size:n:n], from: c.from}
	c.rest, c.at = c.rest[n:], c.at+n
	return e, true
}

// take returns the next element if it has the tag, and else stays.
func (c *cursor) take(tag byte) (element, bool) {
	if len(c.rest) == 0 || c.rest[0] != tag {
		return element{}, false
	}
	return c.next()
}

// only returns the single element inside e, which must have the tag.
func (e element) only(tag byte) (element, bool) {
	c := e.inside()
	inner, ok := c.take(tag)
	return inner, ok && c.empty()
}

func (c *cursor) empty() bool { return len(c.rest) == 0 }

// count returns the number of elements inside e.
func (e element) count() int {
	n := 0
	for c := e.inside(); ; n++ {
		if _, ok := c.next(); !ok {
			return n
		}
	}
}

// DER returns a message with its envelope in DER. The signed parts are DER already,
// so the signature stays good.
func DER(message []byte) ([]byte, error) {
	n, err := normalise(message)
	if err != nil {
		return nil, err
	}
	return n.der, nil
}
