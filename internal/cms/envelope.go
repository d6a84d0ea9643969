package cms

// DER returns a message with its envelope in DER. What is signed in it is DER
// already, so the signature stays good.
func DER(message []byte) ([]byte, error) {
	n, err := normalise(message)
	return n.der, err
}
