package evidence

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
)

// contents is what one file says, as far as it could be read.
type contents struct {
	head   fileHead
	sealed sealedHead
	ended  byte // frameCommitted, frameAborted, or 0 where there is no end
	ending ending
	body   int64 // bytes of the body
	torn   bool  // the last write was cut off: by a crash, for no call had returned yet
	size   int64
	sum    string // of the whole file
}

// scan reads one file to its end and gives the body to body, as far as it is
// whole. The error is ErrDamaged, ErrKey or one of reading; size and sum are
// those of all bytes whatever the error, unless reading failed.
func scan(file io.Reader, keys keyring, body io.Writer) (*contents, error) {
	sum := sha256.New()
	in := &counting{in: io.TeeReader(file, sum)}
	c := new(contents)
	buffered := bufio.NewReaderSize(in, maxHead)
	err := c.read(buffered, keys, body)
	if _, drainErr := io.Copy(io.Discard, buffered); drainErr != nil {
		return c, drainErr
	}
	c.size, c.sum = in.n, hex.EncodeToString(sum.Sum(nil))
	return c, err
}

func (c *contents) read(in *bufio.Reader, keys keyring, body io.Writer) error {
	raw, err := readHead(in)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		c.torn = true
		return nil
	}
	if err != nil {
		return err
	}
	head, salt, err := decodeHead(raw)
	if err != nil {
		return err
	}
	c.head = head
	secrets := keys.find(head.Key)
	if secrets == nil {
		return fmt.Errorf("%w: %s", ErrKey, keyName(head.Key))
	}
	if secrets.suite != head.Suite {
		return damaged("head names another suite than its key's")
	}
	frames := &frameReader{in: in, suite: secrets.forFile(salt, raw), offset: int64(len(raw))}
	return c.readFrames(frames, body)
}

// readHead reads the two lines of the head.
func readHead(in *bufio.Reader) ([]byte, error) {
	var raw []byte
	for range 2 {
		line, err := in.ReadSlice('\n')
		raw = append(raw, line...)
		switch {
		case errors.Is(err, io.EOF):
			return nil, tornHead(raw)
		case errors.Is(err, bufio.ErrBufferFull), len(raw) > maxHead:
			return nil, damaged("head is too long")
		case err != nil:
			return nil, err
		}
	}
	return raw, nil
}

// tornHead distinguishes what a crash in the very beginning left from what is no
// evidence at all.
func tornHead(raw []byte) error {
	known := min(len(raw), len(magic))
	if string(raw[:known]) != magic[:known] && !isZero(raw) {
		return damaged("first line is not that of version 1")
	}
	return io.ErrUnexpectedEOF
}

// readFrames holds the frames to their order: the sealed head, the body, one
// end.
func (c *contents) readFrames(frames *frameReader, body io.Writer) error {
	for {
		kind, plaintext, err := frames.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, io.ErrUnexpectedEOF) && c.ended == 0:
			c.torn = true
			return nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			return damaged("there is more after the end")
		case err != nil:
			return err
		}
		if err := c.take(frames.count-1, kind, plaintext, body); err != nil {
			return err
		}
	}
}

func (c *contents) take(place uint64, kind byte, plaintext []byte, body io.Writer) error {
	switch {
	case c.ended != 0:
		return damaged("there is more after the end")
	case (place == 0) != (kind == frameHead):
		return damaged("frame %d is out of place", place)
	}
	switch kind {
	case frameHead:
		if decodeStrict(plaintext, &c.sealed) != nil {
			return damaged("sealed head is not understood")
		}
	case frameData:
		c.body += int64(len(plaintext))
		if _, err := body.Write(plaintext); err != nil {
			return err
		}
	case frameCommitted, frameAborted:
		c.ended = kind
		if decodeStrict(plaintext, &c.ending) != nil {
			return damaged("end is not understood")
		}
	default:
		return damaged("frame %d is of no known kind", place)
	}
	return nil
}

