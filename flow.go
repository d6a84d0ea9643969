package kakaocert

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

// checkSink is check for a verify whose answer must not be lost.
func (f flow[P]) checkSink(tx Transaction[P]) error {
	if err := f.check(tx); err != nil {
		return err
	}
	if f.evidence == nil {
		return &ArgumentError{Field: "Config.Evidence", Reason: "is not set, and the signature comes only once"}
	}
	return nil
}

// same refuses an answer about another transaction.
func (f flow[P]) same(st step, tx Transaction[P], o object, answer Answer) error {
	names := f.protocol.List("field.tx_id")
	if got := o.text(names); got != "" && got != tx.txID {
		return st.undecodable(names[0], "is another transaction's", nil, answer)
	}
	return nil
}
