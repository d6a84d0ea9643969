package kakaocert

// Person names a user by what the user typed. It prints as [redacted]; do not
// keep it in an unexported field by value, where fmt looks past that.
type Person struct {
	redacted
	Name     string // as registered with Kakao; at most 100 characters
	Birthday string // YYYYMMDD
	Phone    string // digits only, 10 or 11, Korean: "01012345678"
}

// User is whom a prepare asks: made by [ByPerson], [ByCI] or [ByCIAndPhone].
// It prints as [redacted].
type User struct {
	redacted
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
func ByPerson(p Person) User { return User{data: hide(userData{person: p})} }

// ByCI names the user by CI: 88 characters, the standard Base64 of 64 bytes.
// A K3500 request to such a user always comes by KakaoTalk's own channel, not
// by the institution's; there is nothing to choose. (DOC)
func ByCI(ci string) User { return User{data: hide(userData{ci: ci, kind: userByCI})} }

// ByCIAndPhone names the user by CI and phone. (DOC)
func ByCIAndPhone(ci, phone string) User {
	return User{data: hide(userData{ci: ci, person: Person{Phone: phone}, kind: userByCIAndPhone})}
}

// check returns what is wrong with the user, naming the field.
func (u User) check() error {
	d := u.data.get()
	if d == nil {
		return &ArgumentError{Field: "User", Reason: "is not set"}
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
