package evidence

// Outcome is what became of a record.
type Outcome string

const (
	// Committed says that the answer came whole and with HTTP 200.
	Committed Outcome = "committed"
	// Aborted says that it did not; Record.Reason says why.
	Aborted Outcome = "aborted"
	// Interrupted says that the process that wrote the record died: the body
	// is what had been read until then.
	Interrupted Outcome = "interrupted"
	// InProgress says that a process is writing the record now.
	InProgress Outcome = "in progress"
	// Purged says that the record was removed by [Dir.Purge].
	Purged Outcome = "purged"
)

// outcome is what a file says of itself.
func (c *contents) outcome() Outcome {
	switch c.ended {
	case frameCommitted:
		return Committed
	case frameAborted:
		return Aborted
	}
	return Interrupted
}
