package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

const (
	txID  = "0a1b2c3d4e5f60718293a4b5c6d7e8f9012345"
	nonce = "7ZQ2M4KXW5JH3RFT6YB4NCDPLA"
)

func answersPart(m *messages) *part {
	p := newPart("answers",
		"Answers as hosts may speak them, to the steps of K1110 (k1100) and K3510, K3511 (k3500). Personal data in them is encrypted with key and iv (AES-256-CTR). Fields are looked for at the top and then inside data; where both places contain one and they differ, the answer is not accepted. Base64 may be standard or URL-safe, padded or not, and in lines. What decrypts must have the shape of what it should be.",
		"accepted: whether the step has succeeded. Where it has, the fields that the step gives: tx_id; status; nonce, ci and vid (in hex); signatures (the SHA-256 of each, in hex, in order); ci, name, birthday and phone. Times are compared where the answer contains them.",
		fields{"http_status": http.StatusOK, "tx_id": txID, "key": encode(key), "iv": encode(iv)})
	p.prepares()
	p.requests()
	p.statuses()
	p.identities()
	p.signatures(m)
	p.signers()
	return p
}

// say adds an answer to an operation such as "k1100.prepare". A nil outcome
// says that it must not be accepted.
func (p *part) say(operation, name, about, body string, outcome fields) {
	_, step, _ := strings.Cut(operation, ".")
	input := fields{"operation": operation, "body": body}
	if step == "verify" && operation == "k1100.verify" {
		input["nonce"] = nonce
	}
	p.outcome(step+"-"+name, about, input, outcome)
}

func (p *part) outcome(name, about string, input, outcome fields) {
	expect := fields{"accepted": outcome != nil}
	detail := fields{}
	for field, value := range outcome {
		if strings.HasSuffix(field, "_at") {
			detail[field] = value
		} else {
			expect[field] = value
		}
	}
	p.add(name, about, input, expect, detail)
}

func (p *part) prepares() {
	made := fields{"tx_id": txID}
	p.say("k1100.prepare", "plain", "as it is documented", `{"tx_id":"`+txID+`"}`, made)
	p.say("k1100.prepare", "wrapped", "inside data", `{"status":"OK","data":{"tx_id":"`+txID+`"}}`, made)
	p.say("k1100.prepare", "byte-order-mark", "a byte order mark before it", "\ufeff"+`{"tx_id":"`+txID+`"}`, made)
	p.say("k1100.prepare", "white-space", "white space around it", "\r\n {\"tx_id\":\""+txID+"\"}\n", made)
	p.say("k1100.prepare", "unknown-fields", "fields that nobody knows are no error", `{"tx_id":"`+txID+`","trace":{"a":[1,2.5,true,null]},"설명":"\ud83d\ude00"}`, made)
	p.say("k1100.prepare", "without-tx-id", "an answer without what the step demands is no success", `{"result":"Y"}`, nil)
	p.say("k1100.prepare", "empty-tx-id", "an empty tx_id", `{"tx_id":""}`, nil)
	p.say("k1100.prepare", "null", "null is absent", `{"tx_id":null}`, nil)
	p.say("k1100.prepare", "array", "no object", `["`+txID+`"]`, nil)
	p.say("k1100.prepare", "cut", "an answer that was cut off", `{"tx_id":"`+txID+`"`, nil)
	p.say("k1100.prepare", "two-tx-ids", "the two places differ", `{"tx_id":"`+txID+`","data":{"tx_id":"another"}}`, nil)
}

func (p *part) requests() {
	yes := fields{}
	p.say("k1100.request", "plain", "a yes", `{"tx_id":"`+txID+`","result":"Y"}`, yes)
	p.say("k1100.request", "wrapped", "a yes inside data", `{"code":0,"data":{"tx_id":"`+txID+`","result":"Y"}}`, yes)
	p.say("k1100.request", "no", "a no", `{"tx_id":"`+txID+`","result":"N"}`, nil)
	p.say("k1100.request", "silent", "neither yes nor no", `{"tx_id":"`+txID+`"}`, nil)
	p.say("k1100.request", "another", "a yes about another transaction", `{"tx_id":"another","result":"Y"}`, nil)
	p.say("k1100.request", "both", "yes at the top and no inside", `{"result":"Y","data":{"result":"N"}}`, nil)
}

