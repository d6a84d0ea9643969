package flow

import (
	"encoding/json"
	"time"

	"github.com/kakaocert-go/kakaocert"
)

// Input is what a flow is begun with: [K1100Input], [K1400Input], [K2100Input],
// [K2220Input], [K3100Input] or [K3500Input].
type Input interface {
	// begin returns the product, the input to be sealed, and the first progress.
	begin() (product string, parts parts, first Progress, err error)
}

// K1100Input begins an identity check. Request must contain at least one of the
// IdentifyItems by which the user is named: they are compared with the
// signer's.
type K1100Input struct {
	Prepare kakaocert.K1100PrepareParams
	Request kakaocert.K1100RequestParams // without Data, a nonce is made
}

// K3100Input begins a withdrawal consent.
type K3100Input struct {
	Prepare kakaocert.K3100PrepareParams
	Request kakaocert.K3100RequestParams
}

// K3500Input begins a signature.
type K3500Input struct {
	Prepare kakaocert.K3500PrepareParams
	// Request contains the documents, which are then sealed into the flow, or
	// DocumentsRef names them.
	Request kakaocert.K3500RequestParams
	// DocumentsRef is what Config.Documents is called with: large documents do not
	// belong in a row. It must name the same documents until the flow has ended,
	// and must not contain personal data.
	DocumentsRef string
}

// K1400Input continues an identity check after the window has sent the browser
// back.
type K1400Input struct {
	Transaction kakaocert.K1400Transaction
	Window      *kakaocert.K1400Window
	User        kakaocert.User // the user who must have signed; the zero User compares nothing
	// IdentifyItems are those that the page has asked for; without them, the flow
	// does not ask for signer info.
	IdentifyItems []kakaocert.IdentifyItem
}

// K2100Input continues a login from its transaction.
type K2100Input struct {
	Transaction kakaocert.K2100Transaction
	Login       *kakaocert.K2100Login
	User        kakaocert.User // the user who must have logged in; the zero User compares nothing
	// IdentifyItems are those of Prepare; without them, the flow does not ask for
	// signer info.
	IdentifyItems []kakaocert.IdentifyItem
}

// K2220Input continues a session from its request.
type K2220Input struct {
	Transaction kakaocert.K2220Transaction
	Length      time.Duration  // that of the request
	User        kakaocert.User // the user who must have signed; the zero User compares nothing
	// IdentifyItems are those of the request; without them, the flow does not ask
	// for signer info.
	IdentifyItems []kakaocert.IdentifyItem
}

// parts is the opened input of any product. Parts that a product does not use
// are empty.
type parts struct {
	user      kakaocert.User
	consent   *kakaocert.Consent
	documents []kakaocert.Document
	login     *kakaocert.K2100Login
	form      form
}

// form is the rest of the input. Its names never change.
type form struct {
	SettleID     string                     `json:"settle_id,omitempty"`
	Data         string                     `json:"data,omitempty"`
	Title        string                     `json:"title,omitempty"`
	Items        []kakaocert.IdentifyItem   `json:"items,omitempty"`
	Desc         *descForm                  `json:"desc,omitempty"`
	ExpiresIn    time.Duration              `json:"expires_in,omitempty"` // nanoseconds
	ExtraMessage string                     `json:"extra_message,omitempty"`
	ReturnURL    string                     `json:"return_url,omitempty"`
	Extra        map[string]json.RawMessage `json:"extra,omitempty"`
	DocumentsRef string                     `json:"documents_ref,omitempty"`
	Window       string                     `json:"window,omitempty"`
	Length       time.Duration              `json:"length,omitempty"` // nanoseconds
}

type descForm struct {
	RequestType         string          `json:"request_type,omitempty"`
	RequestOrganization string          `json:"request_organization,omitempty"`
	ReceiverName        string          `json:"receiver_name,omitempty"`
	Raw                 json.RawMessage `json:"raw,omitempty"`
}

func descFormOf(d *kakaocert.Desc) *descForm {
	if d == nil {
		return nil
	}
	return &descForm{d.RequestType, d.RequestOrganization, d.ReceiverName, d.Raw}
}