// frameReader reads frames in order. Its errors are io.EOF between two frames,
// io.ErrUnexpectedEOF where the file ends within one, and ErrDamaged.
type frameReader struct {
	in     *bufio.Reader
	suite  suite
	count  uint64
	offset int64 // of the next frame in the file
	buffer []byte
}

func (r *frameReader) next() (kind byte, plaintext []byte, err error) {
	var head [frameHeadSize]byte
	if _, err := io.ReadFull(r.in, head[:]); err != nil {
		return 0, nil, err
	}
	kind, length, ok := decodeFrameHead(head)
	if !ok {
		return 0, nil, r.unreadable(head[:], damaged("frame %d has a head that is not right", r.count))
	}
	if r.buffer == nil {
		r.buffer = make([]byte, maxFrame+tagSize)
	}
	sealed := r.buffer[:length+tagSize]
	if _, err := io.ReadFull(r.in, sealed); err != nil {
		return 0, nil, cutOff(err)
	}
	plaintext, err = r.suite.Open(nil, nonce(r.count), sealed, head[:])
	if err != nil {
		return 0, nil, r.unreadable(append(head[:], sealed...), damaged("frame %d is not as it was sealed", r.count))
	}
	r.count++
	r.offset += int64(frameHeadSize + len(sealed))
	return kind, plaintext, nil
}

// maxTorn is more than a writer writes between two syncs.
const maxTorn = 1 << 20

// unreadable distinguishes what a power cut leaves from damage. Between two syncs a
// writer writes one piece, and of that a power cut may leave some sectors as
// zeros. So the rest of the file counts as torn when it has a lost sector and
// no end. The bytes are those from the frame's beginning that have been read.
func (r *frameReader) unreadable(begun []byte, damage error) error {
	rest, err := io.ReadAll(io.LimitReader(r.in, maxTorn+1))
	if err != nil {
		return err
	}
	if len(rest) <= maxTorn {
		if rest = append(begun, rest...); hasLostSector(rest, r.offset) && !hasEnd(rest) {
			return io.ErrUnexpectedEOF
		}
		return damage
	}
	zeros := zeroChecker(!isZero(begun) || !isZero(rest))
	if _, err := io.Copy(&zeros, r.in); err != nil {
		return err
	}
	if zeros {
		return damage
	}
	return io.ErrUnexpectedEOF
}

const (
	sector   = 512
	minZeros = 3 // fewer are likely in what was sealed
)

// hasLostSector reports whether a run of zeros fills sectors, or what there is
// of them after the last sync. A neighbour of the run may be zero by chance.
func hasLostSector(rest []byte, offset int64) bool {
	for start := 0; start < len(rest); start++ {
		if rest[start] != 0 {
			continue
		}
		end := start
		for end < len(rest) && rest[end] == 0 {
			end++
		}
		before, after := (offset+int64(start)+2)%sector, (offset+int64(end))%sector
		if end-start >= minZeros && (start == 0 || before <= 2) && (end == len(rest) || after <= 2) {
			return true
		}
		start = end
	}
	return false
}

// hasEnd reports whether a file's last bytes are an end, as far as its head
// says so: then all before it had been synced.
func hasEnd(rest []byte) bool {
	for i := 0; i+frameHeadSize+tagSize <= len(rest); i++ {
		if rest[i] != frameCommitted && rest[i] != frameAborted {
			continue
		}
		_, length, ok := decodeFrameHead([frameHeadSize]byte(rest[i:]))
		if ok && i+frameHeadSize+length+tagSize == len(rest) {
			return true
		}
	}
	return false
}

// cutOff is the error of a read within a frame.
func cutOff(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// zeroChecker becomes true at the first byte that is not zero.
type zeroChecker bool

func (z *zeroChecker) Write(p []byte) (int, error) {
	*z = *z || zeroChecker(!isZero(p))
	return len(p), nil
}

func isZero(p []byte) bool { return len(bytes.Trim(p, "\x00")) == 0 }

// counting counts what was read.
type counting struct {
	in io.Reader
	n  int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	return n, err
}
