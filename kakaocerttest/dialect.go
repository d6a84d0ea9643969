package kakaocerttest

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/kakaocert-go/kakaocert"
)

// Dialect selects among the ways in which hosts are known to answer, or may
// answer where the way is not known. The zero value is the way that is seen
// most. The spelling of names and paths is set by [kakaocert.Protocol]; a
// client must understand a dialect without being told, unless a field says
// otherwise.
type Dialect struct {
	ProductInPath bool `json:"product_in_path"` // every path after prepare's ends with the product code too

	// What requests must contain.
	Desc           DescForm `json:"desc"`             // the form of desc
	SettleIDHeader bool     `json:"settle_id_header"` // settle_id is the header settle-id, not a field of prepare

	// The form of answers.
	Wrapped       bool      `json:"wrapped"`         // fields inside an object, with status at the top: {"status": ..., "data": {...}}
	Wrapper       string    `json:"wrapper"`         // the name of that object, with dots between where it is in another; empty for the first of place.answer, for any other a client must be told
	Errors        ErrorForm `json:"errors"`          // error bodies
	Times         TimeForm  `json:"times"`           // names of status's times
	ByteOrderMark bool      `json:"byte_order_mark"` // before JSON
	Gzip          bool      `json:"gzip"`            // JSON as Content-Encoding: gzip, whatever was asked for
	WithoutScheme bool      `json:"without_scheme"`  // app-to-app: request's answer has no scheme, so the client builds the link

	// Names are the names of fields in answers that differ from the protocol's, by
	// the field's key there: {"nonce": "request_token"}. Dots nest:
	// "payload.token". The names in requests do not change.
	Names map[string]string `json:"names"`

	// The form of values in answers.
	LineBreaks  bool `json:"line_breaks"`  // Base64 in lines of 76 characters, as in MIME
	URLSafe     bool `json:"url_safe"`     // CMS, and an app's signatures, in URL-safe Base64
	DER         bool `json:"der"`          // CMS as DER, not in the BER that BouncyCastle writes
	Base64VID   bool `json:"base64_vid"`   // VID in Base64, not in hex
	IdentityCMS bool `json:"identity_cms"` // K1100: CMS over the nonce in signed_data, in addition to the nonce
}

// DescForm is the form of a request's display data.
type DescForm string

const (
	DescObject DescForm = ""             // an object with request_type, request_organization, receiver_name
	DescText   DescForm = "text"         // a text
	DescNone   DescForm = "request_type" // no desc, but request_type among the other fields
)

// TimeForm selects the names of the times in a status.
type TimeForm string

const (
	TimesOfSDK   TimeForm = ""          // requested_at, request_expired_at, signed_at, as in kapi (SDK)
	TimesOfRelay TimeForm = "cert_sign" // created_at, viewed_at, completed_at, expired_at (FIELD-1)
)

// ErrorForm is how the body of an error is spelt. Its zero value is the
// protocol's form.
type ErrorForm struct {
	Code    string `json:"code"`    // the name of the code's field, such as errorCode
	Message string `json:"message"` // the name of the message's field, such as errorMessage
	In      string `json:"in"`      // the object that contains both, such as error; empty for the top level; for any but error and those of place.answer a client must be told
	Number  bool   `json:"number"`  // the code's digits as a number, as in sibling services of Kakao
}

func (d Dialect) check() error {
	switch {
	case !slices.Contains([]DescForm{DescObject, DescText, DescNone}, d.Desc):
		return errors.New("field Desc must be empty, text or request_type")
	case !slices.Contains([]TimeForm{TimesOfSDK, TimesOfRelay}, d.Times):
		return errors.New("field Times must be empty or cert_sign")
	case d.Errors.In != "" && !isAnswerName(d.Errors.In):
		return errors.New("field Errors.In must be empty, or a name of letters, digits, _ and - with dots between, of at most 64 characters")
	case d.Wrapper != "" && (!d.Wrapped || !isAnswerName(d.Wrapper)):
		return errors.New("field Wrapper must be empty, or a name of letters, digits, _ and - with dots between, of at most 64 characters, and Wrapped must be set")
	}
	return nil
}

// isAnswerName reports that answers can have the name.
func isAnswerName(name string) bool { return answerName.MatchString(name) && len(name) <= 64 }

var answerName = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)

// checkNames refuses names of fields that the protocol does not define, and
// names that cannot be in one answer together.
func (d Dialect) checkNames(p *kakaocert.Protocol) error {
	for key, name := range d.Names {
		switch {
		case p.Get("field."+key) == "":
			return fmt.Errorf("field Names must have keys of the protocol without field.: %q is none", key)
		case !isAnswerName(name):
			return fmt.Errorf("field Names must have names of letters, digits, _ and - with dots between, at most 64: that of %q", key)
		case d.Wrapped && strings.HasPrefix(d.wrapper(p)+".", name+"."):
			return fmt.Errorf("field Names must not have the name of the object that answers are wrapped in: that of %q is", key)
		}
		for other, another := range d.Names {
			if key != other && strings.HasPrefix(another+".", name+".") {
				return fmt.Errorf("field Names must have names that do not begin with one another: those of %q and %q do", key, other)
			}
		}
	}
	return nil
}

// wrapper is the name of the object that answers are wrapped in.
func (d Dialect) wrapper(p *kakaocert.Protocol) string {
	if d.Wrapper != "" {
		return d.Wrapper
	}
	return p.List("place.answer")[0]
}

// rename gives the fields of an answer their names in the dialect.
func (s *Service) rename(o object) object {
	return o.nested(func(name string) string {
		for key, other := range s.dialect.Names {
			if s.protocol.Field(key) == name {
				return other
			}
		}
		return name
	})
}

// nested splits names at their dots and nests the fields, in lists of objects
// too.
func (o object) nested(rename func(string) string) object {
	out := make(object, len(o))
	for name, value := range o {
		if list, ok := value.([]object); ok {
			inside := make([]object, len(list))
			for i := range list {
				inside[i] = list[i].nested(rename)
			}
			value = inside
		}
		out.put(rename(name), value)
	}
	return out
}

// put sets a field. It makes the objects above the field where the name
// contains dots.
func (o object) put(name string, value any) {
	first, rest, nested := strings.Cut(name, ".")
	if !nested {
		o[first] = value
		return
	}
	inside, ok := o[first].(object)
	if !ok {
		inside = object{}
		o[first] = inside
	}
	inside.put(rest, value)
}

// wrap puts an answer's fields into an object; its status stays at the top level.
func (s *Service) wrap(o object) object {
	if !s.dialect.Wrapped {
		return s.rename(o)
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
	outer = s.rename(outer)
	outer.put(s.dialect.wrapper(s.protocol), s.rename(inner))
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
	out = s.rename(out)
	if form.In == "" {
		return out
	}
	inside := object{}
	inside.put(form.In, out)
	return inside
}

// encode is the last change to an answer of the service itself. An answer that
// comes from something in front of the service is not changed.
func (d Dialect) encode(a reply) reply {
	if d.ByteOrderMark {
		a.body = slices.Concat([]byte("\xef\xbb\xbf"), a.body)
	}
	if d.Gzip {
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		_, err := w.Write(a.body)
		if err = errors.Join(err, w.Close()); err != nil { // writing to a buffer never fails
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
