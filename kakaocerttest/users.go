package kakaocerttest

import (
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// User is an account of the simulated service. The people are invented.
type User struct {
	Name     string `json:"name"`
	Birthday string `json:"birthday"` // YYYYMMDD
	Phone    string `json:"phone"`    // digits; what distinguishes one user from another
	// CI is 88 characters of Base64 for 64 bytes. If it is empty, [Service.AddUser]
	// derives one from the phone number.
	CI string `json:"ci,omitempty"`
	// Behaviour is what the user does when asked; the zero Behaviour is
	// SignAfter(0).
	Behaviour Behaviour `json:"behaviour"`
	// Key is the kind of the user's signing key; RSA if it is empty.
	Key KeyType `json:"key,omitempty"`
	// Serial is the serial number of the user's first certificate, a positive
	// number in hex of at most 20 bytes. If it is empty it is made up, with the top
	// bit set for every other user, including [DefaultUser].
	Serial string `json:"serial,omitempty"`
}

// DefaultUser is the user with which a service starts: 홍길동, born on 1 January
// 1990, 01012345678, who signs at once.
func DefaultUser() User {
	return User{Name: "홍길동", Birthday: "19900101", Phone: "01012345678"}.complete()
}

// complete fills in fields that may be empty.
func (u User) complete() User {
	if u.CI == "" {
		sum := sha512.Sum512([]byte("kakaocerttest CI " + u.Phone))
		u.CI = base64.StdEncoding.EncodeToString(sum[:])
	}
	if u.Behaviour.kind == "" {
		u.Behaviour = SignAfter(0)
	}
	if u.Key == "" {
		u.Key = RSA
	}
	return u
}

// check names the first field that no client could use.
func (u User) check() error {
	switch {
	case !isName(u.Name):
		return fmt.Errorf("kakaocerttest: User.Name is not 1 to 100 characters of UTF-8")
	case !isDate(u.Birthday):
		return fmt.Errorf("kakaocerttest: User.Birthday is not a date in the form YYYYMMDD")
	case !isPhone(u.Phone):
		return fmt.Errorf("kakaocerttest: User.Phone is not 10 or 11 digits")
	case !isCI(u.CI):
		return fmt.Errorf("kakaocerttest: User.CI is not standard Base64 of 64 bytes")
	case u.Key != RSA && u.Key != ECDSA:
		return fmt.Errorf("kakaocerttest: User.Key is neither RSA nor ECDSA")
	}
	if _, ok := parseSerial(u.Serial); !ok && u.Serial != "" {
		return fmt.Errorf("kakaocerttest: User.Serial must be a positive number in hex of at most 20 bytes")
	}
	return nil
}

func parseSerial(text string) (*big.Int, bool) {
	n, ok := new(big.Int).SetString(text, 16)
	return n, ok && n.Sign() > 0 && n.BitLen() <= 160
}

// Behaviour is what a user does when asked to sign, or why the account cannot
// be asked. Its text form, for JSON and command lines, is "sign", "sign:3s",
// "refuse", "refuse:3s", "ignore", "manual", "dormant", "foreign" or
// "no_certificate".
type Behaviour struct {
	kind  string
	after time.Duration
}

// SignAfter signs when d has passed since the request.
func SignAfter(d time.Duration) Behaviour { return Behaviour{kind: "sign", after: d} }

// RefuseAfter declines when d has passed since the request.
func RefuseAfter(d time.Duration) Behaviour { return Behaviour{kind: "refuse", after: d} }

// Ignore never answers: the request expires.
func Ignore() Behaviour { return Behaviour{kind: "ignore"} }

// Manual leaves the answer to [Service.Sign] and [Service.Decline], which also
// override another behaviour that has not taken effect yet.
func Manual() Behaviour { return Behaviour{kind: "manual"} }

// Dormant is an account that prepare refuses with E2005.
func Dormant() Behaviour { return Behaviour{kind: "dormant"} }

// ForeignNumber is an account with a foreign number: prepare returns E1001.
func ForeignNumber() Behaviour { return Behaviour{kind: "foreign"} }

// NoCertificate is an account without a certificate. Prepare returns E2001: the
// failure is documented, its code is our own choice.
func NoCertificate() Behaviour { return Behaviour{kind: "no_certificate"} }

// String returns the text form.
func (b Behaviour) String() string {
	switch {
	case b.kind == "":
		return "sign"
	case b.after != 0:
		return b.kind + ":" + b.after.String()
	}
	return b.kind
}

// MarshalText returns the text form.
func (b Behaviour) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText reads the text form.
func (b *Behaviour) UnmarshalText(text []byte) error {
	kind, after, timed := strings.Cut(string(text), ":")
	parsed := Behaviour{kind: kind}
	switch kind {
	case "sign", "refuse":
		if timed {
			d, err := time.ParseDuration(after)
			if err != nil || d < 0 {
				return fmt.Errorf("kakaocerttest: behaviour %q has no duration such as 3s behind the colon", kind)
			}
			parsed.after = d
		}
	case "ignore", "manual", "dormant", "foreign", "no_certificate":
		if timed {
			return fmt.Errorf("kakaocerttest: behaviour %q takes no duration", kind)
		}
	default:
		return fmt.Errorf("kakaocerttest: behaviour must be sign, refuse, ignore, manual, dormant, foreign or no_certificate")
	}
	*b = parsed
	return nil
}

// ErrNoUser says that no user has the phone number.
var ErrNoUser = errors.New("kakaocerttest: no user has this phone number")

// account is a user as the service keeps it.
type account struct {
	number int // in the order of AddUser, from 0

	mu   sync.Mutex
	user User

	certMu sync.Mutex
	cert   *credential
}

func (a *account) get() User {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.user
}

// userID is the account's number at Kakao, from which an app learns nothing
// else.
func userID(a *account) string { return strconv.Itoa(3_000_000_001 + a.number) }

// accounts is the directory of users.
type accounts struct {
	mu      sync.RWMutex
	byPhone map[string]*account
	byCI    map[string]*account
}

func newAccounts() *accounts {
	return &accounts{byPhone: make(map[string]*account), byCI: make(map[string]*account)}
}

func (d *accounts) add(u User) error {
	u = u.complete()
	if err := u.check(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.byPhone[u.Phone] != nil {
		return fmt.Errorf("kakaocerttest: another user has the same User.Phone")
	}
	if d.byCI[u.CI] != nil {
		return fmt.Errorf("kakaocerttest: another user has the same User.CI")
	}
	a := &account{number: len(d.byPhone), user: u}
	d.byPhone[u.Phone], d.byCI[u.CI] = a, a
	return nil
}

func (d *accounts) withPhone(phone string) *account {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.byPhone[phone]
}

func (d *accounts) withCI(ci string) *account {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.byCI[ci]
}

func (d *accounts) all() []User {
	d.mu.RLock()
	users := make([]User, 0, len(d.byPhone))
	for a := range maps.Values(d.byPhone) {
		users = append(users, a.get())
	}
	d.mu.RUnlock()
	slices.SortFunc(users, func(a, b User) int { return strings.Compare(a.Phone, b.Phone) })
	return users
}

// AddUser adds an account. The error names the field that cannot be used, or
// says that another user has the same phone or CI.
func (s *Service) AddUser(u User) error { return s.users.add(u) }

// Users returns all accounts, in the order of their phone numbers.
func (s *Service) Users() []User { return s.users.all() }

// SetBehaviour changes what the user with that phone number does when asked
// from now on, or returns [ErrNoUser]. A request that was already sent keeps
// the behaviour of that time.
func (s *Service) SetBehaviour(phone string, b Behaviour) error {
	a := s.users.withPhone(phone)
	if a == nil {
		return ErrNoUser
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.user.Behaviour = b
	a.user = a.user.complete()
	return nil
}
