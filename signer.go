package kakaocert

import (
	"context"
	"maps"
	"slices"
)

// IdentifyItem is an item of the signer's data that request asks for and
// signer info gives, where the contract grants it. (DOC, FIELD)
type IdentifyItem string

const (
	IdentifyCI          IdentifyItem = "CI"
	IdentifyName        IdentifyItem = "NAME"
	IdentifyBirthday    IdentifyItem = "BIRTHDAY"
	IdentifyPhoneNumber IdentifyItem = "PHONE_NUMBER"
)

var identifyKeys = map[IdentifyItem]string{
	IdentifyCI:          "value.identify.ci",
	IdentifyName:        "value.identify.name",
	IdentifyBirthday:    "value.identify.birthday",
	IdentifyPhoneNumber: "value.identify.phone_number",
}

// SignerInfo is who signed, as far as the request asked for it. It may be used
// only to compare, on the institution's server. (DOC) An item that was not
// given is zero. It prints as [redacted].
type SignerInfo struct {
	redacted
	CI       Secret // 88 characters of Base64
	Name     Secret
	Birthday Secret // YYYYMMDD
	Phone    Secret // digits only
}

// Compare returns nil when the signer is the user in every one of the items,
// and a [*MismatchError] that names the items which differ, or which the
// answer did not give, without their values. Without items it compares all
// that the user was named by.
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
	if len(mismatch.Different)+len(mismatch.Missing) > 0 {
		return mismatch
	}
	return nil
}

func (f flow[P]) signerInfo(ctx context.Context, tx Transaction[P], opts []CallOption) (*SignerInfo, error) {
	if err := f.check(tx); err != nil {
		return nil, err
	}
	st := f.step("signer", tx)
	answer, object, err := f.do(ctx, st, opts)
	if err != nil {
		return nil, err
	}
	if err := f.same(st, tx, object, answer); err != nil {
		return nil, err
	}
	var info SignerInfo
	for _, item := range []struct {
		into  *Secret
		field string
		shape func(string) bool
	}{
		{&info.CI, "ci", isCI},
		{&info.Name, "name", isName},
		{&info.Birthday, "birthday", isBirthday},
		{&info.Phone, "phone_number", isPhone},
	} {
		if *item.into, err = f.decrypted(st, object, answer, item.field, item.shape); err != nil {
			return nil, err
		}
	}
	return &info, nil
}

// items is what the user was named by.
func (u User) items() map[IdentifyItem]string {
	d := u.data.get()
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
