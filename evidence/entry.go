package evidence

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/kakaocert-go/kakaocert"
)

const (
	eventCreated  = "created"
	eventBegun    = "begun"
	eventEnded    = "ended"
	eventAttached = "attached"
	eventPurged   = "purged"
)

// formatVersion is written in the journal's first entry.
const formatVersion = 1

// maxLine is the longest line of the journal, its end included.
const maxLine = 8192

// entry is one thing that happened. (FORMAT.md, "Journal")
type entry struct {
	Seq   uint64    `json:"seq"`
	Prev  string    `json:"prev"`
	At    time.Time `json:"at"`
	Key   string    `json:"key"`
	Event string    `json:"event"`

	Version   int    `json:"version,omitempty"`   // created
	Directory string `json:"directory,omitempty"` // created

	Record     string  `json:"record,omitempty"`     // all others
	Product    string  `json:"product,omitempty"`    // begun
	TxID       string  `json:"tx_id,omitempty"`      // begun
	Outcome    Outcome `json:"outcome,omitempty"`    // ended
	Attachment string  `json:"attachment,omitempty"` // attached
	Reason     string  `json:"reason,omitempty"`     // purged

	Bytes  int64  `json:"bytes,omitempty"`  // of the file, all others
	SHA256 string `json:"sha256,omitempty"` // of those bytes

	voucher voucher // as it was read
}

// voucher says who can have written an entry.
type voucher byte

const (
	unknown  voucher = iota // its key was not given
	anybody                 // its MAC is right under the key of UnsafePlaintext
	aKeyHeld                // its MAC is right under a key that was given
)

// Head is the end of the journal's chain: how many entries, and the digest of
// the last, which covers all before it. Keep it where those who can write the
// directory cannot: with it [Archive.Verify] finds a journal whose end was cut
// off. Its text is the count, a colon and the digest in hex.
type Head struct {
	Entries uint64
	Digest  [sha256.Size]byte
}

func (h Head) String() string {
	return strconv.FormatUint(h.Entries, 10) + ":" + hex.EncodeToString(h.Digest[:])
}

// MarshalText returns the text form.
func (h Head) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads the text form. It refuses anything else with
// [*kakaocert.ArgumentError].
func (h *Head) UnmarshalText(text []byte) error {
	refusal := &kakaocert.ArgumentError{Field: "Head", Reason: "is not a count, a colon and 64 hex digits"}
	count, digest, found := strings.Cut(string(text), ":")
	entries, err := strconv.ParseUint(count, 10, 64)
	if !found || err != nil || entries == 0 || !isHex(digest, sha256.Size) {
		return refusal
	}
	raw, _ := hex.DecodeString(digest) // isHex has said so
	*h = Head{Entries: entries, Digest: [sha256.Size]byte(raw)}
	return nil
}

// encode gives the entry its place after head, and returns its line and the
// head that it makes.
func (e entry) encode(after Head, key Key) ([]byte, Head, error) {
	e.Seq, e.Prev = after.Entries+1, hex.EncodeToString(after.Digest[:])
	e.At, e.Key = time.Now().UTC(), key.ID()
	text, err := json.Marshal(e)
	if err != nil {
		return nil, after, err
	}
	head := Head{Entries: e.Seq, Digest: sha256.Sum256(text)}
	line := make([]byte, 0, len(text)+2*2*sha256.Size+3)
	line = hex.AppendEncode(line, head.Digest[:])
	line = append(line, ' ')
	line = hex.AppendEncode(line, key.secrets().vouch(head.Digest))
	line = append(line, ' ')
	line = append(line, text...)
	line = append(line, '\n')
	if len(line) > maxLine {
		return nil, after, &kakaocert.ArgumentError{Field: "EvidenceMeta", Reason: "is too long"}
	}
	return line, head, nil
}

// vouch is the MAC by which a holder of the key vouches for an entry.
func (s *secrets) vouch(digest [sha256.Size]byte) []byte {
	mac := hmac.New(sha256.New, s.journal)
	_, _ = mac.Write(digest[:])
	return mac.Sum(nil)
}

// line is a line of the journal that is whole in itself.
type line struct {
	entry
	digest [sha256.Size]byte
	mac    []byte
}

// decodeLine reads a line without its end. It checks the digest, not the MAC
// nor the place.
func decodeLine(raw []byte) (line, error) {
	const prefix = 2 * (2*sha256.Size + 1)
	if len(raw) < prefix {
		return line{}, damaged("line is too short")
	}
	digest, mac, text := raw[:2*sha256.Size], raw[2*sha256.Size+1:prefix-1], raw[prefix:]
	if raw[2*sha256.Size] != ' ' || raw[prefix-1] != ' ' || !isHex(string(mac), sha256.Size) {
		return line{}, damaged("line is not digest, MAC and entry")
	}
	l := line{digest: sha256.Sum256(text)}
	if !bytes.Equal(digest, hex.AppendEncode(nil, l.digest[:])) {
		return line{}, damaged("entry has another digest")
	}
	l.mac, _ = hex.DecodeString(string(mac)) // isHex has said so
	if decodeStrict(text, &l.entry) != nil {
		return line{}, damaged("entry is not understood")
	}
	return l, nil
}
