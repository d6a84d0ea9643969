package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"strings"
	"time"
)

// A session of a day, and a moment within it.
var (
	sessionStart = time.Date(2026, time.June, 1, 0, 0, 0, 0, time.UTC)
	sessionEnd   = sessionStart.Add(24 * time.Hour)
	within       = sessionStart.Add(9 * time.Hour)
)

const (
	firstOrder  = `{"number":1,"side":"buy","code":"035720","quantity":10}`
	secondOrder = `{"number":2,"side":"buy","code":"035720","quantity":10}`
)

// signOrder signs without randomness (RFC 6979).
func signOrder(key *ecdsa.PrivateKey, data string) []byte {
	digest := sha256.Sum256([]byte(data))
	der, err := key.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		panic(err)
	}
	return der
}

// twin is the other signature on the same data: from (r, s), (r, n-s).
func twin(der []byte) []byte {
	pair := pairOf(der)
	pair.S.Sub(elliptic.P256().Params().N, pair.S)
	out, err := asn1.Marshal(pair)
	if err != nil {
		panic(err)
	}
	return out
}

type pair struct{ R, S *big.Int }

func pairOf(der []byte) (p pair) {
	if _, err := asn1.Unmarshal(der, &p); err != nil {
		panic(err)
	}
	return p
}

// bare is the signature as r and s alone, 32 bytes each (IEEE P1363).
func bare(der []byte) []byte {
	p := pairOf(der)
	out := make([]byte, 64)
	p.R.FillBytes(out[:32])
	p.S.FillBytes(out[32:])
	return out
}

func order(data, signature string, at time.Time) fields {
	return fields{"data": data, "signature": signature, "at": at.Format(time.RFC3339)}
}

func spki(key *ecdsa.PrivateKey) []byte {
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		panic(err)
	}
	return der
}

func sessionPart() *part {
	p := newPart("session",
		"Abbreviated signatures (K2220, K3220): ECDSA P-256 over the SHA-256 of an order's bytes, ASN.1 DER in Base64. A session accepts an order once, from start_at until before end_at. Orders come in this order.",
		"Where the input contains orders, accepted: for each order, whether it is. Where it contains a document, which the user has signed, opened: whether a session may be opened with it for the transaction and for as long as was asked; and then start_at and end_at in UTC.",
		fields{"start_at": sessionStart.Format(time.RFC3339), "end_at": sessionEnd.Format(time.RFC3339), "public_key": encode(spki(testKey(2)))})
	p.orders()
	p.repetitions()
	p.documents()
	own := testKey(2)
	point, err := own.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	p.add("key-as-point", "the key may be the bare uncompressed point", fields{"public_key": encode(point), "orders": []fields{order(firstOrder, encode(signOrder(own, firstOrder)), within)}}, fields{"accepted": []bool{true}}, nil)
	return p
}

func (p *part) one(name, about string, o fields, accepted bool) {
	p.add(name, about, fields{"orders": []fields{o}}, fields{"accepted": []bool{accepted}}, nil)
}

func (p *part) orders() {
	own, other := testKey(2), testKey(3)
	der := signOrder(own, firstOrder)
	p.one("order", "an order", order(firstOrder, encode(der), within), true)
	p.one("korean", "an order in Korean, whose bytes are UTF-8", order(`{"종목":"카카오"}`, encode(signOrder(own, `{"종목":"카카오"}`)), within), true)
	p.one("base64url", "URL-safe Base64 without padding", order(firstOrder, base64.RawURLEncoding.EncodeToString(der), within), true)
	lines := encode(der)
	p.one("line-breaks", "Base64 in lines of 76 characters, as Android's encoder writes it", order(firstOrder, lines[:76]+"\r\n"+lines[76:]+"\n", within), true)
	p.one("first-second", "the first second of the session", order(firstOrder, encode(der), sessionStart), true)
	p.one("last-second", "the last second of the session", order(firstOrder, encode(der), sessionEnd.Add(-time.Second)), true)
	p.one("too-early", "an hour before the session", order(firstOrder, encode(der), sessionStart.Add(-time.Hour)), false)
	p.one("ended", "the session ends before end_at", order(firstOrder, encode(der), sessionEnd), false)
	p.one("another-key", "another key's signature", order(firstOrder, encode(signOrder(other, firstOrder)), within), false)
	p.one("another-order", "another order's signature", order(secondOrder, encode(der), within), false)
	p.one("white-space", "the order was written otherwise: bytes are signed, not JSON", order(firstOrder+" ", encode(der), within), false)
	p.one("bare", "r and s without ASN.1 (IEEE P1363)", order(firstOrder, encode(bare(der)), within), false)
	p.one("trailing-byte", "a byte behind the signature", order(firstOrder, encode(append(der[:len(der):len(der)], 0)), within), false)
	p.one("cut", "the last byte is missing", order(firstOrder, encode(der[:len(der)-1]), within), false)
	zero, err := asn1.Marshal(pair{new(big.Int), new(big.Int)})
	if err != nil {
		panic(err)
	}
	p.one("zeros", "r and s are 0", order(firstOrder, encode(zero), within), false)
	p.one("empty", "no signature", order(firstOrder, "", within), false)
	p.one("no-base64", "not Base64", order(firstOrder, "!"+encode(der)[1:], within), false)
}