func (p *part) statuses() {
	const at = "2026-11-26T01:02:00Z"
	for _, status := range []string{"PREPARED", "REQUESTED", "COMPLETED", "EXPIRED", "REJECTED", "SUSPENDED"} {
		about := "the status " + status
		if status == "SUSPENDED" {
			about = "a status that no list has passes through"
		}
		p.say("k1100.status", strings.ToLower(status), about, `{"tx_id":"`+txID+`","status":"`+status+`"}`, fields{"status": status})
	}
	for _, times := range []struct{ name, about, body string }{
		{"times", "the times of kapi", `{"status":"COMPLETED","requested_at":"2026-11-26T01:00:00Z","signed_at":"` + at + `"}`},
		{"times-of-relays", "the times of cert-sign", `{"status":"COMPLETED","created_at":"2026-11-26T01:00:00Z","viewed_at":null,"completed_at":"` + at + `"}`},
		{"times-without-zone", "a time without a zone is UTC", `{"status":"COMPLETED","signed_at":"2026-11-26 01:02:00"}`},
		{"times-in-korea", "a time in Korea's zone", `{"status":"COMPLETED","signed_at":"2026-11-26T10:02:00+09:00"}`},
	} {
		p.say("k1100.status", times.name, times.about, times.body, fields{"status": "COMPLETED", "signed_at": at})
	}
	p.say("k1100.status", "wrapped", "a status that nobody knows yields to a known one inside", `{"status":"OK","data":{"status":"REQUESTED"}}`, fields{"status": "REQUESTED"})
	p.say("k1100.status", "both", "the two places differ", `{"status":"REQUESTED","data":{"status":"COMPLETED"}}`, nil)
	p.say("k1100.status", "absent", "no status", `{"tx_id":"`+txID+`"}`, nil)
	p.say("k1100.status", "another", "another transaction's", `{"tx_id":"another","status":"COMPLETED"}`, nil)
}

func (p *part) identities() {
	is := fields{"nonce": nonce}
	for _, name := range []string{"data", "signed_data", "request_token"} {
		p.say("k1100.verify", "nonce-in-"+name, "the nonce is in "+name, `{"tx_id":"`+txID+`","result":"Y","status":"COMPLETED","`+name+`":"`+nonce+`"}`, is)
	}
	p.say("k1100.verify", "nonce-wrapped", "data is an object in one form, and the nonce in the other", `{"status":"COMPLETED","data":{"result":"Y","request_token":"`+nonce+`"}}`, is)
	p.say("k1100.verify", "nonce-another", "another nonce", `{"result":"Y","data":"AAAAAAAAAAAAAAAAAAAAAAAAAA"}`, nil)
	p.say("k1100.verify", "nonce-longer", "the nonce, and more", `{"result":"Y","data":"`+nonce+`A"}`, nil)
	p.say("k1100.verify", "nonce-absent", "a yes without the nonce", `{"result":"Y","status":"COMPLETED"}`, nil)
	p.say("k1100.verify", "nonce-both", "the two places differ", `{"result":"Y","request_token":"`+nonce+`","data":{"request_token":"another"}}`, nil)
	p.say("k1100.verify", "no", "a no with the nonce", `{"result":"N","data":"`+nonce+`"}`, nil)
	p.say("k1100.verify", "not-completed", "a yes in a status that is not COMPLETED", `{"result":"Y","status":"REQUESTED","data":"`+nonce+`"}`, nil)
	p.say("k1100.verify", "no-inside", "yes at the top and no inside", `{"result":"Y","data":{"result":"N","request_token":"`+nonce+`"}}`, nil)
	p.say("k1100.verify", "another", "another transaction's", `{"tx_id":"another","result":"Y","data":"`+nonce+`"}`, nil)
	p.say("k1100.verify", "code-and-yes", "an error code together with a yes", `{"code":"E0001","result":"Y","data":"`+nonce+`"}`, nil)

	vid := vidOf(personCI, []byte{0x00, 0xf1, 0xe2, 0xd3, 0xc4, 0xb5, 0xa6, 0x97, 0x88})
	person := fields{"nonce": nonce, "ci": personCI, "vid": hex.EncodeToString(vid)}
	for _, form := range []struct{ name, about, vid string }{
		{"hex", "CI, and VID in hex", hex.EncodeToString(vid)},
		{"base64", "CI, and VID in Base64", encode(vid)},
	} {
		p.say("k1100.verify", "person-"+form.name, form.about, object(fields{"result": "Y", "data": nonce, "ci": encrypted(personCI), "vid": form.vid}), person)
	}
	p.say("k1100.verify", "person-wrapped", "CI and VID inside data", object(fields{"status": "COMPLETED", "data": fields{"result": "Y", "request_token": nonce, "ci": encrypted(personCI), "vid": hex.EncodeToString(vid)}}), person)
	p.say("k1100.verify", "person-two-cis", "the CI of the two places differs", object(fields{"result": "Y", "ci": encrypted(personCI), "data": fields{"request_token": nonce, "ci": encrypted(encode(sequence(65)[1:]))}}), nil)
}

func encrypted(text string) string { return encode(ctr(iv, []byte(text))) }

