package kakaocert

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// Person names a user by what the user typed. It prints as [redacted]; do not
// keep it in an unexported field by value.
type Person struct {
	personal
	Name     string // as registered with Kakao; at most 100 characters
	Birthday string // YYYYMMDD
	Phone    string // digits only, 10 or 11, Korean: "01012345678"
}

// User is the person whom prepare asks. It prints as [redacted].
type User struct {
	personal
	data hidden[userData]
}

type userData struct {
	person Person
	ci     string
	kind   userKind
}

type userKind int

const (
	userByPerson userKind = iota
	userByCI
	userByCIAndPhone
)

// ByPerson names the user by name, birthday and phone. (FIELD)
func ByPerson(p Person) User {
	p.Name, p.Birthday, p.Phone = strings.TrimSpace(p.Name), strings.TrimSpace(p.Birthday), strings.TrimSpace(p.Phone)
	return User{data: hide(userData{person: p})}
}

// ByCI names the user by CI: 88 characters, the standard Base64 of 64 bytes. A
// K3500 request to such a user always comes by KakaoTalk's own channel. (DOC)
func ByCI(ci string) User {
	return User{data: hide(userData{ci: withoutSpace(ci), kind: userByCI})}
}

// ByCIAndPhone names the user by CI and phone. (DOC)
func ByCIAndPhone(ci, phone string) User {
	return User{data: hide(userData{ci: withoutSpace(ci), person: Person{Phone: phone}, kind: userByCIAndPhone})}
}

// check returns what is wrong with the user, naming the field.
func (u User) check() error {
	d := u.data.Get()
	if d == nil {
		return &ArgumentError{Field: "User", Reason: "must be set"}
	}
	switch d.kind {
	case userByCI:
		return checkCI("User.CI", d.ci)
	case userByCIAndPhone:
		if err := checkCI("User.CI", d.ci); err != nil {
			return err
		}
		return checkPhone("User.Phone", d.person.Phone)
	}
	if err := checkName("Person.Name", d.person.Name); err != nil {
		return err
	}
	if err := checkBirthday("Person.Birthday", d.person.Birthday); err != nil {
		return err
	}
	return checkPhone("Person.Phone", d.person.Phone)
}

// IdentifyItem is an item of the signer's data, which the contract grants.
// (DOC, FIELD) The list is open: further items are sent as they are.
type IdentifyItem string

const (
	IdentifyCI          IdentifyItem = "CI"
	IdentifyName        IdentifyItem = "NAME"
	IdentifyBirthday    IdentifyItem = "BIRTHDAY"
	IdentifyPhoneNumber IdentifyItem = "PHONE_NUMBER"
	// IdentifyGender was seen once, and its answer never: read that with
	// [WithAnswer]. (FIELD-1)
	IdentifyGender IdentifyItem = "GENDER"
)

var identifyKeys = map[IdentifyItem]string{
	IdentifyCI:          "value.identify.ci",
	IdentifyName:        "value.identify.name",
	IdentifyBirthday:    "value.identify.birthday",
	IdentifyPhoneNumber: "value.identify.phone_number",
	IdentifyGender:      "value.identify.gender",
}

// SignerInfo is who signed, as far as the request asked for it, to be compared
// on the institution's server only. (DOC) An item that was not given is zero.
// It prints as [redacted].
type SignerInfo struct {
	redacted
	CI       Secret // 88 characters of Base64
	Name     Secret
	Birthday Secret // YYYYMMDD
	Phone    Secret // digits only
}

// Compare returns nil when the signer is the user in every one of the items;
// without items, in all that the user was named by. The error is a
// [*MismatchError] where any differs, else a [*MissingItemsError].
func (s *SignerInfo) Compare(user User, items ...IdentifyItem) error {
	if err := user.check(); err != nil {
		return err
	}
	want := user.items()
	if len(items) == 0 {
		items = slices.Sorted(maps.Keys(want))
	}
	given := map[IdentifyItem]Secret{
		IdentifyCI: s.CI, IdentifyName: s.Name, IdentifyBirthday: s.Birthday, IdentifyPhoneNumber: s.Phone,
	}
	mismatch := new(MismatchError)
	for _, item := range items {
		expected, named := want[item]
		if !named {
			return &ArgumentError{Field: "items", Reason: "has an item that the user was not named by"}
		}
		switch actual := given[item]; {
		case actual.IsZero():
			mismatch.Missing = append(mismatch.Missing, item)
		case !actual.Equal(expected):
			mismatch.Different = append(mismatch.Different, item)
		}
	}
	switch {
	case len(mismatch.Different) > 0:
		return mismatch
	case len(mismatch.Missing) > 0:
		return &MissingItemsError{Items: mismatch.Missing}
	}
	return nil
}

func (f flow[P]) signerInfo(ctx context.Context, tx Transaction[P], opts []CallOption) (*SignerInfo, error) {
	if err := f.check(tx); err != nil {
		return nil, err
	}
	info := new(SignerInfo)
	if _, err := f.do(ctx, f.step("signer", tx), opts, info.read); err != nil {
		return nil, err
	}
	return info, nil
}

func (s *SignerInfo) read(r reply) error {
	if !r.core.meetsDemand(r.step.operation(), r.fields) {
		return r.undecodable("", "must contain the signer's items or the tx_id")
	}
	return r.secrets(
		encrypted{&s.CI, "ci", isCI},
		encrypted{&s.Name, "name", isName},
		encrypted{&s.Birthday, "birthday", isBirthday},
		encrypted{&s.Phone, "phone_number", isPhone},
	)
}

// items is what the user was named by.
func (u User) items() map[IdentifyItem]string {
	d := u.data.Get()
	switch d.kind {
	case userByCI:
		return map[IdentifyItem]string{IdentifyCI: d.ci}
	case userByCIAndPhone:
		return map[IdentifyItem]string{IdentifyCI: d.ci, IdentifyPhoneNumber: d.person.Phone}
	}
	return map[IdentifyItem]string{
		IdentifyName: d.person.Name, IdentifyBirthday: d.person.Birthday, IdentifyPhoneNumber: d.person.Phone,
	}
}
