package flow

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/cms"
	"github.com/kakaocert-go/kakaocert/internal/places"
)

// The values that each step owns, and how they are learned.

// placesIn lists the places of an answer.
func (f *flow) placesIn(answer *kakaocert.Answer) []places.Place {
	body, err := places.Unpack(answer.Body(), maxAnswer)
	if err != nil {
		return nil
	}
	return places.All(body, f.learner.sent.has)
}

// maxAnswer bounds an answer that was compressed.
const maxAnswer = 64 << 20

// learnText learns the name of text that fits.
func (f *flow) learnText(step, key string, all []places.Place, fits func(string) bool) bool {
	return f.learn(step, key, places.Fitting(all, places.IsText(fits)))
}

var serviceCode = regexp.MustCompile(`^E[0-9]{4}$`)

// learnCode learns where the code of an error is. The call is not repeated for it.
func (f *flow) learnCode(step string, err error) {
	if f.learner == nil {
		return
	}
	if answer, _ := undecoded(err); answer != nil {
		f.learnText(step, "error_code", f.placesIn(answer), serviceCode.MatchString)
	}
}

// isStatus reports that a word is a status that the protocol has.
func (f *flow) isStatus(word string) bool {
	for _, entry := range f.config.Protocol.Entries() {
		if strings.HasPrefix(entry.Key, "value.status.") && entry.Value == word {
			return true
		}
	}
	return false
}

// maxCandidates bounds how many tx_ids are asked about.
const maxCandidates = 4

// learnTxID finds the transaction that prepare has made: the one text for which
// status answers with a status.
func learnTxID[P kakaocert.Product](ctx context.Context, f *flow, s service[P], code string, prepareErr error) (tx kakaocert.Transaction[P], found bool) {
	answer, key := undecoded(prepareErr)
	if f.learner == nil || answer == nil || key != "tx_id" {
		return tx, false
	}
	isCandidate := places.IsText(func(text string) bool { return places.LooksLikeTxID(text) && !f.learner.sent.hasText(text) })
	candidates := places.Fitting(f.placesIn(answer), isCandidate)
	if len(candidates) > maxCandidates {
		f.warn("field.%s was not learned; its value is at: %s", "tx_id", f.listPlaces("tx_id", candidates))
		return tx, false
	}
	var confirmed []places.Place
	asked := make(map[string]bool)
	for _, candidate := range candidates {
		text := places.Text(candidate.Value)
		other, err := kakaocert.ParseTransaction[P](code + ":" + text)
		if err != nil {
			continue
		}
		is, before := asked[text]
		if !before {
			is = isTransaction(ctx, f, s, other)
			asked[text] = is
		}
		if is {
			tx, confirmed = other, append(confirmed, candidate)
		}
	}
	return tx, f.learn("prepare", "tx_id", confirmed)
}

// isTransaction asks about a transaction. A status in the answer, under whatever
// name, says that there is one.
func isTransaction[P kakaocert.Product](ctx context.Context, f *flow, s service[P], tx kakaocert.Transaction[P]) bool {
	var answer kakaocert.Answer
	status, err := s.Status(ctx, tx, kakaocert.WithAnswer(&answer))
	if err == nil && f.isStatus(string(status.Status)) {
		return true
	}
	if bad, ok := errors.AsType[*kakaocert.DecodeError](err); err != nil && (!ok || bad.Field != "field.status") {
		return false
	}
	return len(places.Fitting(f.placesIn(&answer), places.IsText(f.isStatus))) > 0
}

// learnResult finds where the answer of request says yes.
func (f *flow) learnResult(step string, answer *kakaocert.Answer) bool {
	if f.learner == nil || answer.StatusCode()/100 != 2 {
		return false
	}
	return f.learnText(step, "result", f.placesIn(answer), func(text string) bool { return text == "Y" })
}

// learnStatus finds where the word is in the answer of status, before anything
// waits for it. A word that the protocol does not have may be a wrapper's own.
func learnStatus[P kakaocert.Product](ctx context.Context, f *flow, s service[P], tx kakaocert.Transaction[P]) {
	if f.learner == nil {
		return
	}
	var answer kakaocert.Answer
	status, err := s.Status(ctx, tx, kakaocert.WithAnswer(&answer))
	if err == nil && f.isStatus(string(status.Status)) {
		return
	}
	if answer.StatusCode()/100 != 2 || !f.learnText("status", "status", f.placesIn(&answer), f.isStatus) {
		f.learnCode("status", err)
	}
}

// learnVerified finds what the answer of verify lacks by the error, or what else
// is in it. It reports whether it is worth reading again.
func (f *flow) learnVerified(answer *kakaocert.Answer, err error) bool {
	if f.learner == nil || answer.StatusCode()/100 != 2 {
		return false
	}
	all := f.placesIn(answer)
	_, key := undecoded(err)
	switch {
	case err == nil:
		return f.learnPerson(all) || f.learnSignedNonce(all)
	case key == "result":
		return f.learnText("verify", "status", all, func(word string) bool {
			return word == f.config.Protocol.Get("value.status.completed")
		}) || f.learnResult("verify", answer)
	case key == "nonce" && f.asked.Nonce != "":
		return f.learnText("verify", key, all, func(text string) bool { return text == f.asked.Nonce }) || f.learnSignedNonce(all)
	case key == "signed_data":
		return f.learn("verify", key, places.Fitting(all, places.IsSignature))
	case key == "signed_documents":
		return f.learn("verify", key, places.Fitting(all, places.IsSignatureList))
	case key == "signed_document":
		return f.learnListed(all)
	}
	f.learnCode("verify", err)
	return false
}

