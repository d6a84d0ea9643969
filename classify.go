package kakaocert

import (
	"net/http"

	"github.com/kakaocert-go/kakaocert/internal/transport"
)

// judge says what an answer means, by its code and not by its HTTP status. A
// server error without a known code came from something in between: whether
// the service saw the call is unknown.
func (c *core) judge(call *transport.Call, status int, body []byte) transport.Judgement {
	parsed, _ := parseObject(body) // nil when it is none
	code := c.code(status, parsed)
	if oauth := parsed.text(c.protocol.List("field.oauth_error")); call.Form && status >= 300 && isCodeText(oauth) {
		code = Code(oauth) // kauth answers as OAuth does (RFC 6749, section 5.2)
	}
	return transport.Judgement{Verdict: verdict(status, code), Code: string(code), Parsed: parsed}
}

func verdict(status int, code Code) transport.Verdict {
	switch {
	case code == ErrInternal:
		return transport.Internal
	case code.Known():
		return transport.Refused
	case status == http.StatusTooManyRequests:
		return transport.Busy
	case status >= 500:
		return transport.Lost
	case status >= 200 && status < 300 && code == "":
		return transport.Accepted
	}
	return transport.Refused
}

// code finds the error code in a body, "" when there is none. An answer with
// HTTP 2xx is an error only when its code looks like the service's own.
func (c *core) code(status int, body object) Code {
	text := body.text(c.protocol.List("field.error_code"))
	if !isCodeText(text) || status < 300 && !isServiceCode(text) {
		return ""
	}
	return Code(text)
}

// isCodeText keeps anything out of error texts and logs that is no code. With
// six digits it might be a birthday, with more a phone number.
func isCodeText(s string) bool {
	digits := 0
	for i := range len(s) {
		switch ch := s[i]; {
		case ch >= '0' && ch <= '9':
			digits++
		case ch >= 'A' && ch <= 'Z' || ch >= 'a' && ch <= 'z' || ch == '_' || ch == '-':
		default:
			return false
		}
	}
	return s != "" && len(s) <= 32 && digits < 6
}

func isServiceCode(s string) bool { return len(s) == 5 && s[0] == 'E' && isDigits(s[1:]) }
