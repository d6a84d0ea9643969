package main

import (
	"errors"
	"net/http"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/examples/internal/sealed"
)

// Errors of the visit, not of the SDK.
var (
	errWaiting    = errors.New("the user has not signed yet")
	errDeclined   = errors.New("the user has declined")
	errExpired    = errors.New("the user has not signed in time")
	errNotFetched = errors.New("nothing was fetched yet")
)

// refusal is how a failure is put to the visitor.
type refusal struct {
	key    string // of its texts: what it is, and what to do
	status int    // of HTTP
	final  bool   // the transaction will never be more than that
	retry  bool   // the same button may help
}

var (
	waiting     = refusal{key: "waiting", status: http.StatusConflict}
	declined    = refusal{key: "declined", status: http.StatusConflict, final: true}
	expired     = refusal{key: "expired", status: http.StatusGone, final: true}
	unknownUser = refusal{key: "unknown_user", status: http.StatusUnprocessableEntity}
	unavailable = refusal{key: "unavailable", status: http.StatusUnprocessableEntity}
	mistyped    = refusal{key: "mistyped", status: http.StatusUnprocessableEntity}
	maintenance = refusal{key: "maintenance", status: http.StatusServiceUnavailable, retry: true}
	lost        = refusal{key: "lost", status: http.StatusBadGateway}
	unanswered  = refusal{key: "unanswered", status: http.StatusBadGateway, retry: true}
	forged      = refusal{key: "forged", status: http.StatusForbidden, final: true}
	trouble     = refusal{key: "trouble", status: http.StatusBadGateway, retry: true}
	security    = refusal{key: "security", status: http.StatusForbidden, final: true}
)

// refusalOf sorts errors by what a visitor can do about them. Security events
// come first, and reveal nothing to the visitor: an honest one begins again, and an
// attacker learns nothing.
func refusalOf(err error) refusal {
	switch {
	case errors.Is(err, sealed.ErrForged):
		return forged
	case isSecurityEvent(err):
		return security
	case errors.Is(err, errWaiting), errors.Is(err, errNotFetched), errors.Is(err, kakaocert.ErrNotSigned):
		return waiting
	case errors.Is(err, errDeclined), hasStatus(err, kakaocert.StatusRejected):
		return declined
	case errors.Is(err, errExpired), hasStatus(err, kakaocert.StatusExpired), errors.Is(err, kakaocert.ErrRequestExpired):
		return expired
	case errors.Is(err, kakaocert.ErrUserNotFound), errors.Is(err, kakaocert.ErrUserMismatch):
		return unknownUser // one text for both, so that it does not reveal who has an account
	case errors.Is(err, kakaocert.ErrUserUnavailable), errors.Is(err, kakaocert.ErrParameter):
		return unavailable // E1001 is what a number from abroad gets
	case mistypedField(err) != "":
		return mistyped
	case errors.Is(err, kakaocert.ErrMaintenance):
		return maintenance
	case errors.Is(err, kakaocert.ErrUnknownTransaction):
		return lost
	case errors.Is(err, kakaocert.ErrOutcomeUnknown):
		return unanswered
	}
	return trouble
}

// isSecurityEvent reports that an alarm has to ring: the package's list, and a
// session that we have not made.
func isSecurityEvent(err error) bool {
	return errors.Is(err, sealed.ErrForged) || kakaocert.IsSecurityEvent(err)
}

func hasStatus(err error, status kakaocert.Status) bool {
	ended, ok := errors.AsType[*kakaocert.StatusError](err)
	return ok && ended.Status == status
}

// mistypedField is the field of the form that cannot be used; empty where it is
// none.
func mistypedField(err error) string {
	wrong, ok := errors.AsType[*kakaocert.ArgumentError](err)
	if !ok {
		return ""
	}
	return map[string]string{"Person.Name": "name", "Person.Birthday": "birthday", "Person.Phone": "phone"}[wrong.Field]
}
