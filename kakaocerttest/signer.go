package kakaocerttest

import "slices"

// signer gives the items that the request asked for and the contract grants,
// encrypted. Of a request that was declined there are none: E2006.
func (s *Service) signer(tx *transaction) (object, *failure) {
	at, _ := tx.at(s.clock.Now())
	if err := unsigned(at); err != nil {
		return nil, err
	}
	if at == stateRejected {
		return nil, fail("E2006", "")
	}
	u := tx.account.get()
	out := object{s.protocol.Field("tx_id"): tx.id}
	for _, item := range []struct{ key, value string }{
		{"ci", u.CI}, {"name", u.Name}, {"birthday", u.Birthday}, {"phone_number", u.Phone},
	} {
		if item.key == "ci" && s.contract.WithoutCI {
			continue
		}
		if slices.Contains(tx.asked.items, s.protocol.Get("value.identify."+item.key)) {
			out[s.protocol.Field(item.key)] = s.seal(tx, item.value)
		}
	}
	return out, nil
}
