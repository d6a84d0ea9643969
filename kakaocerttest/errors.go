package kakaocerttest

import "net/http"

// failure is what the service answers instead of a result.
type failure struct {
	status  int
	code    string
	message string
	koe     string // kauth's own code; an OAuth error has one (RFC 6749, section 5.2)
}

func (f *failure) Error() string { return f.code + ": " + f.message }

// failureTable contains the HTTP status of each code. (DOC; 400 for E2006,
// E2007 and E2016, whose status is not documented, is our own choice.)
var failureTable = map[string]struct {
	status  int
	message string
}{
	"E0001": {http.StatusBadRequest, "internal error"},
	"E0002": {http.StatusServiceUnavailable, "maintenance"},
	"E1001": {http.StatusBadRequest, "invalid parameter"},
	"E1002": {http.StatusForbidden, "no permission for this API"},
	"E1004": {http.StatusUnauthorized, "missing or wrong key"},
	"E1005": {http.StatusBadRequest, "missing or wrong settle_id"},
	"E1006": {http.StatusBadRequest, "desc differs from the contract"},
	"E1007": {http.StatusBadRequest, "product called on the wrong host"},
	"E2001": {http.StatusBadRequest, "no such account"},
	"E2002": {http.StatusBadRequest, "personal data does not match the account"},
	"E2003": {http.StatusBadRequest, "unknown transaction"},
	"E2004": {http.StatusBadRequest, "already requested"},
	"E2005": {http.StatusBadRequest, "account is dormant, sanctioned, withdrawn or protected"},
	"E2006": {http.StatusBadRequest, "not signed yet"},
	"E2007": {http.StatusBadRequest, "not signed within the valid time"},
	"E2016": {http.StatusBadRequest, "the key of the abbreviated signature has expired"},
}

// fail makes the failure of a code. The detail names fields, never values.
func fail(code, detail string) *failure {
	row, known := failureTable[code]
	if !known { // a protocol file may give the second verify a code of its own
		row.status, row.message = http.StatusBadRequest, "refused"
	}
	f := &failure{status: row.status, code: code, message: row.message}
	if detail != "" {
		f.message += ": " + detail
	}
	return f
}

// invalid is E1001 for one field.
func invalid(field, reason string) *failure { return fail("E1001", field+" "+reason) }
