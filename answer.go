package kakaocert

import (
	"net/http"

	"github.com/kakaocert-go/kakaocert/internal/transport"
)

// Answer is an answer as it came. It has personal data and prints as
// [redacted].
type Answer struct {
	redacted
	data *answerData
}

type answerData struct {
	status int
	header http.Header
	body   []byte
}

// StatusCode returns the HTTP status; 0 when no answer came.
func (a Answer) StatusCode() int {
	if a.data == nil {
		return 0
	}
	return a.data.status
}

// Header returns the HTTP header. It is the caller's to read, not to change.
func (a Answer) Header() http.Header {
	if a.data == nil {
		return nil
	}
	return a.data.header
}

// Body returns the bytes that came, all of them unless the answer was cut off.
// They are the caller's to read, not to change.
func (a Answer) Body() []byte {
	if a.data == nil {
		return nil
	}
	return a.data.body
}

func answerOf(r *transport.Result) Answer {
	if r.Status == 0 {
		return Answer{}
	}
	return Answer{data: &answerData{status: r.Status, header: r.Header, body: r.Body}}
}
