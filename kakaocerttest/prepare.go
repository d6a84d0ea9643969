package kakaocerttest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
)

// prepare looks the user up and opens a transaction.
func (s *Service) prepare(c *call, in *input, header http.Header) (object, *failure) {
	settleID := header.Get("settle-id")
	if !s.dialect.SettleIDHeader {
		var err *failure
		if settleID, err = in.optional("settle_id"); err != nil {
			return nil, err
		}
	}
	if !slices.Contains(s.contract.SettleIDs, settleID) {
		return nil, fail("E1005", "")
	}
	key, err := s.keyOf(in)
	if err != nil {
		return nil, err
	}
	a, named, err := s.named(in, key)
	if err != nil {
		return nil, err
	}
	if err := in.end(); err != nil {
		return nil, err
	}
	if err := addressable(a.get().Behaviour); err != nil {
		return nil, err
	}
	tx := s.store.open(&transaction{
		service: c.service, product: c.product, bare: c.bare,
		account: a, named: named, key: key, preparedAt: s.clock.Now(),
	})
	c.txID = tx.id
	return object{s.protocol.Field("tx_id"): tx.id}, nil
}

// keyOf returns the key that enc_version names; without enc_version, the
// contract's only key.
func (s *Service) keyOf(in *input) (*cipherKey, *failure) {
	value, name := in.raw("enc_version")
	if value == nil {
		if len(s.contract.keys) > 1 {
			return nil, invalid(name, "is missing though the contract has several keys")
		}
		return s.contract.keys[0], nil
	}
	digits := string(value)
	if s.protocol.Get("encoding.enc_version") == "text" {
		if json.Unmarshal(value, &digits) != nil {
			return nil, invalid(name, "is not text")
		}
	}
	version, err := strconv.Atoi(digits)
	if err != nil {
		return nil, invalid(name, "is not a number in the contract's form")
	}
	key := s.contract.key(version)
	if key == nil {
		return nil, invalid(name, "is no key of the contract")
	}
	return key, nil
}

// named finds the account that a prepare names, and how it was named: by
// "person", "ci" or "ci_phone".
func (s *Service) named(in *input, key *cipherKey) (a *account, how string, err *failure) {
	kind, err := in.text("type")
	if err != nil {
		return nil, "", err
	}
	switch kind {
	case s.protocol.Get("value.type.person"):
		a, err = s.byPerson(in, key)
		return a, "person", err
	case s.protocol.Get("value.type.ci"):
		a, err = s.byCI(in, key)
		return a, "ci", err
	case s.protocol.Get("value.type.ci_phone"):
		a, err = s.byCIAndPhone(in, key)
		return a, "ci_phone", err
	}
	return nil, "", invalid(s.protocol.Field("type"), "must be one of the known values")
}

func (s *Service) byPerson(in *input, key *cipherKey) (*account, *failure) {
	name, err := s.secret(in, key, "name", isName)
	if err != nil {
		return nil, err
	}
	birthday, err := s.secret(in, key, "birthday", isDate)
	if err != nil {
		return nil, err
	}
	phone, err := s.secret(in, key, "phone_no", isPhone)
	if err != nil {
		return nil, err
	}
	a := s.users.withPhone(phone)
	if a == nil {
		return nil, fail("E2001", "")
	}
	if u := a.get(); u.Name != name || u.Birthday != birthday {
		return nil, fail("E2002", "")
	}
	return a, nil
}

func (s *Service) byCI(in *input, key *cipherKey) (*account, *failure) {
	ci, err := s.secret(in, key, "ci", isCI)
	if err != nil {
		return nil, err
	}
	a := s.users.withCI(ci)
	if a == nil {
		return nil, fail("E2001", "")
	}
	return a, nil
}

func (s *Service) byCIAndPhone(in *input, key *cipherKey) (*account, *failure) {
	a, err := s.byCI(in, key)
	if err != nil {
		return nil, err
	}
	phone, err := s.secret(in, key, "phone_no", isPhone)
	if err != nil {
		return nil, err
	}
	if a.get().Phone != phone {
		return nil, fail("E2002", "")
	}
	return a, nil
}

func (s *Service) secret(in *input, key *cipherKey, field string, shape func(string) bool) (string, *failure) {
	plain, err := in.secret(field, key)
	if err == nil && !shape(plain) {
		return "", invalid(s.protocol.Field(field), "decrypts to something of the wrong form")
	}
	return plain, err
}

// addressable returns the reason why an account cannot be asked.
func addressable(b Behaviour) *failure {
	switch b {
	case Dormant():
		return fail("E2005", "")
	case ForeignNumber():
		return fail("E1001", "the user's number is foreign")
	case NoCertificate():
		return fail("E2001", "the user has no certificate")
	}
	return nil
}
