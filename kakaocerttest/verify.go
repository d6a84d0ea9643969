package kakaocerttest

import "time"

// verifyWithin is how long after signing the answer can be fetched. (FIELD)
const verifyWithin = 10 * time.Minute

// verify hands over what was signed, once. A request that the user declined is
// answered with result N, which is our own choice; so is that an answer not
// fetched in time is gone with the code of a second verify.
func (s *Service) verify(tx *transaction) (object, *failure) {
	now := s.clock.Now()
	at, since := tx.at(now)
	if err := unsigned(at); err != nil {
		return nil, err
	}
	if at == stateRejected {
		return object{
			s.protocol.Field("tx_id"):  tx.id,
			s.protocol.Field("result"): "N",
			s.protocol.Field("status"): s.protocol.Get(stateKeys[at]),
		}, nil
	}
	if tx.verified || now.After(since.Add(verifyWithin)) {
		return nil, fail(s.protocol.Get("error.verified_again"), "the answer was fetched, or was not fetched within 10 minutes")
	}
	tx.verified = true
	out := object{
		s.protocol.Field("tx_id"):  tx.id,
		s.protocol.Field("result"): "Y",
		s.protocol.Field("status"): s.protocol.Get(stateKeys[at]),
	}
	out[s.protocol.Field("nonce")] = tx.asked.documents[0].Text
	s.identity(tx, out)
	return out, nil
}

// unsigned is why there is nothing to fetch.
func unsigned(at state) *failure {
	switch at {
	case statePrepared, stateRequested:
		return fail("E2006", "")
	case stateExpired:
		return fail("E2007", "")
	}
	return nil
}

// identity adds what the contract grants with every signature.
func (s *Service) identity(tx *transaction, out object) {
	if s.contract.WithoutCI {
		return
	}
	out[s.protocol.Field("ci")] = s.seal(tx, tx.account.get().CI)
}

func (s *Service) seal(tx *transaction, plain string) string {
	return encodeText(s.protocol.Get("encoding.cipher"), tx.key.seal([]byte(plain)))
}
