package kakaocert

// message is a CMS SignedData found in an answer.
type message struct{ der, content []byte }

func signedMessage(text string) (message, bool) { return message{}, false }
