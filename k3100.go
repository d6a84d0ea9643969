package kakaocert

import (
	"context"
	"crypto/sha256"
	"time"
)

// K3100Service is withdrawal consent (출금동의): a user signs that money may be
// withdrawn from an account.
type K3100Service struct{ flow flow[K3100Product] }

// K3100RequestParams is what the user is asked.
type K3100RequestParams struct {
	personal
	Consent       *Consent       // what the user agrees to; see [Consent.CheckHolder]
	Title         string         // what the user sees; at most 200 characters (ASSUMED)
	IdentifyItems []IdentifyItem // what [K3100Service.SignerInfo] shall give
	Desc          *Desc          // in the form that the contract fixes
	ExpiresIn     time.Duration  // how long the user has, in whole seconds, at most 24 h (ASSUMED); 0 is Kakao's default (FIELD)
	ExtraMessage  string         // the institution's own words (FIELD); at most 500 characters (ASSUMED)
	ReturnURL     string         // where KakaoTalk returns to; K3120 only (FIELD); at most 2048 bytes (ASSUMED)
	Extra         Extra          // further fields of the contract
}

// Prepare looks the user up; see [K1100Service.Prepare].
func (s *K3100Service) Prepare(ctx context.Context, params *K3100PrepareParams, opts ...CallOption) (K3100Transaction, error) {
	return s.flow.prepare(ctx, params, opts)
}

// Request asks the user. The consent is encrypted as a whole. See
// [K1100Service.Request] for a lost answer.
func (s *K3100Service) Request(ctx context.Context, tx K3100Transaction, params *K3100RequestParams, opts ...CallOption) (*Receipt, error) {
	if params == nil {
		return nil, errNoParams
	}
	if err := s.flow.check(tx); err != nil {
		return nil, err
	}
	if err := params.Consent.check(); err != nil {
		return nil, err
	}
	p := s.flow.protocol
	body, err := requestFields{
		title: params.Title, items: params.IdentifyItems, desc: params.Desc,
		expiresIn: params.ExpiresIn, extraMessage: params.ExtraMessage, returnURL: params.ReturnURL,
	}.body(p, appToApp(tx.product))
	if err != nil {
		return nil, err
	}
	consent, err := params.Consent.wire(p)
	if err != nil {
		return nil, err
	}
	if body[p.Field("data")], err = s.flow.encrypt(string(consent)); err != nil {
		return nil, err
	}
	return s.flow.request(ctx, tx, body, params.Extra, opts)
}

// AppLink returns the link of the [Receipt]; see [K1100Service.AppLink].
func (s *K3100Service) AppLink(tx K3100Transaction) (string, error) { return s.flow.appLink(tx) }

// Status asks how far the user is.
func (s *K3100Service) Status(ctx context.Context, tx K3100Transaction, opts ...CallOption) (TransactionStatus, error) {
	return s.flow.status(ctx, tx, opts)
}

// Wait asks until the user has signed; see [K1100Service.Wait].
func (s *K3100Service) Wait(ctx context.Context, tx K3100Transaction, opts ...WaitOption) (TransactionStatus, error) {
	return s.flow.wait(ctx, tx, opts)
}

// Verify fetches the signature, once: Kakao deletes it after that, and relays
// report that it must be fetched within 10 minutes of signing (DOC, FIELD). It
// needs a Sink. The consent is that of Request, and noted in the evidence as a
// digest. Nil is for a program that no longer has it: Check then refuses.
//
// Once sent, verify is not ended by the caller's context.
func (s *K3100Service) Verify(ctx context.Context, tx K3100Transaction, consent *Consent, opts ...CallOption) (*K3100Result, error) {
	if err := s.flow.checkSink(tx); err != nil {
		return nil, err
	}
	var asked [][32]byte
	if consent != nil {
		if err := consent.check(); err != nil {
			return nil, err
		}
		text, err := consent.wire(s.flow.protocol)
		if err != nil {
			return nil, err
		}
		asked = [][32]byte{sha256.Sum256(text)}
	}
	return fetch(ctx, s.flow, tx, asked, opts, readConsent(tx, consent))
}

// Restore makes a result of a stored answer; see [K1100Service.Restore].
func (s *K3100Service) Restore(tx K3100Transaction, body []byte, consent *Consent) (*K3100Result, error) {
	return restore(s.flow, tx, body, readConsent(tx, consent))
}

// Recall finds the result in the evidence; see [K1100Service.Recall].
func (s *K3100Service) Recall(ctx context.Context, tx K3100Transaction, consent *Consent) (*K3100Result, error) {
	return recall(ctx, s.flow, tx, readConsent(tx, consent))
}

func readConsent(tx K3100Transaction, consent *Consent) func(reply) (*K3100Result, error) {
	var asked hidden[Consent]
	if consent != nil {
		asked = hide(*consent)
	}
	return func(r reply) (*K3100Result, error) {
		data, err := r.signature()
		if err != nil {
			return nil, err
		}
		return &K3100Result{data, tx, asked}, nil
	}
}

// SignerInfo returns who signed; see [K1100Service.SignerInfo].
func (s *K3100Service) SignerInfo(ctx context.Context, tx K3100Transaction, opts ...CallOption) (*SignerInfo, error) {
	return s.flow.signerInfo(ctx, tx, opts)
}

// K3100Result is a signed consent, stored but not checked. It prints as
// [redacted].
type K3100Result struct {
	Fetched
	tx      K3100Transaction
	consent hidden[Consent]
}

// Check checks the signature, and that it is on the consent that Verify was
// given: what was signed is decrypted and compared item by item. A difference
// is a [*ConsentError].
func (r *K3100Result) Check(v *Verifier) (*Verified, error) {
	core := r.data.Value().core
	if core == nil {
		return nil, errNotFromVerify
	}
	return checkConsent(v, core.protocol, core.ciphers(), r.SignedData(), r.consent.Get())
}

// checkConsent takes what is attached, for the service's ciphertext cannot be
// made a second time with every cipher; the items are compared instead.
func checkConsent(v *Verifier, p *Protocol, ciphers []DataCipher, signed []byte, consent *Consent) (*Verified, error) {
	if err := consent.check(); err != nil {
		return nil, err
	}
	if v == nil {
		return nil, &ArgumentError{Field: "Verifier", Reason: "must not be nil"}
	}
	verified, err := v.Verify(signed, UnsafeAnyContent())
	if err != nil {
		return nil, err
	}
	text, err := openConsent(p, ciphers, verified.Content())
	if err != nil {
		return nil, err
	}
	if err := consent.compare(p, text); err != nil {
		return nil, err
	}
	return verified, nil
}

// openConsent decrypts what was signed, where that is the ciphertext, with the
// first key that makes a JSON object of it. Where none does, the text is decrypted
// with the current key; it is compared, and differs.
func openConsent(p *Protocol, ciphers []DataCipher, signed []byte) ([]byte, error) {
	if p.Get("signed.consent") != "ciphertext" {
		return signed, nil
	}
	for _, cipher := range ciphers {
		plain, err := unseal(p, cipher, string(signed))
		if err != nil {
			continue
		}
		if _, err := parseObject([]byte(plain)); err == nil {
			return []byte(plain), nil
		}
	}
	plain, err := unseal(p, ciphers[0], string(signed))
	return []byte(plain), err
}
