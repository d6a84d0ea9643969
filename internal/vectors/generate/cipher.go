package main

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"slices"
	"strings"
)

// The key and IV of the simulator whose seed names none. They are public.
var (
	key = []byte("kakaocert simulator, not secret!")
	iv  = []byte("kakaocert sim IV")
)

// The plain texts to encrypt for the service: data of an invented person.
const (
	personName     = "홍길동"
	personBirthday = "19900101"
	personPhone    = "01012345678"
)

// personCI is Base64 of the 64 bytes 00 01 .. 3f.
var personCI = encode(sequence(64))

func sequence(n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(i)
	}
	return out
}

func encode(raw []byte) string { return base64.StdEncoding.EncodeToString(raw) }

func newBlock() cipher.Block {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the key has 32 bytes
	}
	return block
}

func ctr(iv, text []byte) []byte {
	out := make([]byte, len(text))
	cipher.NewCTR(newBlock(), iv).XORKeyStream(out, text)
	return out
}

// cbc encrypts whole blocks, padded or not.
func cbc(padded []byte) []byte {
	out := bytes.Clone(padded)
	cipher.NewCBCEncrypter(newBlock(), iv).CryptBlocks(out, out)
	return out
}

func padded(text []byte) []byte {
	n := aes.BlockSize - len(text)%aes.BlockSize
	return append(bytes.Clone(text), bytes.Repeat([]byte{byte(n)}, n)...)
}

func gcm(nonce, text []byte) []byte {
	aead, err := cipher.NewGCM(newBlock())
	if err != nil {
		panic(err) // the block is AES
	}
	return aead.Seal(bytes.Clone(nonce), nonce, text, nil)
}

func cipherPart() *part {
	p := newPart("cipher",
		"AES-256 as a contract may have it: CTR without padding, CBC with PKCS #5 padding, GCM with the 12-byte nonce in front and the 16-byte tag behind. Texts are UTF-8; key, iv and ciphertext are standard Base64.",
		"Where the input contains plaintext: ciphertext. Where it contains ciphertext: plaintext, or refused: true for what cannot be decrypted.", nil)
	for _, text := range []struct{ name, about, plain string }{
		{"name", "three syllables, nine bytes of UTF-8", personName},
		{"birthday", "a birthday", personBirthday},
		{"phone", "a phone number", personPhone},
		{"ci", "a CI: 88 characters, more than five blocks", personCI},
		{"block", "sixteen bytes: CBC adds a block of padding", "0123456789abcdef"},
		{"consent", "a consent as JSON", `{"bank_name":"예시은행","account_number":"3333-01-1234567","account_holder":"홍길동"}`},
	} {
		plain := []byte(text.plain)
		p.both("ctr", text.name, text.about, iv, plain, ctr(iv, plain))
		p.both("cbc", text.name, text.about, iv, plain, cbc(padded(plain)))
		p.decrypt("gcm", text.name, text.about, nil, gcm(sequence(12), plain), text.plain)
	}
	for _, counter := range []struct{ name, about, iv string }{
		{"counter-carries", "the counter is all 128 bits of the block: its lower half overflows into the upper half", "\x00\x01\x02\x03\x04\x05\x06\x07\xff\xff\xff\xff\xff\xff\xff\xff"},
		{"counter-wraps", "the counter goes on at zero after its last value", strings.Repeat("\xff", 16)},
	} {
		p.both("ctr", counter.name, counter.about, []byte(counter.iv), []byte(personCI), ctr([]byte(counter.iv), []byte(personCI)))
	}
	p.refusals()
	return p
}

func (p *part) both(mode, name, about string, iv, plain, secret []byte) {
	p.add(mode+"-encrypt-"+name, about, fields{"mode": mode, "key": encode(key), "iv": encode(iv), "plaintext": string(plain)}, fields{"ciphertext": encode(secret)}, nil)
	p.decrypt(mode, name, about, iv, secret, string(plain))
}

func (p *part) decrypt(mode, name, about string, iv, secret []byte, plain string) {
	input := fields{"mode": mode, "key": encode(key), "ciphertext": encode(secret)}
	if iv != nil {
		input["iv"] = encode(iv)
	}
	expect := fields{"plaintext": plain}
	if plain == "" {
		expect = fields{"refused": true}
	}
	p.add(mode+"-decrypt-"+name, about, input, expect, nil)
}

func (p *part) refusals() {
	block := []byte("0123456789abcdef")
	ending := func(last ...byte) []byte { return cbc(append(bytes.Clone(block[:16-len(last)]), last...)) }
	for _, bad := range []struct {
		name, about string
		secret      []byte
	}{
		{"padding-zero", "a padding of no bytes", ending(0)},
		{"padding-long", "a padding of more than a block", ending(17)},
		{"padding-mixed", "a padding whose bytes differ", ending(2, 3)},
		{"not-whole", "not a whole number of blocks", cbc(block)[:15]},
		{"empty", "no block at all", []byte{}},
	} {
		p.decrypt("cbc", bad.name, bad.about, iv, bad.secret, "")
	}
	sealed := gcm(sequence(12), []byte(personName))
	flipped := func(at int) []byte {
		out := bytes.Clone(sealed)
		out[at] ^= 1
		return out
	}
	for _, bad := range []struct {
		name, about string
		secret      []byte
	}{
		{"nonce-changed", "the nonce was changed", flipped(0)},
		{"text-changed", "the ciphertext was changed", flipped(12)},
		{"tag-changed", "the tag was changed", flipped(len(sealed) - 1)},
		{"tag-cut", "the tag was cut to 15 bytes", sealed[:len(sealed)-1]},
		{"nonce-behind", "the nonce is behind the tag", slices.Concat(sealed[12:], sealed[:12])},
		{"too-short", "shorter than a nonce", sealed[:11]},
	} {
		p.decrypt("gcm", bad.name, bad.about, nil, bad.secret, "")
	}
}
