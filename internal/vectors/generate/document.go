package main

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
)

const documentText = "제1조 (목적)\n본인은 동의합니다.\n"

func documentPart() *part {
	by := newSigners()
	p := newPart("document",
		"Documents to sign (K3500), in Base64, in the two forms that a request may have: TEXT sends the document and HASH the standard Base64 of its SHA-256, with padding (ASSUMED). The user signs the bytes of data exactly as they were sent. roots and time are as in the part cms.",
		"Where the input contains no signed: data, as it is sent. Where it contains one, in Base64: verified, whether the signature is good and on this document in this form; reason and defect are compared where the answer contains them.",
		fields{"roots": string(by.root.PEM()), "time": cmstest.Now.Format(time.RFC3339)})
	p.data()
	d := &documents{part: p, by: by}
	d.good()
	d.otherForms()
	d.otherDocuments()
	return p
}

// digestText is what is sent of a document in the form HASH.
func digestText(document []byte) string {
	sum := sha256.Sum256(document)
	return encode(sum[:])
}

func (p *part) data() {
	for _, c := range []struct {
		name, about string
		document    []byte
	}{
		{"empty", "no byte at all", []byte{}},
		{"korean", "a text in Korean, whose bytes are UTF-8", []byte(documentText)},
		{"line-feeds", "lines may end otherwise: bytes are hashed, not text", []byte("제1조 (목적)\r\n본인은 동의합니다.\r\n")},
		{"byte-order-mark", "a byte order mark belongs to the document", []byte("\ufeff" + documentText)},
		{"trailing-space", "white space at the end belongs to it too", []byte(documentText + " ")},
		{"binary", "every byte from 0 to 255, as in a PDF", sequence(256)},
		{"not-utf-8", "bytes that are no UTF-8", []byte("\xff\xfe\xfd")},
		{"like-base64", "a document that looks like Base64 is not decoded", []byte(digestText([]byte(documentText)))},
		{"like-hex", "nor one that looks like hex", []byte("00ff")},
	} {
		p.add("data-"+c.name, c.about, fields{"file": encode(c.document), "document_type": "HASH"}, fields{"data": digestText(c.document)}, nil)
	}
	p.add("data-text", "the form TEXT sends the text as it is", fields{"file": encode([]byte(documentText)), "document_type": "TEXT"}, fields{"data": documentText}, nil)
}

// documents makes the vectors about signatures on documents.
type documents struct {
	*part
	by signers
}

func (d *documents) accepted(name, about, form string, document []byte, content string) {
	d.verified(name, about, fields{"file": encode(document), "document_type": form, "signed": encode(d.by.sign(content))})
}

// refused is about documentText in the form HASH.
func (d *documents) refused(name, about, content string) {
	d.refusedMessage(name, about, "HASH", d.by.sign(content), "content", "content-differs")
}

func (d *documents) refusedMessage(name, about, form string, signed []byte, reason, defect string) {
	d.add(name, about, fields{"file": encode([]byte(documentText)), "document_type": form, "signed": encode(signed)},
		fields{"verified": false}, fields{"reason": reason, "defect": defect})
}

func (d *documents) good() {
	text, pdf := []byte(documentText), append([]byte("%PDF-1.7\n"), sequence(256)...)
	d.accepted("hash", "a signature on the hash of a text", "HASH", text, digestText(text))
	d.accepted("hash-binary", "a signature on the hash of a file", "HASH", pdf, digestText(pdf))
	d.accepted("hash-empty", "a signature on the hash of nothing", "HASH", nil, digestText(nil))
	d.accepted("text", "a signature on the text itself", "TEXT", text, documentText)
	ofHash := digestText(text)
	d.accepted("text-like-a-hash", "a text that is the hash of another", "TEXT", []byte(ofHash), ofHash)
}

// otherForms are signatures on the right document in another form.
func (d *documents) otherForms() {
	sum := sha256.Sum256([]byte(documentText))
	long := sha512.Sum512([]byte(documentText))
	again := sha256.Sum256(sum[:])
	for _, c := range []struct{ name, about, content string }{
		{"hash-raw", "the 32 bytes of the hash and not their text", string(sum[:])},
		{"hash-hex", "the hash in hex", hex.EncodeToString(sum[:])},
		{"hash-base64url", "the hash in URL-safe Base64", base64.URLEncoding.EncodeToString(sum[:])},
		{"hash-unpadded", "Base64 without padding is another text", base64.RawStdEncoding.EncodeToString(sum[:])},
		{"hash-line", "Base64 with a line feed behind it is another text", encode(sum[:]) + "\n"},
		{"hash-twice", "the hash of the hash", encode(again[:])},
		{"hash-of-text", "the hash of the hash's text", digestText([]byte(encode(sum[:])))},
		{"hash-sha-512", "another hash", encode(long[:])},
		{"hash-sha-512-cut", "32 bytes of another hash", encode(long[:32])},
		{"hash-in-json", "the hash inside JSON", object(fields{"data": encode(sum[:])})},
		{"hash-of-base64", "the hash of the document's Base64", digestText([]byte(encode([]byte(documentText))))},
		{"document-and-not-hash", "the document, where its hash was sent", documentText},
		{"hash-empty-content", "nothing", ""},
	} {
		d.refused(c.name, c.about, c.content)
	}
	d.refusedMessage("hash-and-not-document", "the hash, where the text was sent", "TEXT", d.by.sign(digestText([]byte(documentText))), "content", "content-differs")
	d.refusedMessage("hash-in-message-digest", "the document is signed without being attached: then its hash is in the message all the same, in messageDigest", "HASH", d.by.detached(documentText), "content", "content-missing")
	d.refusedMessage("hash-detached", "the hash's text is not attached", "HASH", d.by.detached(digestText([]byte(documentText))), "content", "content-missing")
}

// otherDocuments are signatures in the right form on another document.
func (d *documents) otherDocuments() {
	for _, c := range []struct{ name, about, document string }{
		{"another", "another document", "제1조 (목적)\n본인은 동의하지 않습니다.\n"},
		{"longer", "the document, and a line feed", documentText + "\n"},
		{"shorter", "the document without its last line feed", documentText[:len(documentText)-1]},
		{"windows", "the document with other line ends", "제1조 (목적)\r\n본인은 동의합니다.\r\n"},
		{"byte-order-mark", "the document behind a byte order mark", "\ufeff" + documentText},
		{"nothing", "no document", ""},
	} {
		d.refused("of-"+c.name, "the hash of "+c.about, digestText([]byte(c.document)))
	}
}
