package flow

import (
	"context"
	"errors"

	"github.com/kakaocert-go/kakaocert"
)

// The handlers of the services. T is the transaction of the [Store].
type (
	K1100[T any] Outcomes[T, *kakaocert.K1100Result] // identity
	K1400[T any] Outcomes[T, *kakaocert.K1400Result] // identity through the standard window
	K2100[T any] Outcomes[T, *kakaocert.K2100Result] // certified login
	K2220[T any] Outcomes[T, *kakaocert.K2220Result] // abbreviated signatures, up to the session
	K3100[T any] Outcomes[T, *kakaocert.K3100Result] // withdrawal consent
	K3500[T any] Outcomes[T, *kakaocert.K3500Result] // signature
)

func (K1100[T]) products() []string { return codes(kakaocert.K1110, kakaocert.K1120) }
func (K1400[T]) products() []string { return codes(kakaocert.K1400) }
func (K2100[T]) products() []string { return codes(kakaocert.K2100) }
func (K2220[T]) products() []string { return codes(kakaocert.K2220, kakaocert.K3220) }
func (K3100[T]) products() []string { return codes(kakaocert.K3110, kakaocert.K3120) }
func (K3500[T]) products() []string {
	return codes(kakaocert.K3510, kakaocert.K3520, kakaocert.K3511, kakaocert.K3521)
}

func (h K1100[T]) outcomes() outcomes[T] { return Outcomes[T, *kakaocert.K1100Result](h) }
func (h K1400[T]) outcomes() outcomes[T] { return Outcomes[T, *kakaocert.K1400Result](h) }
func (h K2100[T]) outcomes() outcomes[T] { return Outcomes[T, *kakaocert.K2100Result](h) }
func (h K2220[T]) outcomes() outcomes[T] { return Outcomes[T, *kakaocert.K2220Result](h) }
func (h K3100[T]) outcomes() outcomes[T] { return Outcomes[T, *kakaocert.K3100Result](h) }
func (h K3500[T]) outcomes() outcomes[T] { return Outcomes[T, *kakaocert.K3500Result](h) }

func codes[P kakaocert.Product](products ...P) []string {
	texts := make([]string, len(products))
	for i, p := range products {
		texts[i] = string(p)
	}
	return texts
}

// opened makes the steps of a flow that all services have in common.
func opened[T any, P kakaocert.Product, R result](m *Machine[T], f Flow, o Outcomes[T, R]) (*service[T, P, R], parts, error) {
	in, err := unseal(f.Input, f.ID, m.config.Keys)
	if err != nil {
		return nil, in, err
	}
	return &service[T, P, R]{outcomes: o, verifier: m.config.Verifier, id: f.ID, user: in.user, items: in.form.Items}, in, nil
}

func (h K1100[T]) open(m *Machine[T], f Flow) (steps[T], error) {
	s, in, err := opened[T, kakaocert.K1100Product](m, f, Outcomes[T, *kakaocert.K1100Result](h))
	if err != nil {
		return nil, err
	}
	api, nonce := m.config.Client.K1100, in.form.Data
	s.onStatus, s.onSigner = api.Status, api.SignerInfo
	s.onPrepare = func(ctx context.Context) (kakaocert.K1100Transaction, error) {
		return api.Prepare(ctx, &kakaocert.K1100PrepareParams{Product: kakaocert.K1100Product(f.Product), User: in.user, SettleID: in.form.SettleID})
	}
	s.onRequest = func(ctx context.Context, tx kakaocert.K1100Transaction) (*kakaocert.Receipt, error) {
		r := in.form
		return api.Request(ctx, tx, &kakaocert.K1100RequestParams{
			Data: nonce, Title: r.Title, IdentifyItems: r.Items, Desc: r.Desc.desc(), ExpiresIn: r.ExpiresIn,
			ExtraMessage: r.ExtraMessage, ReturnURL: r.ReturnURL, Extra: r.extra(),
		})
	}
	s.onAppLink = api.AppLink
	s.onVerify = func(ctx context.Context, tx kakaocert.K1100Transaction, opts ...kakaocert.CallOption) (*kakaocert.K1100Result, error) {
		return api.Verify(ctx, tx, nonce, opts...)
	}
	s.onRecall = func(ctx context.Context, tx kakaocert.K1100Transaction) (*kakaocert.K1100Result, error) {
		return api.Recall(ctx, tx, nonce)
	}
	s.onCheck = optional((*kakaocert.K1100Result).Check)
	return s, nil
}

