package kakaocert

import "time"

// LimitAnswers lets tests reach the caps on answers with few bytes.
func (c *Client) LimitAnswers(call, verify int64) {
	c.core.sender.BodyLimit, c.core.sender.OnceLimit = call, verify
}

// On is the same answer, to a caller who asked for other documents.
func (r *K3500Result) On(documents ...Document) *K3500Result {
	return &K3500Result{r.Fetched, documents}
}

// On is the same answer, to a caller who asked for another consent.
func (r *K3100Result) On(consent *Consent) *K3100Result {
	return &K3100Result{r.Fetched, r.tx, hide(*consent)}
}

// Lasting is the same answer, to a caller who asked for another length.
func (r *K2220Result) Lasting(length time.Duration) *K2220Result {
	return &K2220Result{r.Fetched, r.tx, length}
}

// OpenSession opens a session with a document whose signature was checked.
func OpenSession(tx K2220Transaction, document []byte, longest time.Duration) (*Session, error) {
	return newSession(DefaultProtocol(), tx, document, longest)
}
