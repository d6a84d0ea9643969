package kakaocert

import (
	"context"
	"errors"
	"strconv"
)

// flow is the five steps as every service has them; the services add what is
// their own.
type flow[P Product] struct {
	*core
	service string
}

func (f flow[P]) step(name string, tx Transaction[P]) step {
	return step{service: f.service, name: name, product: tx.code(), txID: tx.txID}
}

// check refuses a transaction that this client cannot have.
func (f flow[P]) check(tx Transaction[P]) error {
	switch {
	case tx.IsZero():
		return &ArgumentError{Field: "Transaction", Reason: "is not set"}
	case tx.environment != f.environment:
		return &ArgumentError{Field: "Transaction", Reason: "is of the " + tx.environment.String() + " environment, the client of " + f.environment.String()}
	}
	return nil
}

func (f flow[P]) prepare(ctx context.Context, product P, user User, settleID string, opts []CallOption) (Transaction[P], error) {
	none := Transaction[P]{}
	code, err := productCode(f.core, product)
	if err != nil {
		return none, err
	}
	if err := user.check(); err != nil {
		return none, err
	}
	if settleID == "" {
		settleID = f.settleID
	}
	if err := checkSettleID("SettleID", settleID); err != nil {
		return none, err
	}
	body, err := f.userFields(user)
	if err != nil {
		return none, err
	}
	body[f.protocol.Field("settle_id")] = settleID

	st := step{service: f.service, name: "prepare", product: code, body: body}
	answer, object, err := f.do(ctx, st, opts)
	if err != nil {
		return none, err
	}
	txID := object.text(f.protocol.List("field.tx_id"))
	if reason := checkTxID(txID); reason != "" {
		return none, st.undecodable(f.protocol.Field("tx_id"), reason, nil, answer)
	}
	return Transaction[P]{product: product, environment: f.environment, txID: txID}, nil
}

// userFields is how prepare names the user.
func (f flow[P]) userFields(user User) (map[string]any, error) {
	d := user.data
	kind, fields := "value.type.person", map[string]string{"name": d.person.Name, "birthday": d.person.Birthday, "phone_no": d.person.Phone}
	switch d.kind {
	case userByCI:
		kind, fields = "value.type.ci", map[string]string{"ci": d.ci}
	case userByCIAndPhone:
		kind, fields = "value.type.ci_phone", map[string]string{"ci": d.ci, "phone_no": d.person.Phone}
	}
	body := map[string]any{f.protocol.Field("type"): f.protocol.Get(kind)}
	for name, value := range fields {
		secret, err := f.encrypt(value)
		if err != nil {
			return nil, err
		}
		body[f.protocol.Field(name)] = secret
	}
	f.addKeyVersion(body)
	return body, nil
}

// addKeyVersion says which key encrypted the body's values, where the contract
// has several.
func (c *core) addKeyVersion(body map[string]any) {
	version := c.cipher.KeyVersion()
	if version == 0 {
		return
	}
	if c.protocol.Get("encoding.enc_version") == "text" {
		body[c.protocol.Field("enc_version")] = strconv.Itoa(version)
		return
	}
	body[c.protocol.Field("enc_version")] = version
}

// request sends the request, once. When its answer is lost, status tells
// whether it arrived: asking is safe, repeating is not.
func (f flow[P]) request(ctx context.Context, tx Transaction[P], body map[string]any, opts []CallOption) (*Receipt, error) {
	st := f.step("request", tx)
	body[f.protocol.Field("tx_id")] = tx.txID
	st.body = body

	_, object, err := f.do(ctx, st, opts)
	if err == nil {
		return f.receipt(st, tx, object)
	}
	if !errors.Is(err, ErrOutcomeUnknown) && !errors.Is(err, ErrInternal) {
		return nil, err
	}
	if ctx.Err() == nil {
		status, statusErr := f.status(ctx, tx, nil)
		if statusErr == nil && status.requested() {
			return f.receipt(st, tx, nil)
		}
	}
	if errors.Is(err, ErrOutcomeUnknown) {
		return nil, err
	}
	return nil, &OutcomeError{Operation: st.operation(), Product: st.product, Err: err}
}

func (f flow[P]) status(ctx context.Context, tx Transaction[P], opts []CallOption) (TransactionStatus, error) {
	if err := f.check(tx); err != nil {
		return TransactionStatus{}, err
	}
	st := f.step("status", tx)
	answer, object, err := f.do(ctx, st, opts)
	if err != nil {
		return TransactionStatus{}, err
	}
	if err := f.same(st, tx, object, answer); err != nil {
		return TransactionStatus{}, err
	}
	status := f.transactionStatus(object)
	if status.Status == "" {
		return status, st.undecodable(f.protocol.Field("status"), "is missing", nil, answer)
	}
	return status, nil
}

// same refuses an answer about another transaction.
func (f flow[P]) same(st step, tx Transaction[P], o object, answer Answer) error {
	names := f.protocol.List("field.tx_id")
	if got := o.text(names); got != "" && got != tx.txID {
		return st.undecodable(names[0], "is another transaction's", nil, answer)
	}
	return nil
}

// verify fetches what comes once. The sink has it before this returns. When
// the caller's context ended meanwhile, answer and object come together with
// its error.
func (f flow[P]) verify(ctx context.Context, tx Transaction[P], asked [][32]byte, opts []CallOption) (step, Answer, object, error) {
	st := f.step("verify", tx)
	st.meta = &EvidenceMeta{Product: st.product, TxID: tx.txID, Asked: asked, Client: ownAgent}
	answer, object, err := f.do(ctx, st, opts)
	if err != nil {
		return st, answer, nil, err
	}
	if err := f.same(st, tx, object, answer); err != nil {
		return st, answer, nil, err
	}
	return st, answer, object, f.completed(st, object, answer)
}

// completed refuses a verify that does not say yes: what it says must be good,
// and it must say something.
func (f flow[P]) completed(st step, o object, answer Answer) error {
	result, status := o.text(f.protocol.List("field.result")), f.transactionStatus(o).Status
	if result == "" && status == "" {
		return st.undecodable(f.protocol.Field("result"), "is missing", nil, answer)
	}
	if result != "" && result != "Y" || status != "" && status != StatusCompleted {
		return &StatusError{Operation: st.operation(), Product: st.product, Status: status, Result: printable(result), answer: answer}
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