func (h K3100[T]) open(m *Machine[T], f Flow) (steps[T], error) {
	s, in, err := opened[T, kakaocert.K3100Product](m, f, Outcomes[T, *kakaocert.K3100Result](h))
	if err != nil {
		return nil, err
	}
	api := m.config.Client.K3100
	s.onStatus, s.onSigner = api.Status, api.SignerInfo
	s.onPrepare = func(ctx context.Context) (kakaocert.K3100Transaction, error) {
		return api.Prepare(ctx, &kakaocert.K3100PrepareParams{Product: kakaocert.K3100Product(f.Product), User: in.user, SettleID: in.form.SettleID})
	}
	s.onRequest = func(ctx context.Context, tx kakaocert.K3100Transaction) (*kakaocert.Receipt, error) {
		r := in.form
		return api.Request(ctx, tx, &kakaocert.K3100RequestParams{
			Consent: in.consent, Title: r.Title, IdentifyItems: r.Items, Desc: r.Desc.desc(), ExpiresIn: r.ExpiresIn,
			ExtraMessage: r.ExtraMessage, ReturnURL: r.ReturnURL, Extra: r.extra(),
		})
	}
	s.onAppLink = api.AppLink
	s.onVerify = func(ctx context.Context, tx kakaocert.K3100Transaction, opts ...kakaocert.CallOption) (*kakaocert.K3100Result, error) {
		return api.Verify(ctx, tx, in.consent, opts...)
	}
	s.onRecall = func(ctx context.Context, tx kakaocert.K3100Transaction) (*kakaocert.K3100Result, error) {
		return api.Recall(ctx, tx, in.consent)
	}
	s.onCheck = one((*kakaocert.K3100Result).Check)
	return s, nil
}

func (h K3500[T]) open(m *Machine[T], f Flow) (steps[T], error) {
	s, in, err := opened[T, kakaocert.K3500Product](m, f, Outcomes[T, *kakaocert.K3500Result](h))
	if err != nil {
		return nil, err
	}
	api := m.config.Client.K3500
	documents := func(ctx context.Context) ([]kakaocert.Document, error) {
		if len(in.documents) == 0 && m.config.Documents != nil {
			in.documents, err = m.config.Documents(ctx, in.form.DocumentsRef)
		}
		if err == nil && len(in.documents) == 0 {
			err = &kakaocert.ArgumentError{Field: "Config.Documents", Reason: "must return the documents of a DocumentsRef"}
		}
		return in.documents, err
	}
	s.onStatus, s.onSigner = api.Status, api.SignerInfo
	s.onPrepare = func(ctx context.Context) (kakaocert.K3500Transaction, error) {
		return api.Prepare(ctx, &kakaocert.K3500PrepareParams{Product: kakaocert.K3500Product(f.Product), User: in.user, SettleID: in.form.SettleID})
	}
	s.onRequest = func(ctx context.Context, tx kakaocert.K3500Transaction) (*kakaocert.Receipt, error) {
		list, err := documents(ctx)
		if err != nil {
			return nil, err
		}
		r := in.form
		return api.Request(ctx, tx, &kakaocert.K3500RequestParams{
			Documents: list, Title: r.Title, IdentifyItems: r.Items, Desc: r.Desc.desc(), ExpiresIn: r.ExpiresIn,
			ExtraMessage: r.ExtraMessage, ReturnURL: r.ReturnURL, Extra: r.extra(),
		})
	}
	s.onAppLink = api.AppLink
	s.onVerify = func(ctx context.Context, tx kakaocert.K3500Transaction, opts ...kakaocert.CallOption) (*kakaocert.K3500Result, error) {
		list, err := documents(ctx)
		if err != nil {
			return nil, err
		}
		return api.Verify(ctx, tx, list, opts...)
	}
	s.onRecall = func(ctx context.Context, tx kakaocert.K3500Transaction) (*kakaocert.K3500Result, error) {
		list, err := documents(ctx)
		if err != nil {
			return nil, err
		}
		return api.Recall(ctx, tx, list)
	}
	s.onCheck = func(v *kakaocert.Verifier, r *kakaocert.K3500Result, done *Done[*kakaocert.K3500Result]) error {
		checked, err := r.Check(v)
		if err == nil {
			done.Verified = checked.Verified()
		}
		return err
	}
	return s, nil
}

