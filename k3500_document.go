package kakaocert

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
)

const (
	// maxText is the limit of a document sent as text, in the characters of
	// "count.text". (DOC, the count ASSUMED)
	maxText = 3000
	// minDocuments and maxDocuments limit K3511 and K3521. (DOC)
	minDocuments = 2
	maxDocuments = 200
)

// Document is one document to sign. It prints as [redacted].
type Document struct {
	personal
	data hidden[documentData]
}

type documentData struct {
	title  string
	text   string
	digest [sha256.Size]byte
	hashed bool
}

// TextDocument is a document that the user reads and signs as it is, byte for
// byte: at most 3000 characters of UTF-8 (DOC), counted in UTF-16 units
// (ASSUMED).
func TextDocument(title, text string) Document {
	return Document{data: hide(documentData{title: title, text: text})}
}

// DigestDocumentFrom is a document of any size, of which only the SHA-256 is
// sent and signed (FIELD, ASSUMED form). It reads r to the end.
func DigestDocumentFrom(title string, r io.Reader) (Document, error) {
	hash := sha256.New()
	if _, err := io.Copy(hash, r); err != nil {
		return Document{}, err
	}
	return DigestDocument(title, [sha256.Size]byte(hash.Sum(nil))), nil
}

// DigestDocument is [DigestDocumentFrom] for a SHA-256.
func DigestDocument(title string, digest [sha256.Size]byte) Document {
	return Document{data: hide(documentData{title: title, digest: digest, hashed: true})}
}

// wire is document_type and data as they are sent. CMS signs the bytes of data.
// (ASSUMED)
func (d Document) wire(p *Protocol) (documentType, data string) {
	inside := d.data.Get()
	if !inside.hashed {
		return p.Get("value.document_type.text"), inside.text
	}
	documentType = p.Get("value.document_type.hash")
	switch digest := inside.digest[:]; p.Get("encoding.hash") {
	case "hex":
		return documentType, hex.EncodeToString(digest)
	case "base64url":
		return documentType, base64.URLEncoding.EncodeToString(digest)
	default:
		return documentType, base64.StdEncoding.EncodeToString(digest)
	}
}

// check names what is wrong with one of the documents, by its place.
func (d Document) check(p *Protocol, place int) error {
	refuse := func(part, reason string) error {
		return &ArgumentError{Field: fmt.Sprintf("Documents[%d]%s", place, part), Reason: reason}
	}
	inside := d.data.Get()
	if inside == nil {
		return refuse("", "must be set")
	}
	if err := checkText(fmt.Sprintf("Documents[%d].Title", place), inside.title, maxTitle, p.count); err != nil || inside.hashed {
		return err
	}
	switch reason := notText(inside.text); {
	case inside.text == "":
		return refuse(".Text", "must not be empty")
	case reason != "":
		return refuse(".Text", reason)
	case p.count(inside.text) > maxText:
		return refuse(".Text", "must be at most 3000 characters; of a longer document sign the digest")
	}
	return nil
}

func checkDocuments(p *Protocol, product K3500Product, documents []Document) error {
	n := len(documents)
	if severalDocuments(product) && (n < minDocuments || n > maxDocuments) {
		return &ArgumentError{Field: "Documents", Reason: "must be 2 to 200 for this product"}
	}
	if !severalDocuments(product) && n != 1 {
		return &ArgumentError{Field: "Documents", Reason: "must be exactly one for this product"}
	}
	for i, d := range documents {
		if err := d.check(p, i); err != nil {
			return err
		}
	}
	return nil
}

// asked is what the user was asked to sign, as digests of what CMS signs.
func asked(p *Protocol, documents []Document) [][32]byte {
	if documents == nil {
		return nil
	}
	digests := make([][32]byte, len(documents))
	for i, d := range documents {
		_, data := d.wire(p)
		digests[i] = sha256.Sum256([]byte(data))
	}
	return digests
}
