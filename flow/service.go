package flow

import (
	"context"
	"errors"

	"github.com/kakaocert-go/kakaocert"
)

// Handler handles the end of the flows of one service: [K1100], [K1400],
// [K2100], [K2220], [K3100] or [K3500].
type Handler[T any] interface {
	products() []string
	open(m *Machine[T], f Flow) (steps[T], error)
	outcomes() outcomes[T]
}

type outcomes[T any] interface {
	complete() bool
	failed(f Failed) func(context.Context, T) error
}

// Outcomes are called once for each flow, in the transaction that ends it: the
// institution writes its own rows in tx. When one returns an error, or the
// commit fails, nothing has changed and it is called again later. They must do
// nothing that a rollback cannot undo. Neither may be nil.
type Outcomes[T, R any] struct {
	Done   func(ctx context.Context, tx T, done Done[R]) error
	Failed func(ctx context.Context, tx T, failed Failed) error
}

func (o Outcomes[T, R]) complete() bool { return o.Done != nil && o.Failed != nil }

func (o Outcomes[T, R]) failed(f Failed) func(context.Context, T) error {
	return func(ctx context.Context, tx T) error { return o.Failed(ctx, tx, f) }
}

// Done is a flow whose signature was fetched and checked.
type Done[R any] struct {
	Flow
	Result R // the signed answer
	// Verified is what the Verifier found of each signature, in request order. It
	// is empty for an identity check whose answer has none.
	Verified []*kakaocert.Verified
	Signer   *kakaocert.SignerInfo    // who signed; nil if no items were asked for
	Compared []kakaocert.IdentifyItem // the items in which signer and user are equal
	Session  *kakaocert.Session       // of K2220 and K3220
}

// Failed is a flow that has ended in any other way; Flow.Reason says why.
type Failed struct {
	Flow
	Err error // what went wrong; nil if a status showed that no signature will come
}

// steps are the calls of one flow.
type steps[T any] interface {
	setTransaction(text string) error
	prepare(ctx context.Context) (transaction string, err error)
	request(ctx context.Context) (appLink string, err error)
	appLink() string
	hasStatus() bool
	status(ctx context.Context) (kakaocert.TransactionStatus, error)
	verify(ctx context.Context) (evidenceID string, err error)
	recall(ctx context.Context) (evidenceID string, err error)
	answer(ctx context.Context) (evidenceID string, err error)
	check(ctx context.Context) (verdict, error)
	done(f Flow) func(context.Context, T) error
	failed(f Failed) func(context.Context, T) error
}

// result contains what the services' results have in common.
type result interface {
	CI() kakaocert.Secret
	VID() kakaocert.Secret
	EvidenceID() string
}

// service is the steps of one flow of a service with product code P and result
// R. The functions are the service's own; a function that the service does not
// have is nil.
type service[T any, P kakaocert.Product, R result] struct {
	outcomes Outcomes[T, R]
	verifier *kakaocert.Verifier
	id       string
	tx       kakaocert.Transaction[P]
	user     kakaocert.User
	items    []kakaocert.IdentifyItem // that the user was asked for

	onPrepare func(context.Context) (kakaocert.Transaction[P], error)
	onRequest func(context.Context, kakaocert.Transaction[P]) (*kakaocert.Receipt, error)
	onAppLink func(kakaocert.Transaction[P]) (string, error)
	onStatus  func(context.Context, kakaocert.Transaction[P], ...kakaocert.CallOption) (kakaocert.TransactionStatus, error)
	onVerify  func(context.Context, kakaocert.Transaction[P], ...kakaocert.CallOption) (R, error)
	onRecall  func(context.Context, kakaocert.Transaction[P]) (R, error)
	onSigner  func(context.Context, kakaocert.Transaction[P], ...kakaocert.CallOption) (*kakaocert.SignerInfo, error)
	onCheck   func(*kakaocert.Verifier, R, *Done[R]) error

	found    Done[R]
	answered bool // found.Result is the answer
}

func (s *service[T, P, R]) setTransaction(text string) error { return s.tx.UnmarshalText([]byte(text)) }

func (s *service[T, P, R]) prepare(ctx context.Context) (string, error) {
	tx, err := s.onPrepare(ctx)
	return tx.String(), err
}

func (s *service[T, P, R]) request(ctx context.Context) (string, error) {
	receipt, err := s.onRequest(ctx, s.tx)
	if err != nil {
		return "", err
	}
	return receipt.AppLink, nil
}

// appLink returns the link of a request whose answer was lost; it is empty for
// a product that is not app-to-app.
func (s *service[T, P, R]) appLink() string {
	if s.onAppLink == nil {
		return ""
	}
	link, _ := s.onAppLink(s.tx)
	return link
}

