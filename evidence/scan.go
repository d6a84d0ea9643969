package evidence

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
)

// contents is what one file contains, as far as it could be read.
type contents struct {
	head   fileHead
	sealed sealedHead
	ended  byte // frameCommitted, frameAborted, or 0 where there is no end
	ending ending
	body   int64 // bytes of the body
	torn   bool  // a crash cut off the last write, for which no call had returned yet
	size   int64
	sum    string // of the whole file
}

// opener finds the suite of a file by its head. raw is both lines of the head.
type opener func(head fileHead, raw []byte) (suite, error)

// scan reads one file to its end and writes the body to body, as far as it is
// complete. The error is ErrDamaged, ErrKey or a read error. Size and sum cover
// all bytes whatever the error, unless reading failed.
func scan(file io.Reader, open opener, body io.Writer) (*contents, error) {
	sum := sha256.New()
	in := &counting{in: io.TeeReader(file, sum)}
	c := new(contents)
	buffered := bufio.NewReaderSize(in, maxHead)
	err := c.read(buffered, open, body)
	if _, drainErr := io.Copy(io.Discard, buffered); drainErr != nil {
		return c, drainErr
	}
	c.size, c.sum = in.n, hex.EncodeToString(sum.Sum(nil))
	return c, err
}

func (c *contents) read(in *bufio.Reader, open opener, body io.Writer) error {
	raw, err := readHead(in)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		c.torn = true
		return nil
	}
	if err != nil {
		return err
	}
	if c.head, err = decodeHead(raw); err != nil {
		return err
	}
	suite, err := open(c.head, raw)
	if err != nil {
		return err
	}
	version := 2
	if c.head.salt != nil {
		version = 1
	}
	frames := &frameReader{in: in, suite: suite, version: version, offset: int64(len(raw))}
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
		case len(raw) == len(line) && string(line) != magic && string(line) != magic1:
			return nil, damaged("first line is that of no known version")
		}
	}
	return raw, nil
}

// readFrames checks the order of the frames: the sealed head, the body, one
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
	in      *bufio.Reader
	suite   suite
	version int
	count   uint64
	offset  int64 // of the next frame in the file
	buffer  []byte
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
	plaintext, err = r.suite.Open(nil, nonce(r.version, kind, r.count), sealed, head[:])
	if err != nil {
		return 0, nil, r.unreadable(append(head[:], sealed...), damaged("frame %d is not as it was sealed", r.count))
	}
	r.count++
	r.offset += int64(frameHeadSize + len(sealed))
	return kind, plaintext, nil
}

// cutOff is the error of a read within a frame.
func cutOff(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// counting counts the bytes that were read.
type counting struct {
	in io.Reader
	n  int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	return n, err
}
