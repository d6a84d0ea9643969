package sim

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/env"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// The contract of a simulator whose seed contains none. The values are public and
// never change, so that a call can be written down with its encrypted values.
const (
	publicDealerKey      = "dealer-key-of-the-simulator"
	publicInstitutionKey = "institution-key-of-the-simulator"
	publicSettleID       = "settle-id-of-the-simulator"
	publicKey            = "a2FrYW9jZXJ0IHNpbXVsYXRvciwgbm90IHNlY3JldCE=" // "kakaocert simulator, not secret!"
	publicIV             = "a2FrYW9jZXJ0IHNpbSBJVg=="                     // "kakaocert sim IV"
)

// seed is what a seed file says; the zero seed is the default simulator.
type seed struct {
	environment kakaocert.Environment // 0 where nothing is said
	contract    kakaocerttest.Contract
	dialect     kakaocerttest.Dialect
	users       []kakaocerttest.User
	faults      []kakaocerttest.Fault
}

// seedFile keeps the parts as they were written, so that a mistake in one can be
// reported with its place.
type seedFile struct {
	Environment string            `json:"environment"`
	Contract    json.RawMessage   `json:"contract"`
	Dialect     json.RawMessage   `json:"dialect"`
	Users       []json.RawMessage `json:"users"`
	Faults      []json.RawMessage `json:"faults"`
}

// readSeed reads a seed file. The error names the file, the line and the part.
func readSeed(path string) (seed, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return seed{}, err
	}
	s, err := parseSeed(bytes.TrimPrefix(text, []byte("\ufeff")))
	if err != nil {
		return seed{}, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func parseSeed(text []byte) (seed, error) {
	var file seedFile
	if err := decodePart(text, text, "", &file); err != nil {
		return seed{}, err
	}
	s := seed{users: make([]kakaocerttest.User, len(file.Users)), faults: make([]kakaocerttest.Fault, len(file.Faults))}
	if file.Environment != "" {
		var err error
		if s.environment, err = environmentOf(file.Environment); err != nil {
			return seed{}, fmt.Errorf("environment %w", err)
		}
	}
	errs := []error{
		decodePart(text, file.Contract, "contract: ", &s.contract),
		decodePart(text, file.Dialect, "dialect: ", &s.dialect),
	}
	for i, part := range file.Users {
		errs = append(errs, decodePart(text, part, fmt.Sprintf("users[%d]: ", i), &s.users[i]))
	}
	for i, part := range file.Faults {
		errs = append(errs, decodePart(text, part, fmt.Sprintf("faults[%d]: ", i), &s.faults[i]))
	}
	for _, err := range errs {
		if err != nil {
			return seed{}, err
		}
	}
	return s, nil
}

// decodePart reads a part of the text and refuses fields that it does not
// know. A part that is not there leaves into as it is.
func decodePart(text, part []byte, name string, into any) error {
	if part == nil {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(part))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil {
		if _, more := decoder.Token(); more != io.EOF {
			err = errors.New("more follows behind the object")
		}
	}
	if err == nil {
		return nil
	}
	offset := int64(0)
	if syntax, is := errors.AsType[*json.SyntaxError](err); is {
		offset = syntax.Offset
	} else if kind, is := errors.AsType[*json.UnmarshalTypeError](err); is {
		offset = kind.Offset
	}
	before := text[:max(0, bytes.Index(text, part))+int(min(offset, int64(len(part))))]
	reason := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "json: "), "kakaocerttest: ")
	return fmt.Errorf("line %d: %s%s", 1+bytes.Count(before, []byte("\n")), name, reason)
}

func environmentOf(word string) (kakaocert.Environment, error) {
	environment, err := env.ReadEnvironment(func(string) string { return word })
	if err != nil {
		return 0, errors.New("must be test or production")
	}
	return environment, nil
}

// completeContract fills in what the seed leaves out with what is public. The
// cipher's mode is the protocol's, because a client takes it from there.
func (s seed) completeContract(protocol *kakaocert.Protocol) (kakaocerttest.Contract, error) {
	c := s.contract
	c.DealerKey = cmp.Or(c.DealerKey, publicDealerKey)
	c.InstitutionKey = cmp.Or(c.InstitutionKey, publicInstitutionKey)
	if len(c.SettleIDs) == 0 {
		c.SettleIDs = []string{publicSettleID}
	}
	if len(c.CipherKeys) == 0 {
		c.CipherKeys = []kakaocerttest.CipherKey{{}}
	}
	mode := kakaocerttest.CipherMode(strings.ToUpper(protocol.Get("cipher.mode")))
	for i := range c.CipherKeys {
		key := &c.CipherKeys[i]
		if key.Mode != "" && key.Mode != mode {
			return c, fmt.Errorf("contract: cipher_keys[%d]: mode is not the protocol's cipher.mode", i)
		}
		key.Mode, key.Key = mode, cmp.Or(key.Key, publicKey)
		if mode != kakaocerttest.GCM {
			key.IV = cmp.Or(key.IV, publicIV)
		}
	}
	return c, nil
}

// populate adds users and faults.
func (s seed) populate(server *kakaocerttest.Server) error {
	users := s.users
	if len(users) == 0 {
		users = []kakaocerttest.User{publicUser()}
	}
	for i, user := range users {
		if err := server.AddUser(user); err != nil {
			return fmt.Errorf("users[%d]: %w", i, err)
		}
	}
	for i, fault := range s.faults {
		if err := server.Inject(fault); err != nil {
			return fmt.Errorf("faults[%d]: %w", i, err)
		}
	}
	return nil
}

// publicUser is the user where the seed contains none: one who signs on the phone
// page.
func publicUser() kakaocerttest.User {
	user := kakaocerttest.DefaultUser()
	user.Behaviour = kakaocerttest.Manual()
	return user
}