func (d *descForm) desc() *kakaocert.Desc {
	if d == nil {
		return nil
	}
	return &kakaocert.Desc{RequestType: d.RequestType, RequestOrganization: d.RequestOrganization, ReceiverName: d.ReceiverName, Raw: d.Raw}
}

// setExtra keeps the fields as the JSON in which they are sent.
func (f *form) setExtra(extra kakaocert.Extra) error {
	for name, value := range extra {
		text, err := json.Marshal(value)
		if err != nil {
			return &kakaocert.ArgumentError{Field: "Extra", Reason: "must be JSON"}
		}
		if f.Extra == nil {
			f.Extra = make(map[string]json.RawMessage)
		}
		f.Extra[name] = text
	}
	return nil
}

func (f *form) extra() kakaocert.Extra {
	extra := make(kakaocert.Extra, len(f.Extra))
	for name, text := range f.Extra {
		extra[name] = text
	}
	return extra
}

// sealed is the form of [Flow.Input]: each part is sealed separately.
type sealed struct {
	User      []byte `json:"user,omitempty"`
	Consent   []byte `json:"consent,omitempty"`
	Documents []byte `json:"documents,omitempty"`
	Login     []byte `json:"login,omitempty"`
	Form      []byte `json:"form"`
}

// place is where a sealed part belongs: it can be opened only there.
func place(id, part string) string { return "flow/" + part + "/" + id }

func (p parts) seal(key *kakaocert.SealKey, id string) ([]byte, error) {
	var out sealed
	text, err := json.Marshal(p.form)
	if err != nil {
		return nil, err
	}
	if out.Form, err = kakaocert.Seal(key, place(id, "form"), kakaocert.NewSecret(string(text))); err != nil {
		return nil, err
	}
	if p.user != (kakaocert.User{}) {
		if out.User, err = kakaocert.Seal(key, place(id, "user"), p.user); err != nil {
			return nil, err
		}
	}
	if p.consent != nil {
		if out.Consent, err = kakaocert.Seal(key, place(id, "consent"), *p.consent); err != nil {
			return nil, err
		}
	}
	if len(p.documents) > 0 {
		if out.Documents, err = kakaocert.Seal(key, place(id, "documents"), p.documents); err != nil {
			return nil, err
		}
	}
	if p.login != nil {
		if out.Login, err = kakaocert.Seal(key, place(id, "login"), *p.login); err != nil {
			return nil, err
		}
	}
	return json.Marshal(out)
}

// unseal opens an input, or returns [kakaocert.ErrUnseal].
func unseal(input []byte, id string, keys []*kakaocert.SealKey) (parts, error) {
	var in sealed
	var p parts
	if json.Unmarshal(input, &in) != nil {
		return p, kakaocert.ErrUnseal
	}
	text, err := kakaocert.Unseal[kakaocert.Secret](in.Form, place(id, "form"), keys...)
	if err != nil {
		return p, err
	}
	if json.Unmarshal([]byte(text.Reveal()), &p.form) != nil {
		return p, kakaocert.ErrUnseal
	}
	if in.User != nil {
		if p.user, err = kakaocert.Unseal[kakaocert.User](in.User, place(id, "user"), keys...); err != nil {
			return p, err
		}
	}
	if in.Consent != nil {
		consent, err := kakaocert.Unseal[kakaocert.Consent](in.Consent, place(id, "consent"), keys...)
		if err != nil {
			return p, err
		}
		p.consent = &consent
	}
	if in.Documents != nil {
		if p.documents, err = kakaocert.Unseal[[]kakaocert.Document](in.Documents, place(id, "documents"), keys...); err != nil {
			return p, err
		}
	}
	if in.Login != nil {
		login, err := kakaocert.Unseal[kakaocert.K2100Login](in.Login, place(id, "login"), keys...)
		if err != nil {
			return p, err
		}
		p.login = &login
	}
	return p, nil
}

func required(set bool, field string) error {
	if set {
		return nil
	}
	return &kakaocert.ArgumentError{Field: field, Reason: "must be set"}
}