func (s *service[T, P, R]) hasStatus() bool { return s.onStatus != nil }

func (s *service[T, P, R]) status(ctx context.Context) (kakaocert.TransactionStatus, error) {
	return s.onStatus(ctx, s.tx)
}

func (s *service[T, P, R]) verify(ctx context.Context) (string, error) {
	found, err := s.onVerify(ctx, s.tx, kakaocert.WithReference(s.id))
	return s.take(found, err)
}

func (s *service[T, P, R]) recall(ctx context.Context) (string, error) {
	found, err := s.onRecall(ctx, s.tx)
	return s.take(found, err)
}

func (s *service[T, P, R]) take(found R, err error) (string, error) {
	if err != nil {
		return "", err
	}
	s.found.Result, s.answered = found, true
	return found.EvidenceID(), nil
}

// answer is the answer that an earlier step of this process has read, or that
// of the evidence.
func (s *service[T, P, R]) answer(ctx context.Context) (string, error) {
	if s.answered {
		return s.found.Result.EvidenceID(), nil
	}
	return s.recall(ctx)
}

func (s *service[T, P, R]) done(f Flow) func(context.Context, T) error {
	done := s.found
	done.Flow = f
	return func(ctx context.Context, tx T) error { return s.outcomes.Done(ctx, tx, done) }
}

func (s *service[T, P, R]) failed(f Failed) func(context.Context, T) error {
	return s.outcomes.failed(f)
}

// verdict is the result of the checks. Without a reason the flow is done.
type verdict struct {
	reason Reason
	err    error
}

// check checks the answer that recall has found, and asks who signed. An error
// means that there is no result now.
func (s *service[T, P, R]) check(ctx context.Context) (verdict, error) {
	switch err := s.onCheck(s.verifier, s.found.Result, &s.found); {
	case err == nil:
	case kakaocert.IsSecurityEvent(err):
		return verdict{ReasonUntrusted, err}, nil
	case errors.Is(err, kakaocert.ErrRevocationUnknown), isArgument(err):
		return verdict{}, err
	default:
		return verdict{ReasonUntrusted, err}, nil
	}
	if err := s.checkHolder(); err != nil {
		return verdict{ReasonMismatch, err}, nil
	}
	if len(s.items) == 0 {
		return verdict{}, nil
	}
	info, err := s.onSigner(ctx, s.tx)
	if err != nil {
		return verdict{}, err
	}
	s.found.Signer = info
	if err := s.compare(info); err != nil {
		return verdict{ReasonMismatch, err}, nil
	}
	return verdict{}, nil
}

// checkHolder compares the CI of the answer, where the contract grants it, with
// the certificate and with the user.
func (s *service[T, P, R]) checkHolder() error {
	found := s.found.Result
	if found.CI().IsZero() {
		return nil
	}
	if len(s.found.Verified) > 0 && !found.VID().IsZero() {
		if err := s.found.Verified[0].CheckVID(found); err != nil {
			return err
		}
	}
	if !named(s.user, []kakaocert.IdentifyItem{kakaocert.IdentifyCI}) {
		return nil
	}
	if err := (&kakaocert.SignerInfo{CI: found.CI()}).Compare(s.user, kakaocert.IdentifyCI); err != nil {
		return err
	}
	s.found.Compared = append(s.found.Compared, kakaocert.IdentifyCI)
	return nil
}

// compare compares the signer with the user in the items that were asked for
// and by which the user is named.
func (s *service[T, P, R]) compare(info *kakaocert.SignerInfo) error {
	var common []kakaocert.IdentifyItem
	for _, item := range s.items {
		if named(s.user, []kakaocert.IdentifyItem{item}) {
			common = append(common, item)
		}
	}
	if len(common) == 0 {
		return nil
	}
	if err := info.Compare(s.user, common...); err != nil {
		return err
	}
	for _, item := range common {
		if item != kakaocert.IdentifyCI || len(s.found.Compared) == 0 {
			s.found.Compared = append(s.found.Compared, item)
		}
	}
	return nil
}

// named reports whether the user is named by at least one of the items.
func named(user kakaocert.User, items []kakaocert.IdentifyItem) bool {
	for _, item := range items {
		if err := new(kakaocert.SignerInfo).Compare(user, item); err != nil && !isArgument(err) {
			return true
		}
	}
	return false
}

func isArgument(err error) bool {
	_, is := errors.AsType[*kakaocert.ArgumentError](err)
	return is
}

func isField(err error, field string) bool {
	e, is := errors.AsType[*kakaocert.ArgumentError](err)
	return is && e.Field == field
}
