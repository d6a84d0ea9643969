package kakaocert

import (
	"net/http"

	"github.com/kakaocert-go/kakaocert/internal/transport"
)

// Answer is an answer as it came. It has personal data and prints as
// [redacted].
type Answer struct {
	redacted
	data hidden[answerData]
}

type answerData struct {
	status int
	header http.Header
	body   []byte
}

// StatusCode returns the HTTP status; 0 when no answer came.
func (a Answer) StatusCode() int {
	if d := a.data.get(); d != nil {
		return d.status
	}
	return 0
}

// Header returns the HTTP header. It is the caller's to read, not to change.
func (a Answer) Header() http.Header {
	if d := a.data.get(); d != nil {
		return d.header
	}
	return nil
}

// Body returns the bytes that came, all of them unless the answer was cut off.
// They are the caller's to read, not to change.
func (a Answer) Body() []byte {
	if d := a.data.get(); d != nil {
		return d.body
	}
	return nil
}

func answerOf(r *transport.Result) Answer {
	if r.Status == 0 {
		return Answer{}
	}
	return Answer{data: hide(answerData{status: r.Status, header: r.Header, body: r.Body})}
}
