package cms

import "slices"

// maxDepth is how deep elements may nest. A message of the service nests about
// ten deep, a certificate in it about fifteen.
const maxDepth = 64

const (
	tagInteger         = 0x02
	tagBitString       = 0x03
	tagOctetString     = 0x04
	tagNull            = 0x05
	tagOID             = 0x06
	tagUTCTime         = 0x17
	tagGeneralizedTime = 0x18
	tagSequence        = 0x30
	tagSet             = 0x31
	constructed        = 0x20
	primitive0         = 0x80 // [0]
	context0           = 0xa0 // [0], constructed
	context1           = 0xa1
	joinedOctetString  = tagOctetString | constructed
)

// normalised is an element in DER, with the places at which it was not DER as
// received.
type normalised struct {
	der     []byte
	changed []int // offsets in der of the headers that were rewritten, ascending
	long    []int // offsets in der of the tags of two bytes, ascending
}

// frame is a constructed element that has been opened and not yet closed.
type frame struct {
	edit       int  // of its header
	limit      int  // where it ends; indefinite: where the nearest definite ancestor ends
	length     int  // of its contents as received, when not indefinite
	size       int  // of its contents in DER, as far as read
	indefinite bool // ends with end-of-contents
	joins      bool // is a constructed OCTET STRING
}

// edit replaces bytes of the input by a header, or by nothing. A hostile
// message can ask for one every three bytes, so it is small.
type edit struct {
	at      uint32 // offset in the input
	skip    uint32 // bytes to leave out
	size    uint32 // the length in the header
	tag     byte   // of the header to put in their place; 0 puts nothing
	number  byte   // second byte of the tag; 0 when it has one only
	changed bool   // the header put is not the one left out
}

func (e edit) end() int { return int(e.at) + int(e.skip) }

// headerSize is how many bytes the header has that the edit puts.
func (e edit) headerSize() int {
	if e.number != 0 {
		return 1 + headerSize(int(e.size))
	}
	return headerSize(int(e.size))
}

// normalise turns one BER element into DER: lengths become definite and
// minimal, the pieces of a constructed OCTET STRING become one (X.690, 8.1.3
// and 8.7.3). It reads the input once. SETs keep their order, and contents of
// primitive elements stay as they are. Input that is DER in these respects is
// returned itself.
func normalise(ber []byte) (*normalised, error) {
	w := walk{ber: ber, edits: make([]edit, 0, 32)}
	for {
		w.closeEnded()
		if w.depth == 0 && w.pos > 0 {
			break
		}
		if err := w.element(); err != nil {
			return nil, err
		}
	}
	if w.pos != len(ber) {
		return nil, TrailingData
	}
	return w.emit(), nil
}

// walk goes through BER with its own stack of fixed size.
type walk struct {
	ber    []byte
	pos    int
	depth  int
	frames [maxDepth]frame
	edits  []edit
}

// element reads the header at pos and goes past a primitive element, or into a
// constructed one.
func (w *walk) element() error {
	limit := len(w.ber)
	inString := false
	if w.depth > 0 {
		limit, inString = w.frames[w.depth-1].limit, w.frames[w.depth-1].joins
	}
	in := w.ber[w.pos:limit]
	if size := shortPrimitive(in); size > 0 && !inString {
		w.grow(size)
		w.pos += size
		return nil
	}
	h, err := readHeader(in)
	if err != nil {
		return err
	}
	if inString && h.tag&^constructed != tagOctetString {
		return BadOctetString
	}
	if h.tag&constructed != 0 {
		return w.open(h, limit, inString)
	}
	switch {
	case inString:
		w.leaveOut(h.size)
		w.grow(h.length)
	case h.number != 0 || h.size != headerSize(h.length):
		e := edit{at: uint32(w.pos), skip: uint32(h.size), size: uint32(h.length), tag: h.tag, number: h.number}
		e.changed = h.size != e.headerSize()
		w.add(e)
		w.grow(e.headerSize() + h.length)
	default:
		w.grow(h.size + h.length)
	}
	w.pos += h.size + h.length
	return nil
}

// shortPrimitive returns the size of a primitive element of fewer than 128
// bytes, which is already DER: most elements are such. It returns 0 for all
// others, and for bytes that are not an element.
func shortPrimitive(in []byte) int {
	if len(in) < 2 || in[0] == 0 || in[0]&constructed != 0 || in[0]&0x1f == 0x1f || in[1] >= 0x80 {
		return 0
	}
	if size := 2 + int(in[1]); size <= len(in) {
		return size
	}
	return 0
}

// open pushes a constructed element.
func (w *walk) open(h header, limit int, inString bool) error {
	if w.depth == maxDepth {
		return NestedTooDeep
	}
	f := frame{edit: -1, limit: limit, length: h.length, indefinite: h.indefinite, joins: h.tag == joinedOctetString}
	if !h.indefinite {
		f.limit = w.pos + h.size + h.length
	}
	switch {
	case inString: // a piece that has pieces itself
		w.leaveOut(h.size)
	default:
		tag := h.tag
		if f.joins {
			tag = tagOctetString
		}
		f.edit = len(w.edits)
		w.add(edit{at: uint32(w.pos), skip: uint32(h.size), tag: tag, number: h.number})
	}
	w.frames[w.depth] = f
	w.depth++
	w.pos += h.size
	return nil
}