// learnSignedNonce finds the signature on the nonce that an identity check may
// have.
func (f *flow) learnSignedNonce(all []places.Place) bool {
	if f.asked.Nonce == "" {
		return false
	}
	return f.learnText("verify", "nonce", all, func(text string) bool {
		message := places.Signed(text)
		return message != nil && message.Attached && string(message.Content) == f.asked.Nonce
	})
}

// learnListed finds the name of a signature in the list of several.
func (f *flow) learnListed(all []places.Place) bool {
	lists := places.Fitting(all, places.IsSignatureList)
	if len(lists) != 1 || lists[0].Echo {
		return false
	}
	name := places.SignatureName(lists[0].Value)
	names := append([]string{name}, f.config.Protocol.List("field.signed_document")...)
	return !f.isOwn(name) && f.learnLine("field.signed_document", strings.Join(names, " "), "verify")
}

// learnPerson finds CI and VID, which must agree with the serial number of the
// signer's certificate.
func (f *flow) learnPerson(all []places.Place) (learned bool) {
	serials := serialsIn(all)
	isCI := func(text string) bool { return len(decoded(f.decrypt(text))) == 64 }
	isVID := func(text string) bool { return len(vidBytes(text)) == 32 }
	agree := func(ci, vid string) bool {
		return slices.ContainsFunc(serials, func(serial []byte) bool {
			own, err := kakaocert.ComputeVID(withoutSpace(f.decrypt(ci)), serial)
			return err == nil && own.Hex() == hex.EncodeToString(vidBytes(vid))
		})
	}
	var cis, vids []places.Place
	for _, ci := range places.Fitting(all, places.IsText(isCI)) {
		for _, vid := range places.Fitting(all, places.IsText(isVID)) {
			if agree(places.Text(ci.Value), places.Text(vid.Value)) {
				cis, vids = addPlace(cis, ci), addPlace(vids, vid)
			}
		}
	}
	learned = f.learn("verify", "ci", cis)
	return f.learn("verify", "vid", vids) || learned
}

func addPlace(list []places.Place, p places.Place) []places.Place {
	if slices.ContainsFunc(list, func(other places.Place) bool { return &other.Value[0] == &p.Value[0] }) {
		return list
	}
	return append(list, p)
}

// serialsIn are the serial numbers of the signers of all signatures.
func serialsIn(all []places.Place) (serials [][]byte) {
	for _, at := range places.Fitting(all, places.IsSignature) {
		message := places.Signed(places.Text(at.Value))
		for _, signer := range message.Signers {
			if len(signer.Serial) > 0 {
				serials = append(serials, signer.Serial)
			}
		}
		if len(message.Certificates) == 1 && message.Certificates[0].X509 != nil {
			serials = append(serials, cms.SerialBytes(message.Certificates[0].X509))
		}
	}
	return serials
}

// learnSigner finds the person's own items in the answer of signer info.
func (f *flow) learnSigner(answer *kakaocert.Answer, err error) (learned bool) {
	if f.learner == nil || f.person == nil || answer.StatusCode()/100 != 2 {
		return false
	}
	all := f.placesIn(answer)
	for _, item := range []struct{ key, value string }{
		{"name", f.person.Name}, {"birthday", f.person.Birthday}, {"phone_number", f.person.Phone},
	} {
		if f.learnText("signer", item.key, all, func(text string) bool { return f.decrypt(text) == item.value }) {
			learned = true
		}
	}
	if !learned {
		f.learnCode("signer", err)
	}
	return learned
}

// decrypt decrypts a value; "" where it cannot.
func (f *flow) decrypt(text string) string {
	var raw []byte
	if f.config.Protocol.Get("encoding.cipher") == "hex" {
		raw, _ = hex.DecodeString(withoutSpace(text))
	} else {
		raw = decoded(text)
	}
	plain, err := f.config.Cipher.Decrypt(raw)
	if len(raw) == 0 || err != nil {
		return ""
	}
	return string(plain)
}

// decoded reads Base64, standard or URL-safe, padded or not; nil for any other.
func decoded(text string) []byte {
	text = strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(withoutSpace(text)), "=")
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return raw
}

func vidBytes(text string) []byte {
	if raw, err := hex.DecodeString(withoutSpace(text)); err == nil {
		return raw
	}
	return decoded(text)
}

func withoutSpace(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
}

// canonical is a JSON value as it compares.
func canonical(value json.RawMessage) string {
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.UseNumber()
	var plain any
	if decoder.Decode(&plain) != nil {
		return string(value)
	}
	text, err := json.Marshal(plain)
	if err != nil {
		return string(value)
	}
	return string(text)
}
