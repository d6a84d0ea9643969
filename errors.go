package kakaocert

// ArgumentError says that a value given to this package cannot be used. It is
// found before anything is sent. It names the field and why, never the value.
type ArgumentError struct {
	Field  string // in Go's spelling: "Config.DealerKey", "Person.Birthday"
	Reason string // "is empty", "is not 8 digits"
}

func (e *ArgumentError) Error() string {
	return "kakaocert: " + e.Field + " " + e.Reason
}
