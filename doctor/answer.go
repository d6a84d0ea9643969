package doctor

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/codes"
	"github.com/kakaocert-go/kakaocert/internal/places"
)

// answer is how one call ended.
type answer struct {
	err    error // nothing came, or not all of it
	status int
	code   kakaocert.Code
	words  string   // the service's; never shown, for they may quote what was sent
	names  []string // of the fields, sorted; nil where the body is no JSON object
	plain  []byte   // the object
}

const maxAnswer = 1 << 20 // once it is unpacked

// answerOf keeps the parts of an answer that a client uses.
func (d *examination) answerOf(came kakaocert.Answer, err error) answer {
	a := answer{status: came.StatusCode()}
	if broken, is := errors.AsType[*kakaocert.ConnectionError](err); is {
		a.err = broken.Err
		return a
	}
	if refusal, is := errors.AsType[*kakaocert.APIError](err); is {
		a.code, a.words = refusal.Code, refusal.Message().Reveal()
	}
	var body map[string]json.RawMessage
	plain, unpackErr := places.Unpack(came.Body(), maxAnswer)
	if unpackErr == nil && json.Unmarshal(plain, &body) == nil && body != nil {
		a.names, a.plain = slices.Sorted(maps.Keys(body)), plain
	}
	return a
}

// kind is what an answer shows about the path that was called.
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
	kindNoCall   kind = "no_call" // the budget was spent

	// A code of the service at a place that the protocol does not have.
	kindUnread kind = "unread"

	// E1001, interpreted with the answers of the other paths.
	kindParameters kind = "parameters"
	kindElsewhere  kind = "elsewhere"
	// A path that a call for another product has shown.
	kindInferred kind = "inferred"
	// A missing step of a service that the contract may not include.
	kindAbsent kind = "absent"
	// A missing step of a service that the contract does not include.
	kindExcluded kind = "excluded"
	// A step at kauth or kapi that is missing, or does not answer.
	kindLogin kind = "login"
)

func (a answer) kind() kind {
	switch {
	case errors.Is(a.err, errBudget):
		return kindNoCall
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
	case codes.IsService(string(a.code)):
		return kindAPI
	case a.status == http.StatusTooManyRequests, a.status >= 500:
		return kindBusy
	case a.status == http.StatusMethodNotAllowed:
		return kindMethod
	case a.status == http.StatusNotFound:
		return kindMissing // whatever code a gateway has for it
	case a.code != "":
		return kindOther
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden:
		return kindFront
	case a.names == nil, a.status >= 300 && a.status < 400:
		return kindMissing
	case a.status >= 400:
		return kindNoCode
	}
	return kindAccepted
}

// fromService reports that the service itself has answered.
func (a answer) fromService() bool { return a.err == nil && codes.IsService(string(a.code)) }

// usable reports that the service has answered and could do so.
func (a answer) usable() bool { return a.fromService() && a.kind() != kindBusy }

// describe describes an answer by its status and code, or says how the call
// failed.
func (a answer) describe() string {
	switch {
	case a.err != nil:
		return a.err.Error()
	case a.code == "":
		return fmt.Sprintf("HTTP %d", a.status)
	}
	return fmt.Sprintf("%s, HTTP %d", string(a.code), a.status)
}

// fieldName returns as much of another side's field name as may be shown:
// digits and long names may be a value that the other side echoes.
var fieldName = regexp.MustCompile(`^[A-Za-z][A-Za-z_.-]{0,39}[0-9]?$`)

// fieldNames lists some names of an answer's fields. It leaves out names that
// are values of ours.
func (d *examination) fieldNames(names []string) string {
	const most = 8
	secrets := []string{d.config.DealerKey, d.config.InstitutionKey, d.config.SettleID}
	var shown []string
	for _, name := range names {
		isOurs := slices.ContainsFunc(secrets, func(secret string) bool { return secret != "" && strings.Contains(name, secret) })
		if fieldName.MatchString(name) && !isOurs && len(shown) < most {
			shown = append(shown, name)
		}
	}
	return strings.Join(shown, ", ")
}
