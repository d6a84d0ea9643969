package kakaocerttest

import "time"

// status tells where the transaction stands; times are UTC, null before they
// are known. (SDK)
func (s *Service) status(tx *transaction) (object, *failure) {
	at, since := tx.at(s.clock.Now())
	signedAt := time.Time{}
	if at == stateCompleted {
		signedAt = since
	}
	return object{
		s.protocol.Field("tx_id"):              tx.id,
		s.protocol.Field("status"):             s.protocol.Get(stateKeys[at]),
		s.protocol.Field("requested_at"):       timestamp(tx.requestedAt),
		s.protocol.Field("request_expired_at"): timestamp(tx.expiresAt),
		s.protocol.Field("signed_at"):          timestamp(signedAt),
	}, nil
}

func timestamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}