func (p *part) repetitions() {
	own := testKey(2)
	first, second := signOrder(own, firstOrder), signOrder(own, secondOrder)
	later := within.Add(time.Minute)
	several := func(name, about string, accepted []bool, orders ...fields) {
		p.add(name, about, fields{"orders": orders}, fields{"accepted": accepted}, nil)
	}
	several("two-orders", "two orders that differ", []bool{true, true}, order(firstOrder, encode(first), within), order(secondOrder, encode(second), later))
	several("replayed", "the same order again", []bool{true, false}, order(firstOrder, encode(first), within), order(firstOrder, encode(first), later))
	several("replayed-twin", "the same order under the other signature that anybody can make of the first: (r, n-s)", []bool{true, false},
		order(firstOrder, encode(first), within), order(firstOrder, encode(twin(first)), later))
	several("refused-is-not-remembered", "an order under another key's signature, and then its own", []bool{false, true},
		order(firstOrder, encode(signOrder(testKey(3), firstOrder)), within), order(firstOrder, encode(first), later))
}

// documents are what the user signs to open a session. (ASSUMED form)
func (p *part) documents() {
	const longest = 24 * 60 * 60
	good := func() fields {
		return fields{
			"tx_id": txID, "public_key": encode(spki(testKey(2))),
			"session_start_at": sessionStart.Format(time.RFC3339), "session_end_at": sessionEnd.Format(time.RFC3339),
		}
	}
	add := func(name, about, text string, opened bool) {
		expect := fields{"opened": opened}
		if opened {
			expect["start_at"], expect["end_at"] = sessionStart.Format(time.RFC3339), sessionEnd.Format(time.RFC3339)
		}
		p.add("document"+name, about, fields{"document": text, "tx_id": txID, "longest_seconds": longest}, expect, nil)
	}
	with := func(name, about string, opened bool, field string, value any) {
		document := good()
		document[field] = value
		add(name, about, object(document), opened)
	}
	without := func(name, about, field string) {
		document := good()
		delete(document, field)
		add(name, about, object(document), false)
	}
	add("", "a document that opens a session for as long as was asked", object(good()), true)
	point := spki(testKey(2))
	point = point[len(point)-65:]
	with("-point", "the key is the bare uncompressed point", true, "public_key", encode(point))
	with("-korea", "a time in Korea's zone", true, "session_start_at", "2026-06-01T09:00:00+09:00")
	with("-without-zone", "a time without a zone is UTC", true, "session_start_at", "2026-06-01T00:00:00")
	with("-unknown-field", "a field that nobody knows is no error", true, "purpose", "주식 주문")
	with("-another", "another transaction's", false, "tx_id", "another")
	with("-longer", "a second longer than was asked", false, "session_end_at", sessionEnd.Add(time.Second).Format(time.RFC3339))
	with("-backwards", "it ends before it begins", false, "session_end_at", sessionStart.Add(-time.Hour).Format(time.RFC3339))
	with("-empty-validity", "it ends when it begins", false, "session_end_at", sessionStart.Format(time.RFC3339))
	with("-no-time", "the end is no time", false, "session_end_at", "tomorrow")
	without("-without-start", "no start", "session_start_at")
	without("-without-end", "no end", "session_end_at")
	without("-without-key", "no key", "public_key")
	with("-p384", "a key on another curve", false, "public_key", encode(spki384()))
	off := spki(testKey(2))
	off[len(off)-1] ^= 1
	with("-off-curve", "a point that is not on the curve", false, "public_key", encode(off))
	with("-point-off-curve", "a bare point that is not on the curve", false, "public_key", encode(off[len(off)-65:]))
	with("-key-cut", "the key's last byte is missing", false, "public_key", encode(off[:len(off)-1]))
	with("-no-base64", "the key is not Base64", false, "public_key", "!"+encode(point))
	add("-repeated", "a key that is repeated: another program may take the other one", strings.Replace(object(good()), `{"`, `{"public_key":"`+encode(spki(testKey(3)))+`","`, 1), false)
	add("-array", "no object", "["+object(good())+"]", false)
	add("-cut", "not whole", object(good())[:40], false)
}

func spki384() []byte {
	raw := make([]byte, 48)
	raw[47] = 2
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P384(), raw)
	if err != nil {
		panic(err)
	}
	return spki(key)
}