func (h K1400[T]) open(m *Machine[T], f Flow) (steps[T], error) {
	s, in, err := opened[T, kakaocert.K1400Product](m, f, Outcomes[T, *kakaocert.K1400Result](h))
	if err != nil {
		return nil, err
	}
	window, err := kakaocert.ParseK1400Window(in.form.Window)
	if err != nil {
		return nil, err
	}
	api := m.config.Client.K1400
	s.onStatus, s.onSigner = api.Status, api.SignerInfo
	s.onVerify = func(ctx context.Context, tx kakaocert.K1400Transaction, opts ...kakaocert.CallOption) (*kakaocert.K1400Result, error) {
		return api.Verify(ctx, tx, window, opts...)
	}
	s.onRecall = func(ctx context.Context, tx kakaocert.K1400Transaction) (*kakaocert.K1400Result, error) {
		return api.Recall(ctx, tx, window)
	}
	s.onCheck = optional((*kakaocert.K1400Result).Check)
	return s, nil
}

func (h K2100[T]) open(m *Machine[T], f Flow) (steps[T], error) {
	s, in, err := opened[T, kakaocert.K2100Product](m, f, Outcomes[T, *kakaocert.K2100Result](h))
	if err != nil {
		return nil, err
	}
	api := m.config.Client.K2100
	s.onSigner = api.SignerInfo
	s.onVerify = func(ctx context.Context, tx kakaocert.K2100Transaction, opts ...kakaocert.CallOption) (*kakaocert.K2100Result, error) {
		return api.Verify(ctx, tx, in.login, opts...)
	}
	s.onRecall = func(ctx context.Context, tx kakaocert.K2100Transaction) (*kakaocert.K2100Result, error) {
		return api.Recall(ctx, tx, in.login)
	}
	s.onCheck = optional((*kakaocert.K2100Result).Check)
	return s, nil
}

func (h K2220[T]) open(m *Machine[T], f Flow) (steps[T], error) {
	s, in, err := opened[T, kakaocert.K2220Product](m, f, Outcomes[T, *kakaocert.K2220Result](h))
	if err != nil {
		return nil, err
	}
	api, length := m.config.Client.K2220, in.form.Length
	s.onStatus, s.onSigner = api.Status, api.SignerInfo
	s.onVerify = func(ctx context.Context, tx kakaocert.K2220Transaction, opts ...kakaocert.CallOption) (*kakaocert.K2220Result, error) {
		return api.Verify(ctx, tx, length, opts...)
	}
	s.onRecall = func(ctx context.Context, tx kakaocert.K2220Transaction) (*kakaocert.K2220Result, error) {
		return api.Recall(ctx, tx, length)
	}
	s.onCheck = func(v *kakaocert.Verifier, r *kakaocert.K2220Result, done *Done[*kakaocert.K2220Result]) error {
		session, verified, err := r.Check(v)
		if err == nil {
			done.Session, done.Verified = session, []*kakaocert.Verified{verified}
		}
		return err
	}
	return s, nil
}

// one is the check of an answer with one signature.
func one[R any](check func(R, *kakaocert.Verifier) (*kakaocert.Verified, error)) func(*kakaocert.Verifier, R, *Done[R]) error {
	return func(v *kakaocert.Verifier, r R, done *Done[R]) error {
		verified, err := check(r, v)
		if err == nil {
			done.Verified = []*kakaocert.Verified{verified}
		}
		return err
	}
}

// optional is the check of an answer that may have a signature.
func optional[R any](check func(R, *kakaocert.Verifier) (*kakaocert.Verified, error)) func(*kakaocert.Verifier, R, *Done[R]) error {
	must := one(check)
	return func(v *kakaocert.Verifier, r R, done *Done[R]) error {
		if err := must(v, r, done); !errors.Is(err, kakaocert.ErrNoSignature) {
			return err
		}
		return nil
	}
}
