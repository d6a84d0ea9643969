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
	eventCreated  = "created" // begins a journal of version 1
	eventOpened   = "opened"  // begins a chain
	eventLinked   = "linked"
	eventBegun    = "begun"
	eventEnded    = "ended"
	eventAttached = "attached"
	eventPurged   = "purged"
)

// The version that the first entry of a journal, and of a chain, contains.
const (
	journalVersion = 1
	formatVersion  = 2
)

// journalChain is the ID under which a store has the journal of version 1.
const journalChain = "journal"

// maxLine is the longest line of a chain, its end included.
const maxLine = 8192

// entry is one thing that happened. (FORMAT.md, "Chains")
type entry struct {
	Seq   uint64    `json:"seq"`
	Prev  string    `json:"prev"`
	At    time.Time `json:"at"`
	Key   string    `json:"key"`
	Event string    `json:"event"`

	Version   int    `json:"version,omitempty"`   // created, opened
	Directory string `json:"directory,omitempty"` // created
	Chain     string `json:"chain,omitempty"`     // opened: its own ID; linked: another's
	Head      string `json:"head,omitempty"`      // linked: the other chain's, as the writer found it

	Record     string  `json:"record,omitempty"`     // all others
	Product    string  `json:"product,omitempty"`    // begun
	TxID       string  `json:"tx_id,omitempty"`      // begun
	Outcome    Outcome `json:"outcome,omitempty"`    // ended
	Attachment string  `json:"attachment,omitempty"` // attached
	Reason     string  `json:"reason,omitempty"`     // purged

	Bytes  int64  `json:"bytes,omitempty"`  // of the file, all others
	SHA256 string `json:"sha256,omitempty"` // of those bytes

	voucher voucher // as it was read
	in      string  // the chain that it was read from
}

// voucher records who can have written an entry.
type voucher byte

const (
	unknown  voucher = iota // its key was not given
	anybody                 // its MAC is right under the key of UnsafePlaintext
	aKeyHeld                // its MAC is right under a key that was given
)

// Head is the end of one chain: its ID, the number of its entries, and the
// digest of the last entry, which covers all entries before it. Keep it in a
// place that those who can write the store cannot change: with it
// [Archive.Verify] finds a chain whose end was cut off. Its text is the ID, a
// colon, the count, a colon and the digest in hex; the text of a journal of
// version 1 has no ID.
type Head struct {
	Chain   string
	Entries uint64
	Digest  [sha256.Size]byte
}

func (h Head) String() string {
	if h.Chain == journalChain {
		return h.place()
	}
	return h.Chain + ":" + h.place()
}

// place is the text without the chain's ID.
func (h Head) place() string {
	return strconv.FormatUint(h.Entries, 10) + ":" + hex.EncodeToString(h.Digest[:])
}

// MarshalText returns the text form.
func (h Head) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads the text form. It refuses anything else with
// [*kakaocert.ArgumentError].
func (h *Head) UnmarshalText(text []byte) error {
	chain, place, named := strings.Cut(string(text), ":")
	named = named && strings.Contains(place, ":")
	if !named {
		chain, place = journalChain, string(text)
	}
	count, digest, found := strings.Cut(place, ":")
	entries, err := strconv.ParseUint(count, 10, 64)
	if !found || err != nil || entries == 0 || !isHex(digest, sha256.Size) || named && !isID(chain) {
		return &kakaocert.ArgumentError{Field: "Head", Reason: "must be a chain's ID, a count and 64 hex digits, with colons between"}
	}
	raw, _ := hex.DecodeString(digest) // isHex has said so
	*h = Head{Chain: chain, Entries: entries, Digest: [sha256.Size]byte(raw)}
	return nil
}

// encode gives the entry the place after a head. It returns the entry's line,
// without a line feed, and the new head.
func (e entry) encode(after Head, key Key) ([]byte, Head, error) {
	e.Seq, e.Prev = after.Entries+1, hex.EncodeToString(after.Digest[:])
	e.At, e.Key = time.Now().UTC(), key.ID()
	text, err := json.Marshal(e)
	if err != nil {
		return nil, after, err
	}
	head := Head{Chain: after.Chain, Entries: e.Seq, Digest: sha256.Sum256(text)}
	line := make([]byte, 0, len(text)+2*2*sha256.Size+2)
	line = hex.AppendEncode(line, head.Digest[:])
	line = append(line, ' ')
	line = hex.AppendEncode(line, vouch(key.secrets().chain, head.Digest))
	line = append(line, ' ')
	line = append(line, text...)
	if len(line) >= maxLine {
		return nil, after, &kakaocert.ArgumentError{Field: "EvidenceMeta", Reason: "is too long"}
	}
	return line, head, nil
}

// vouch is the MAC by which a holder of the key authenticates an entry.
func vouch(key []byte, digest [sha256.Size]byte) []byte {
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write(digest[:])
	return mac.Sum(nil)
}

// line is one decoded line of a chain whose digest is right.
type line struct {
	entry
	digest [sha256.Size]byte
	mac    []byte
}

// decodeLine reads a line without its end. It checks the digest, but neither
// the MAC nor the place.
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

// stored returns the entry in the form that a store keeps.
func (e entry) stored(head Head, line []byte) Entry {
	return Entry{Chain: head.Chain, Number: head.Entries, Event: e.Event, About: e.about(), TxID: e.TxID, Line: line}
}

// about is the ID by which a store finds the entry.
func (e entry) about() string {
	switch e.Event {
	case eventCreated, eventOpened:
		return ""
	case eventLinked:
		return e.Chain
	}
	return e.Record
}

// linkedHead is the head that an entry of event linked names.
func (e entry) linkedHead() (head Head, err error) {
	text := e.Head
	if e.Chain != journalChain {
		text = e.Chain + ":" + text
	}
	err = head.UnmarshalText([]byte(text))
	return head, err
}
