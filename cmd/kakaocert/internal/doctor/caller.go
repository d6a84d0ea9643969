package doctor

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/transport"
)

// caller calls steps in ways that a client refuses to: with nothing in them,
// with a tx_id that nobody gave out, with the keys exchanged.
type caller struct {
	protocol *kakaocert.Protocol
	sender   *transport.Sender
	txID     string // of the length that is seen; that it is anybody's is as likely as guessing a key
}

func (d *doctor) caller(dealerKey, institutionKey string) (*caller, error) {
	base, err := url.Parse(d.base)
	if err != nil {
		return nil, err
	}
	id := make([]byte, 19)
	_, _ = rand.Read(id) // never fails: crypto/rand ends the process instead
	c := &caller{protocol: d.protocol, txID: hex.EncodeToString(id)}
	roundTripper, _ := transport.Guard(d.transport)
	c.sender = &transport.Sender{
		RoundTripper: roundTripper,
		Base:         base,
		Header: http.Header{
			"Accept":               {"application/json"},
			"Authorization":        {"KakaoAK " + dealerKey},
			"Target-Authorization": {"KakaoAK " + institutionKey},
			"User-Agent":           {"kakaocert-go/" + kakaocert.Version + " doctor"},
		},
		Timeout:   callTimeout,
		BodyLimit: 1 << 20,
		Judge:     c.judge,
	}
	return c, nil
}

// answer is how one call ended.
type answer struct {
	err    error // nothing came, or not all of it
	status int
	code   kakaocert.Code
	words  string   // the service's; never shown, for they may quote what was sent
	names  []string // of the fields, sorted; nil where the body is no JSON object
}

// step calls one step with the made-up tx_id; prepare with the given fields,
// or none.
func (c *caller) step(ctx context.Context, service, step, product string, fields map[string]string) answer {
	method, path := c.protocol.Endpoint(service, step)
	call := &transport.Call{
		Operation: service + "." + step, Product: product, Method: method,
		Path: strings.Replace(path, "{product}", product, 1),
	}
	if fields == nil {
		fields = map[string]string{}
	}
	if step != "prepare" {
		fields[c.protocol.Field("tx_id")] = c.txID
	}
	if method == http.MethodGet {
		query := url.Values{}
		for name, value := range fields {
			query.Set(name, value)
		}
		call.Query = query.Encode()
	} else {
		var err error
		if call.Body, err = json.Marshal(fields); err != nil {
			return answer{err: err}
		}
	}
	result := c.sender.Do(ctx, call)
	a := answer{err: result.Err, status: result.Status, code: kakaocert.Code(result.Code)}
	if body, is := result.Parsed.(map[string]json.RawMessage); is {
		a.words = textUnder(body, c.protocol.List("field.error_message"))
		a.names = slices.Sorted(maps.Keys(body))
	}
	return a
}

// judge finds the code. Nothing is sent twice, so that the verdict is all the
// same.
func (c *caller) judge(_ *transport.Call, _ int, body []byte) transport.Judgement {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil || fields == nil {
		return transport.Judgement{Verdict: transport.Refused}
	}
	judgement := transport.Judgement{Verdict: transport.Refused, Parsed: fields}
	if code := textUnder(fields, c.protocol.List("field.error_code")); printableCode.MatchString(code) {
		judgement.Code = code
	}
	return judgement
}

var printableCode = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)

// textUnder returns the first of the names that is text or a number.
func textUnder(fields map[string]json.RawMessage, names []string) string {
	for _, name := range names {
		var text string
		var number json.Number
		switch {
		case json.Unmarshal(fields[name], &text) == nil && text != "":
			return text
		case json.Unmarshal(fields[name], &number) == nil && number != "":
			return number.String()
		}
	}
	return ""
}

// kind is what an answer says about the path that it came from.
type kind string

const (
	kindAPI      kind = "answers"    // a code of the service
	kindDenied   kind = "permission" // E1002
	kindKeys     kind = "keys"       // E1004
	kindProduct  kind = "product"    // E1007
	kindBusy     kind = "busy"       // E0001, E0002, 429, 5xx
	kindOther    kind = "other_code" // a code, but none of the service's
	kindNoCode   kind = "no_code"    // a JSON object that refuses without a code
	kindAccepted kind = "accepted"   // a JSON object, and no refusal
	kindFront    kind = "front"      // 401 or 403 without a code
	kindMissing  kind = "missing"    // 404, or something that is no API
	kindMethod   kind = "method"     // 405
	kindNothing  kind = "no_answer"

	// Of E1001, in the light of the other paths.
	kindParameters kind = "parameters"
	kindElsewhere  kind = "elsewhere"
)

var serviceCode = regexp.MustCompile(`^E[0-9]{4}$`)

func (a answer) kind() kind {
	switch {
	case a.err != nil:
		return kindNothing
	case a.code == kakaocert.ErrPermission:
		return kindDenied
	case a.code == kakaocert.ErrKey:
		return kindKeys
	case a.code == kakaocert.ErrWrongHost:
		return kindProduct
	case a.code == kakaocert.ErrInternal, a.code == kakaocert.ErrMaintenance:
		return kindBusy
	case serviceCode.MatchString(string(a.code)):
		return kindAPI
	case a.status == http.StatusTooManyRequests, a.status >= 500:
		return kindBusy
	case a.code != "":
		return kindOther
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden:
		return kindFront
	case a.status == http.StatusMethodNotAllowed:
		return kindMethod
	case a.status == http.StatusNotFound, a.names == nil, a.status >= 300 && a.status < 400:
		return kindMissing
	case a.status >= 400:
		return kindNoCode
	}
	return kindAccepted
}

// fromService reports that the service itself has answered.
func (a answer) fromService() bool { return serviceCode.MatchString(string(a.code)) && a.err == nil }
