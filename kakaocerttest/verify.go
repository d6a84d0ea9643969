package kakaocerttest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"slices"
	"time"
)

// verifyWithin is how long after signing the answer can be fetched. (FIELD)
const verifyWithin = 10 * time.Minute

// verify hands over the signed answer, once. For a request that the user
// declined it returns result N, and for an answer that was not fetched in time
// the code of a second verify. Both are our own choice.
func (s *Service) verify(tx *transaction, spoil FaultKind) (object, *failure) {
	now := s.clock.Now()
	at, since := tx.at(now)
	if err := unsigned(at); err != nil {
		return nil, err
	}
	out := object{
		s.protocol.Field("tx_id"):  tx.id,
		s.protocol.Field("result"): "N",
		s.protocol.Field("status"): s.protocol.Get(stateKeys[at]),
	}
	if at == stateRejected {
		return out, nil
	}
	if tx.verified || now.After(since.Add(verifyWithin)) {
		return nil, fail(s.protocol.Get("error.verified_again"), "the answer was fetched, or was not fetched within 10 minutes")
	}
	out[s.protocol.Field("result")] = "Y"
	if err := s.addSigned(tx, out, since, spoil); err != nil {
		return nil, fail("E0001", err.Error())
	}
	tx.verified = true
	return out, nil
}

// unsigned is the reason why there is nothing to fetch.
func unsigned(at state) *failure {
	switch at {
	case statePrepared, stateRequested:
		return fail("E2006", "")
	case stateExpired:
		return fail("E2007", "")
	}
	return nil
}

// addSigned adds the signatures, and the data that the contract grants with
// them.
func (s *Service) addSigned(tx *transaction, out object, at time.Time, spoil FaultKind) error {
	owner := s.credential(tx.account, at)
	signer := s.spoiledSigner(tx, owner, at, spoil)

	switch {
	case tx.service == "k1100" || tx.service == "k1400":
		out[s.protocol.Field("nonce")] = tx.asked.documents[0].Text
		if s.dialect.IdentityCMS {
			if err := s.addOne(tx, out, signer, at, spoil); err != nil {
				return err
			}
		}
	case tx.service == "k2220":
		document, err := s.sessionDocument(tx, at, spoil)
		if err != nil {
			return err
		}
		tx.asked.signed = [][]byte{document}
		if err := s.addOne(tx, out, signer, at, spoil); err != nil {
			return err
		}
	case isSeveral(tx.bare):
		if err := s.addSeveral(tx, out, signer, at, spoil); err != nil {
			return err
		}
	default:
		if err := s.addOne(tx, out, signer, at, spoil); err != nil {
			return err
		}
	}
	if !s.contract.WithoutCI {
		ci := tx.account.get().CI
		out[s.protocol.Field("ci")] = s.seal(tx, ci)
		if spoil == RevokedCertificate || spoil == ExpiredCertificate {
			owner = signer // still the user's certificate, but no longer good
		}
		out[s.protocol.Field("vid")] = s.vidText(spoiledVID(vid(ci, owner.serial), spoil))
	}
	return nil
}

func (s *Service) addOne(tx *transaction, out object, signer *credential, at time.Time, spoil FaultKind) error {
	text, err := s.signature(tx, 0, signer, at, spoil)
	out[s.protocol.Field("signed_data")] = text
	return err
}

func (s *Service) addSeveral(tx *transaction, out object, signer *credential, at time.Time, spoil FaultKind) error {
	list := make([]object, len(tx.asked.signed))
	for i := range list {
		text, err := s.signature(tx, i, signer, at, spoil)
		if err != nil {
			return err
		}
		list[i] = object{s.protocol.Field("signed_document"): text}
	}
	if spoil == SwappedPair {
		list[0], list[1] = list[1], list[0]
	}
	out[s.protocol.Field("signed_documents")] = list
	return nil
}

// signature is one document's signature, as text.
func (s *Service) signature(tx *transaction, document int, signer *credential, at time.Time, spoil FaultKind) (string, error) {
	raw, err := s.sign(signer, spoiledContent(tx.asked.signed[document], spoil), at)
	return s.dialect.base64(raw), err
}

func (s *Service) seal(tx *transaction, plain string) string {
	return s.dialect.lines(encodeText(s.protocol.Get("encoding.cipher"), tx.key.seal([]byte(plain))))
}

// vid is SHA-256 over the CI's 64 bytes and the serial number's bytes. (DOC)
func vid(ci string, serial *big.Int) []byte {
	raw, err := base64.StdEncoding.DecodeString(ci)
	if err != nil { // a user's CI was checked when the user was added
		panic("kakaocerttest: CI: " + err.Error())
	}
	sum := sha256.Sum256(append(raw, serialBytes(serial)...))
	return sum[:]
}

func (s *Service) vidText(raw []byte) string {
	if s.dialect.Base64VID {
		return base64.StdEncoding.EncodeToString(raw)
	}
	return hex.EncodeToString(raw)
}

// signer returns the items that the request asked for and the contract grants,
// encrypted. For a request that was declined it returns E2006.
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
