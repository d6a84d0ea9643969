package call

import (
	"net/url"
	"strings"
)

// CheckAddress refuses an address of a database with a password, in either of
// psql's forms: other users of the machine can see it.
func CheckAddress(address string) error {
	given := strings.Contains(address, "password")
	if at, err := url.Parse(address); err == nil && at.Scheme != "" {
		_, set := at.User.Password()
		given = set || at.Query().Has("password")
	}
	if given {
		return Wrong("address must not contain a password: set PGPASSWORD or PGPASSFILE")
	}
	return nil
}
