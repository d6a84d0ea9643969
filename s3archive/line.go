package s3archive

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/kakaocert-go/kakaocert/evidence"
)

// entry is what an archive needs to know about an entry of a chain. (FORMAT.md
// of package evidence)
type entry struct {
	Number     uint64 `json:"seq"`
	Event      string `json:"event"`
	Record     string `json:"record"`
	Attachment string `json:"attachment"`
	Chain      string `json:"chain"`
	Head       string `json:"head"`
	Bytes      int64  `json:"bytes"`
	SHA256     string `json:"sha256"`
}

// readLine reads the entry of a line: digest, MAC and entry. An audit checks
// whether the digest and the MAC are right.
func readLine(line []byte) (e entry, err error) {
	parts := bytes.SplitN(line, []byte(" "), 3)
	if len(parts) != 3 || json.Unmarshal(parts[2], &e) != nil {
		return entry{}, fmt.Errorf("%w: line of a chain is not digest, MAC and entry", ErrDamaged)
	}
	return e, nil
}

// linked is the number of the other chain's entry that an entry of event linked
// names.
func (e entry) linked() uint64 {
	count, _, _ := strings.Cut(e.Head, ":")
	number, _ := strconv.ParseUint(count, 10, 64)
	return number
}

// journal is the chain of a directory of version 1.
const journal = "journal"

// The names of objects in the bucket.
var (
	chainName  = regexp.MustCompile(`^chains/([A-Za-z0-9-]{1,64})/([0-9]{20})$`)
	objectName = regexp.MustCompile(`^(?:records/([A-Za-z0-9-]{1,64})\.(record|attachment)|checkpoints/([A-Za-z0-9-]{1,64})\.(checkpoint|stamp))$`)
)

func partOf(chain string, first uint64) string { return fmt.Sprintf("chains/%s/%020d", chain, first) }

func nameOf(o evidence.Object) string {
	folder := "records"
	if o.Kind == evidence.KindCheckpoint || o.Kind == evidence.KindStamp {
		folder = "checkpoints"
	}
	return fmt.Sprintf("%s/%s.%s", folder, o.ID, o.Kind)
}

// linesOf splits a part of a chain.
func linesOf(content []byte) (lines [][]byte, err error) {
	for line := range bytes.Lines(content) {
		whole, found := bytes.CutSuffix(line, []byte("\n"))
		if !found {
			return nil, fmt.Errorf("%w: part of a chain must end with a line feed", ErrDamaged)
		}
		lines = append(lines, whole)
	}
	return lines, nil
}
