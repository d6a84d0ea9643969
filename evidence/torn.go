package evidence

import (
	"bytes"
	"io"
)

// What a crash leaves of a file that is no damage. A store that keeps pieces whole
// leaves none of it; a disk does.

// tornHead distinguishes what a crash in the very beginning left from what is no
// evidence at all.
func tornHead(raw []byte) error {
	known := min(len(raw), len(magic))
	if string(raw[:known]) != magic[:known] && string(raw[:known]) != magic1[:known] && !isZero(raw) {
		return damaged("first line is that of no known version")
	}
	return io.ErrUnexpectedEOF
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

// zeroChecker becomes true at the first byte that is not zero.
type zeroChecker bool

func (z *zeroChecker) Write(p []byte) (int, error) {
	*z = *z || zeroChecker(!isZero(p))
	return len(p), nil
}

func isZero(p []byte) bool { return len(bytes.Trim(p, "\x00")) == 0 }
