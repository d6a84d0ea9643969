package evidence

import "time"

// OpenStore opens the store of a directory, for tests of what a store promises.
func OpenStore(path string) (Store, func() error, error) {
	d, err := openDirectory(path, true)
	if err != nil {
		return nil, nil, err
	}
	return d, d.close, nil
}

// SetClock gives a Checkpointer with stamps the test's own clock.
func SetClock(c *Checkpointer, now func() time.Time) { c.stamps.now = now }

// FileOf is where an object is in a directory.
func FileOf(o Object) string { return o.file() }

// Rewrite makes a chain anew, with another reason in every tombstone and
// another digest of every record, as a person who has the key can: every MAC is
// right.
func Rewrite(key Key, lines [][]byte) (again [][]byte) {
	var head Head
	for _, raw := range lines {
		l, err := decodeLine(raw)
		if err != nil {
			panic(err)
		}
		if l.Event == eventOpened {
			head.Chain = l.Chain
		}
		if l.Event == eventPurged {
			l.Reason = "another reason"
		}
		line, next, err := l.encode(head, key)
		if err != nil {
			panic(err)
		}
		again, head = append(again, line), next
	}
	return again
}
