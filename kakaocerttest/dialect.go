package kakaocerttest

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// Dialect is how a host speaks where more than one way is known, or where its
// way is not known at all. The zero value is the way that is seen most. How
// names and paths are spelt is [kakaocert.Protocol]'s; a dialect is what a
// client has to understand without being told, unless a field says otherwise.
type Dialect struct {
	ProductInPath bool `json:"product_in_path"` // every path after prepare's ends with the product code too

	// What requests must have.
	Desc           DescForm `json:"desc"`             // the form of desc
	SettleIDHeader bool     `json:"settle_id_header"` // settle_id is the header settle-id, not a field of prepare

	// The form of answers.
	Wrapped       bool      `json:"wrapped"`         // fields inside data, with status at the top: {"status": ..., "data": {...}}
	Errors        ErrorForm `json:"errors"`          // error bodies
	Times         TimeForm  `json:"times"`           // names of status's times
	NonceField    string    `json:"nonce_field"`     // K1100 verify: the nonce's field, such as request_token; the protocol's where it is empty
	ByteOrderMark bool      `json:"byte_order_mark"` // before JSON
	Gzip          bool      `json:"gzip"`            // JSON as Content-Encoding: gzip, whatever was asked for
	WithoutScheme bool      `json:"without_scheme"`  // app-to-app: request's answer has no scheme, so that the client builds the link

	// The form of values in answers.
	LineBreaks  bool `json:"line_breaks"`  // Base64 in lines of 76 characters, as MIME has it
	URLSafe     bool `json:"url_safe"`     // CMS, and an app's signatures, in URL-safe Base64
	DER         bool `json:"der"`          // CMS as DER, not in the BER that BouncyCastle writes
	Base64VID   bool `json:"base64_vid"`   // VID in Base64, not in hex
	IdentityCMS bool `json:"identity_cms"` // K1100: CMS over the nonce in signed_data, beside the nonce
}

// DescForm is the form of a request's display data.
type DescForm string

const (
	DescObject DescForm = ""             // an object with request_type, request_organization, receiver_name
	DescText   DescForm = "text"         // a text
	DescNone   DescForm = "request_type" // no desc, but request_type beside the other fields
)

// TimeForm is which names the times of a status have.
type TimeForm string

const (
	TimesOfSDK   TimeForm = ""          // requested_at, request_expired_at, signed_at, as kapi's are (SDK)
	TimesOfRelay TimeForm = "cert_sign" // created_at, viewed_at, completed_at, expired_at (FIELD-1)
)

// ErrorForm is how the body of an error is spelt. Its zero value is as the
// protocol says.
type ErrorForm struct {
	Code    string `json:"code"`    // the name of the code's field, such as errorCode
	Message string `json:"message"` // the name of the message's field, such as errorMessage
	In      string `json:"in"`      // the object that both are in: data or error; the top where it is empty
	Number  bool   `json:"number"`  // the code's digits as a number, as sibling services of Kakao's have it
}

func (d Dialect) check() error {
	switch {
	case !slices.Contains([]DescForm{DescObject, DescText, DescNone}, d.Desc):
		return errors.New("field Desc must be empty, text or request_type")
	case !slices.Contains([]TimeForm{TimesOfSDK, TimesOfRelay}, d.Times):
		return errors.New("field Times must be empty or cert_sign")
	case !slices.Contains([]string{"", "data", "error"}, d.Errors.In):
		return errors.New("field Errors.In must be empty, data or error")
	case d.Wrapped && d.NonceField == "data":
		return errors.New("field NonceField must not be data where answers are wrapped in data")
	}
	return nil
}

// wrap puts an answer's fields into data; its status stays at the top.
func (s *Service) wrap(o object) object {
	if !s.dialect.Wrapped {
		return o
	}
	status := s.protocol.Field("status")
	inner, outer := object{}, object{}
	for name, value := range o {
		if name == status {
			outer[name] = value
		} else {
			inner[name] = value
		}
	}
	outer["data"] = inner
	return outer
}

// errorObject is the body of an error.
func (s *Service) errorObject(f *failure) object {
	form := s.dialect.Errors
	code, message := s.protocol.Field("error_code"), s.protocol.Field("error_message")
	if form.Code != "" {
		code = form.Code
	}
	if form.Message != "" {
		message = form.Message
	}
	out := object{code: f.code, message: f.message}
	if form.Number {
		out[code] = json.Number(strings.TrimLeft(f.code, "E0"))
	}
	if form.In != "" {
		return object{form.In: out}
	}
	return out
}

// encode is the last thing that is done to an answer of the service itself. What
// comes from something before it is left as it is.
func (d Dialect) encode(a reply) reply {
	if d.ByteOrderMark {
		a.body = slices.Concat([]byte("\xef\xbb\xbf"), a.body)
	}
	if d.Gzip {
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		_, err := w.Write(a.body)
		if err = errors.Join(err, w.Close()); err != nil { // a buffer takes everything
			panic("kakaocerttest: gzip: " + err.Error())
		}
		a.body = packed.Bytes()
		a.header.Set("Content-Encoding", "gzip")
	}
	return a
}

// base64 is the Base64 of signatures.
func (d Dialect) base64(raw []byte) string {
	encoding := base64.StdEncoding
	if d.URLSafe {
		encoding = base64.URLEncoding
	}
	return d.lines(encoding.EncodeToString(raw))
}

// lineLength is MIME's (RFC 2045, section 6.8).
const lineLength = 76

// lines breaks Base64 into lines.
func (d Dialect) lines(text string) string {
	if !d.LineBreaks {
		return text
	}
	var out strings.Builder
	for line := range slices.Chunk([]byte(text), lineLength) {
		out.Write(line)
		out.WriteString("\r\n")
	}
	return out.String()
}