func (in K1100Input) begin() (string, parts, Progress, error) {
	r := in.Request
	if !named(in.Prepare.User, r.IdentifyItems) {
		return "", parts{}, Progress{}, &kakaocert.ArgumentError{Field: "Request.IdentifyItems", Reason: "must have an item by which the user is named"}
	}
	if r.Data == "" {
		r.Data = kakaocert.NewNonce()
	}
	p := parts{user: in.Prepare.User, form: form{
		SettleID: in.Prepare.SettleID, Data: r.Data, Title: r.Title, Items: r.IdentifyItems, Desc: descFormOf(r.Desc),
		ExpiresIn: r.ExpiresIn, ExtraMessage: r.ExtraMessage, ReturnURL: r.ReturnURL,
	}}
	return string(in.Prepare.Product), p, Progress{State: StateNew}, p.form.setExtra(r.Extra)
}

func (in K3100Input) begin() (string, parts, Progress, error) {
	r := in.Request
	if err := required(r.Consent != nil, "Request.Consent"); err != nil {
		return "", parts{}, Progress{}, err
	}
	p := parts{user: in.Prepare.User, consent: r.Consent, form: form{
		SettleID: in.Prepare.SettleID, Title: r.Title, Items: r.IdentifyItems, Desc: descFormOf(r.Desc),
		ExpiresIn: r.ExpiresIn, ExtraMessage: r.ExtraMessage, ReturnURL: r.ReturnURL,
	}}
	return string(in.Prepare.Product), p, Progress{State: StateNew}, p.form.setExtra(r.Extra)
}

func (in K3500Input) begin() (string, parts, Progress, error) {
	r := in.Request
	if (len(r.Documents) == 0) == (in.DocumentsRef == "") {
		return "", parts{}, Progress{}, &kakaocert.ArgumentError{Field: "Request.Documents", Reason: "must be set, or else DocumentsRef"}
	}
	p := parts{user: in.Prepare.User, documents: r.Documents, form: form{
		SettleID: in.Prepare.SettleID, Title: r.Title, Items: r.IdentifyItems, Desc: descFormOf(r.Desc),
		ExpiresIn: r.ExpiresIn, ExtraMessage: r.ExtraMessage, ReturnURL: r.ReturnURL, DocumentsRef: in.DocumentsRef,
	}}
	return string(in.Prepare.Product), p, Progress{State: StateNew}, p.form.setExtra(r.Extra)
}

func (in K1400Input) begin() (string, parts, Progress, error) {
	if err := required(!in.Transaction.IsZero(), "Transaction"); err != nil {
		return "", parts{}, Progress{}, err
	}
	if err := required(in.Window != nil && in.Window.Reveal() != "", "Window"); err != nil {
		return "", parts{}, Progress{}, err
	}
	p := parts{user: in.User, form: form{Window: in.Window.Reveal(), Items: in.IdentifyItems}}
	return string(in.Transaction.Product()), p, Progress{State: StateWaiting, Transaction: in.Transaction.String()}, nil
}

// A login has no status call: its user has signed when there is a transaction.
func (in K2100Input) begin() (string, parts, Progress, error) {
	if err := required(!in.Transaction.IsZero(), "Transaction"); err != nil {
		return "", parts{}, Progress{}, err
	}
	if err := required(in.Login != nil && in.Login.Reveal() != "", "Login"); err != nil {
		return "", parts{}, Progress{}, err
	}
	p := parts{user: in.User, login: in.Login, form: form{Items: in.IdentifyItems}}
	return string(in.Transaction.Product()), p, Progress{State: StateSigned, Transaction: in.Transaction.String()}, nil
}

func (in K2220Input) begin() (string, parts, Progress, error) {
	if err := required(!in.Transaction.IsZero(), "Transaction"); err != nil {
		return "", parts{}, Progress{}, err
	}
	if err := required(in.Length > 0, "Length"); err != nil {
		return "", parts{}, Progress{}, err
	}
	p := parts{user: in.User, form: form{Length: in.Length, Items: in.IdentifyItems}}
	return string(in.Transaction.Product()), p, Progress{State: StateWaiting, Transaction: in.Transaction.String()}, nil
}