// object is JSON text.
func object(o fields) string {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func digestOf(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

func (p *part) signatures(m *messages) {
	first, second := m.named("rsa"), m.named("ecdsa-p256")
	one := fields{"signatures": []string{digestOf(first)}}
	say := func(name, about string, product string, body fields, outcome fields) {
		p.outcome("verify-"+name, about, fields{"operation": "k3500.verify", "product": product, "body": object(body)}, outcome)
	}
	for _, form := range []struct{ name, about, text string }{
		{"base64", "standard Base64", encode(first)},
		{"unpadded", "Base64 without padding", base64.RawStdEncoding.EncodeToString(first)},
		{"base64url", "URL-safe Base64", base64.URLEncoding.EncodeToString(first)},
		{"lines", "Base64 in lines", inLines(encode(first))},
	} {
		say("signature-"+form.name, "the signature in "+form.about, "K3510", fields{"tx_id": txID, "result": "Y", "signed_data": form.text}, one)
	}
	say("signature-signed_document", "the signature is in signed_document", "K3510", fields{"result": "Y", "signed_document": encode(first)}, one)
	say("signature-wrapped", "the signature is inside data", "K3510", fields{"status": "COMPLETED", "data": fields{"result": "Y", "signed_data": encode(first)}}, one)
	say("signature-absent", "a yes without a signature is no success", "K3510", fields{"result": "Y", "status": "COMPLETED"}, nil)
	say("signature-no", "a no with a signature", "K3510", fields{"result": "N", "signed_data": encode(first)}, nil)
	say("signature-no-base64", "not Base64", "K3510", fields{"result": "Y", "signed_data": "!" + encode(first)}, nil)
	say("signature-both", "the two places differ", "K3510", fields{"result": "Y", "signed_data": encode(first), "data": fields{"signed_data": encode(second)}}, nil)

	list := func(signed ...[]byte) []fields {
		var out []fields
		for _, raw := range signed {
			out = append(out, fields{"signed_document": encode(raw)})
		}
		return out
	}
	two := fields{"signatures": []string{digestOf(first), digestOf(second)}}
	say("signatures", "two documents, in order", "K3511", fields{"result": "Y", "signed_documents": list(first, second)}, two)
	say("signatures-wrapped", "two documents inside data", "K3511", fields{"status": "COMPLETED", "data": fields{"result": "Y", "signed_documents": list(first, second)}}, two)
	say("signatures-fewer", "a signature is missing", "K3511", fields{"result": "Y", "signed_documents": list(first)}, nil)
	say("signatures-more", "a signature too many", "K3511", fields{"result": "Y", "signed_documents": list(first, second, first)}, nil)
	say("signatures-none", "an empty list", "K3511", fields{"result": "Y", "signed_documents": []fields{}}, nil)
}

func inLines(text string) string {
	var out strings.Builder
	for line := range slices.Chunk([]byte(text), 76) {
		out.Write(line)
		out.WriteString("\r\n")
	}
	return out.String()
}

func (p *part) signers() {
	say := func(name, about string, body, outcome fields) {
		body["tx_id"] = txID
		p.outcome("signer-"+name, about, fields{"operation": "k1100.signer", "body": object(body)}, outcome)
	}
	complete := func() fields {
		return fields{"name": encrypted(personName), "birthday": encrypted(personBirthday), "phone_number": encrypted(personPhone), "ci": encrypted(personCI)}
	}
	person := fields{"name": personName, "birthday": personBirthday, "phone": personPhone, "ci": personCI}
	say("plain", "all items", complete(), person)
	renamed := complete()
	renamed["phone_no"] = renamed["phone_number"]
	delete(renamed, "phone_number")
	say("phone_no", "the phone is in phone_no", renamed, person)
	p.outcome("signer-wrapped", "the items are inside data", fields{"operation": "k1100.signer", "body": object(fields{"status": "OK", "data": complete()})}, person)
	say("some", "only the items that were asked for", fields{"name": encrypted(personName)}, fields{"name": personName})
	lines := complete()
	lines["ci"] = inLines(lines["ci"].(string))
	say("lines", "encrypted values in lines", lines, person)
	for _, bad := range []struct{ name, about, field, text string }{
		{"shape-birthday", "what decrypts is no date: CTR does not notice a changed text", "birthday", "19901301"},
		{"shape-birthday-letters", "what decrypts is no date", "birthday", "1990010a"},
		{"shape-phone", "what decrypts is no phone number", "phone_number", "0101234567a"},
		{"shape-phone-short", "what decrypts is too short for a phone number", "phone_number", "010123456"},
		{"shape-ci", "what decrypts is no CI", "ci", encode(sequence(63))},
		{"shape-name", "what decrypts is no UTF-8", "name", "\xff\xfe\xfd"},
	} {
		body := complete()
		body[bad.field] = encode(ctr(iv, []byte(bad.text)))
		say(bad.name, bad.about, body, nil)
	}
	other := complete()
	other["birthday"] = encode(ctr(bytes.Repeat([]byte{1}, 16), []byte(personBirthday)))
	say("another-iv", "encrypted with another IV", other, nil)
	body := complete()
	body["name"] = "!" + encrypted(personName)
	say("no-base64", "not Base64", body, nil)
}
