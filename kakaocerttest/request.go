package kakaocerttest

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	defaultExpiry = 5 * time.Minute     // our own choice if expires_in is not sent
	maxExpiry     = 30 * 24 * time.Hour // our own choice
)

// request asks the user.
func (s *Service) request(tx *transaction, in *input) (object, *failure) {
	if tx.asked != nil {
		return nil, fail("E2004", "")
	}
	a, expiry, err := s.ask(tx, in)
	if err != nil {
		return nil, err
	}
	in.taken = append(in.taken, s.contract.ExtraFields...)
	if err := in.end(); err != nil {
		return nil, err
	}
	tx.asked = a
	tx.requestedAt = s.clock.Now()
	tx.expiresAt = tx.requestedAt.Add(expiry)
	tx.behaviour = tx.account.get().Behaviour

	out := object{s.protocol.Field("tx_id"): tx.id, s.protocol.Field("result"): "Y"}
	if isAppToApp(tx.bare) && !s.dialect.WithoutScheme {
		out[s.protocol.Field("scheme")] = strings.Replace(s.protocol.Get("app_link"), "{tx_id}", url.QueryEscape(tx.id), 1)
	}
	return out, nil
}

// ask reads the fields that every request may contain, then those of the
// product.
func (s *Service) ask(tx *transaction, in *input) (*asked, time.Duration, *failure) {
	a := new(asked)
	var err *failure
	if a.title, err = in.optional("title"); err != nil {
		return nil, 0, err
	}
	if a.extraMessage, err = in.optional("extra_message"); err != nil {
		return nil, 0, err
	}
	if a.desc, err = s.desc(in); err != nil {
		return nil, 0, err
	}
	if a.items, err = s.identifyItems(in); err != nil {
		return nil, 0, err
	}
	if a.returnURL, err = s.returnURL(tx, in); err != nil {
		return nil, 0, err
	}
	expiry, err := s.expiry(in)
	if err != nil {
		return nil, 0, err
	}
	switch {
	case tx.service == "k1100":
		err = s.nonce(a, in)
	case tx.service == "k2220":
		err = s.session(a, in)
	case tx.service == "k3100":
		err = s.consent(tx, a, in)
	case isSeveral(tx.bare):
		err = s.documents(a, in)
	default:
		err = s.document(a, a.title, in)
	}
	return a, expiry, err
}

// desc reads the display data in the contract's form.
func (s *Service) desc(in *input) (d Desc, err *failure) {
	switch s.dialect.Desc {
	case DescNone:
		d.RequestType, err = in.optional("request_type")
	case DescText:
		d.RequestType, err = in.optional("desc")
	default:
		d, err = s.descObject(in)
	}
	if err == nil && s.contract.Desc != nil && d != *s.contract.Desc {
		err = fail("E1006", "")
	}
	return d, err
}

func (s *Service) descObject(in *input) (d Desc, err *failure) {
	value, name := in.raw("desc")
	if value == nil {
		return d, nil
	}
	object, err := objectInput(s.protocol, value, name+".")
	if err != nil {
		return d, err
	}
	for _, field := range []struct {
		key  string
		into *string
	}{
		{"request_type", &d.RequestType},
		{"request_organization", &d.RequestOrganization},
		{"receiver_name", &d.ReceiverName},
	} {
		if *field.into, err = object.optional(field.key); err != nil {
			return d, err
		}
	}
	return d, object.end()
}

var identifyItems = []string{"ci", "name", "birthday", "phone_number"}

func (s *Service) identifyItems(in *input) ([]string, *failure) {
	elements, err := in.list("identify_items")
	if err != nil {
		return nil, err
	}
	name := s.protocol.Field("identify_items")
	var items []string
	for _, element := range elements {
		var item string
		if json.Unmarshal(element, &item) != nil {
			return nil, invalid(name, "has an element that is not text")
		}
		known := slices.ContainsFunc(identifyItems, func(key string) bool { return s.protocol.Get("value.identify."+key) == item })
		if !known || slices.Contains(items, item) {
			return nil, invalid(name, "must not repeat an item or have an unknown one")
		}
		items = append(items, item)
	}
	return items, nil
}

func (s *Service) returnURL(tx *transaction, in *input) (string, *failure) {
	text, err := in.optional("return_url")
	if err != nil || text == "" {
		return "", err
	}
	name := s.protocol.Field("return_url")
	if !isAppToApp(tx.bare) {
		return "", invalid(name, "is for app-to-app only")
	}
	if u, parseErr := url.Parse(text); parseErr != nil || u.Scheme == "" {
		return "", invalid(name, "must be an absolute URL")
	}
	return text, nil
}

func (s *Service) expiry(in *input) (time.Duration, *failure) {
	seconds, there, err := in.integer("expires_in")
	if err != nil || !there {
		return defaultExpiry, err
	}
	if seconds < 1 || seconds > int64(maxExpiry/time.Second) {
		return 0, invalid(s.protocol.Field("expires_in"), "is not 1 second to 30 days")
	}
	return time.Duration(seconds) * time.Second, nil
}
