package kakaocerttest

import "time"

// status returns the state of the transaction. Times are UTC, and null before
// they are known. The simulator knows only that a user has seen a request when
// they answer it, at the latest, so that is viewed_at.
func (s *Service) status(tx *transaction) (object, *failure) {
	at, since := tx.at(s.clock.Now())
	var signed, answered time.Time
	switch at {
	case stateCompleted:
		signed, answered = since, since
	case stateRejected:
		answered = since
	}
	out := object{
		s.protocol.Field("tx_id"):  tx.id,
		s.protocol.Field("status"): s.protocol.Get(stateKeys[at]),
	}
	if s.dialect.Times == TimesOfRelay {
		out["created_at"], out["viewed_at"] = timestamp(tx.requestedAt), timestamp(answered)
		out["completed_at"], out["expired_at"] = timestamp(signed), timestamp(tx.expiresAt)
		return out, nil
	}
	out[s.protocol.Field("requested_at")] = timestamp(tx.requestedAt)
	out[s.protocol.Field("request_expired_at")] = timestamp(tx.expiresAt)
	out[s.protocol.Field("signed_at")] = timestamp(signed)
	return out, nil
}

func timestamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}