// closeEnded pops every element that ends at pos.
func (w *walk) closeEnded() {
	for w.depth > 0 {
		f := &w.frames[w.depth-1]
		if f.indefinite {
			if f.limit-w.pos < 2 || w.ber[w.pos] != 0 || w.ber[w.pos+1] != 0 {
				return
			}
			w.leaveOut(2)
			w.pos += 2
		} else if w.pos != f.limit {
			return
		}
		w.depth--
		if f.edit < 0 {
			w.grow(f.size)
			continue
		}
		w.grow(w.settle(f) + f.size)
	}
}

// settle completes the edit of a header, now that the size is known, or takes
// it back where nothing came of it. It returns the size of the header.
func (w *walk) settle(f *frame) int {
	e := &w.edits[f.edit]
	e.size = uint32(f.size)
	size := e.headerSize()
	e.changed = f.indefinite || f.joins || f.length != f.size || int(e.skip) != size
	if !e.changed && e.number == 0 && f.edit == len(w.edits)-1 {
		w.edits = w.edits[:f.edit]
	}
	return size
}

// add notes an edit. It doubles the room, where append alone would grow it by
// less each time and copy more: a hostile message has very many.
func (w *walk) add(e edit) {
	if len(w.edits) == cap(w.edits) {
		w.edits = slices.Grow(w.edits, len(w.edits)+1)
	}
	w.edits = append(w.edits, e)
}

// leaveOut leaves out n bytes at pos.
func (w *walk) leaveOut(n int) {
	if last := len(w.edits) - 1; last >= 0 && w.edits[last].end() == w.pos {
		w.edits[last].skip += uint32(n)
		return
	}
	w.add(edit{at: uint32(w.pos), skip: uint32(n)})
}

// grow adds to the contents of the innermost open element.
func (w *walk) grow(n int) {
	if w.depth > 0 {
		w.frames[w.depth-1].size += n
	}
}

// emit writes the DER.
func (w *walk) emit() *normalised {
	if len(w.edits) == 0 {
		return &normalised{der: w.ber}
	}
	whole := w.edits[0] // the outermost element
	n := &normalised{
		der:     make([]byte, 0, whole.headerSize()+int(whole.size)),
		changed: make([]int, 0, len(w.edits)),
	}
	pos := 0
	for _, e := range w.edits {
		n.der = append(n.der, w.ber[pos:e.at]...)
		if e.changed {
			n.changed = append(n.changed, len(n.der))
		}
		if e.number != 0 {
			n.long = append(n.long, len(n.der))
		}
		if e.tag != 0 {
			n.der = appendHeader(n.der, e.tag, e.number, int(e.size))
		}
		pos = e.end()
	}
	n.der = append(n.der, w.ber[pos:]...)
	return n
}

// header is the tag and length of an element.
type header struct {
	tag        byte
	number     byte // second byte of the tag; 0 when it has one only
	size       int  // bytes of tag and length
	length     int  // of the contents
	indefinite bool
}

// readHeader reads the header in front of in, and refuses one whose contents
// are not all there. A tag may have two bytes (X.690, 8.1.2.4): what has such
// a tag is passed over later, or refused.
func readHeader(in []byte) (header, error) {
	if len(in) < 2 {
		return header{}, Truncated
	}
	h := header{tag: in[0], size: 2}
	if h.tag == 0 { // end-of-contents where none is due
		return header{}, StrayEndOfContents
	}
	if h.tag&0x1f == 0x1f {
		if in[1] < 0x1f || in[1] >= 0x80 {
			return header{}, BadTag
		}
		if h.number, h.size = in[1], 3; len(in) < 3 {
			return header{}, Truncated
		}
		in = in[1:] // to where the length is behind a short tag
	}
	err := h.readLength(in)
	return h, err
}

// readLength reads the length behind a tag of one byte in front of in.
func (h *header) readLength(in []byte) error {
	data := 0
	switch {
	case in[1] < 0x80:
		h.length = int(in[1])
	case in[1] == 0x80:
		if h.tag&constructed == 0 {
			return BadLength
		}
		h.indefinite = true
		return nil
	default:
		data = int(in[1] & 0x7f)
		if data > 4 {
			return BadLength
		}
		if len(in) < 2+data {
			return Truncated
		}
		var length uint32
		for _, b := range in[2 : 2+data] {
			length = length<<8 | uint32(b)
		}
		h.size += data
		if uint64(length) > uint64(len(in)) {
			return Truncated
		}
		h.length = int(length)
	}
	if h.length > len(in)-data-2 {
		return Truncated
	}
	return nil
}

// headerSize is how many bytes tag and length take in DER.
func headerSize(length int) int {
	switch {
	case length < 1<<7:
		return 2
	case length < 1<<8:
		return 3
	case length < 1<<16:
		return 4
	case length < 1<<24:
		return 5
	default:
		return 6
	}
}

// appendHeader writes tag and length in DER.
func appendHeader(out []byte, tag, number byte, length int) []byte {
	out = append(out, tag)
	if number != 0 {
		out = append(out, number)
	}
	data := headerSize(length) - 2
	if data == 0 {
		return append(out, byte(length))
	}
	out = append(out, 0x80|byte(data))
	for shift := 8 * (data - 1); shift >= 0; shift -= 8 {
		out = append(out, byte(length>>shift))
	}
	return out
}

// asReceived reports whether e is in the input byte for byte.
func (n *normalised) asReceived(e element) bool {
	lo, hi := 0, len(n.changed)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if n.changed[mid] < e.at {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo == len(n.changed) || n.changed[lo] >= e.at+len(e.raw)
}
