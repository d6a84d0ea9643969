package s3archive

// index is what chains say about records and attachments.
type index struct {
	purged map[string]bool   // IDs of records
	owner  map[string]string // of each attachment, its record
}

func newIndex() *index { return &index{purged: make(map[string]bool), owner: make(map[string]string)} }

// add reads lines of a chain, and passes each entry on. Lines that cannot be read
// are passed over: an audit reports them.
func (x *index) add(lines [][]byte, each func(entry)) {
	for _, line := range lines {
		said, err := readLine(line)
		if err != nil {
			continue
		}
		switch said.Event {
		case "purged":
			x.purged[said.Record] = true
		case "attached":
			x.owner[said.Attachment] = said.Record
		}
		if each != nil {
			each(said)
		}
	}
}

// recordOf returns the record of an object below records/, by its ID.
func (x *index) recordOf(id string) string {
	if owner, attached := x.owner[id]; attached {
		return owner
	}
	return id
}
