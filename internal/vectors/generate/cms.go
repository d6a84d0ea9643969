package main

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
)

// messages are those of testdata/cms.
type messages struct {
	root, content []byte
	good, bad     []message // by name
}

type message struct {
	name string
	raw  []byte
}

func readMessages(dir string) (*messages, error) {
	m := new(messages)
	var errs [4]error
	m.root, errs[0] = os.ReadFile(filepath.Join(dir, "root.pem"))
	m.content, errs[1] = os.ReadFile(filepath.Join(dir, "content.txt"))
	m.good, errs[2] = readFolder(filepath.Join(dir, "good"))
	m.bad, errs[3] = readFolder(filepath.Join(dir, "bad"))
	return m, errors.Join(errs[:]...)
}

func readFolder(dir string) (list []message, err error) {
	entries, err := os.ReadDir(dir)
	for _, entry := range entries {
		raw, readErr := os.ReadFile(filepath.Join(dir, entry.Name()))
		err = errors.Join(err, readErr)
		list = append(list, message{strings.TrimSuffix(entry.Name(), filepath.Ext(entry.Name())), raw})
	}
	return list, err
}

// named is a good message.
func (m *messages) named(name string) []byte {
	for _, message := range m.good {
		if message.name == name {
			return message.raw
		}
	}
	panic("cms: no message " + name)
}

func (m *messages) part() *part {
	p := newPart("cms",
		"Signed messages (CMS SignedData, DER or BER, in Base64) that must be verified or refused at a time, with this root and no other, revocation aside. content is what was to be signed, in Base64; where detached is true the message must not contain it. Where the input contains ci and vid, the signer must be that person.",
		"verified. reason and defect, as `kakaocert verify --json` names them, are compared where the answer contains them.",
		fields{"roots": string(m.root), "time": cmstest.Now.Format(time.RFC3339), "content": encode(m.content), "detached": false})
	for _, good := range m.good {
		input := fields{"signed": encode(good.raw)}
		if good.name == "detached" {
			input["detached"] = true
		}
		p.verified("good-"+good.name, "must be verified: "+words(good.name), input)
	}
	for _, bad := range m.bad {
		defect, variant, _ := strings.Cut(bad.name, "_")
		about := "must be refused: " + words(defect)
		if variant != "" {
			about += " (" + words(variant) + ")"
		}
		detail := fields{"reason": m.reason(bad, defect), "defect": defect}
		if bad.name == "stray-end-of-contents_first" {
			delete(detail, "defect") // its first byte could as well be a text's
		}
		p.add("bad-"+bad.name, about, fields{"signed": encode(bad.raw)}, fields{"verified": false}, detail)
	}
	m.forgeries(p)
	return p
}

func words(name string) string { return strings.ReplaceAll(name, "-", " ") }

func (p *part) verified(name, about string, input fields) {
	p.add(name, about, input, fields{"verified": true}, fields{"reason": ""})
}

// reason is the name of the check that must refuse the message. The message's
// name is its defect, which the check must find.
func (m *messages) reason(bad message, defect string) string {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(m.root)
	verifier, err := kakaocert.NewVerifier(roots, kakaocert.WithTime(cmstest.Now), kakaocert.UnsafeNoRevocation())
	if err != nil {
		panic(err)
	}
	_, err = verifier.Verify(bad.raw, kakaocert.ExpectContent(m.content))
	refused, ok := errors.AsType[*kakaocert.VerifyError](err)
	if !ok || string(refused.Defect) != defect {
		panic(fmt.Sprintf("cms: %s is not refused for its defect", bad.name))
	}
	return refused.Check
}

// forgeries are good messages about something else than was asked, or of another
// person.
func (m *messages) forgeries(p *part) {
	signed, detached := encode(m.named("rsa")), encode(m.named("detached"))
	refused := func(name, about string, input fields, reason, defect string) {
		p.add(name, about, input, fields{"verified": false}, fields{"reason": reason, "defect": defect})
	}
	refused("content-another", "a good signature on a content that was not asked for", fields{"signed": signed, "content": encode([]byte("본인은 다른 계약에 동의합니다."))}, "content", "content-differs")
	refused("content-longer", "what was asked for goes on behind the content", fields{"signed": signed, "content": encode(append(m.content[:len(m.content):len(m.content)], '\n'))}, "content", "content-differs")
	refused("content-empty", "an empty text was asked for", fields{"signed": signed, "content": ""}, "content", "content-differs")
	refused("detached-another", "a detached signature on another content", fields{"signed": detached, "detached": true, "content": encode([]byte("본인은 다른 계약에 동의합니다."))}, "signed_attributes", "message-digest-differs")
	refused("detached-unasked", "the content is not attached, and should be", fields{"signed": detached}, "content", "content-missing")
	refused("attached-unasked", "the content is attached, and should not be", fields{"signed": signed, "detached": true}, "content", "content-attached")

	serial := serialOf(m.named("rsa"), m.root)
	right, short := vidOf(personCI, serial), vidOf(personCI, serial[1:])
	with := func(vid []byte) fields {
		return fields{"signed": signed, "ci": personCI, "vid": hex.EncodeToString(vid)}
	}
	p.verified("vid-right", "must be verified: the signer is the person of the CI", with(right))
	refused("vid-without-zero", "the VID was made without the serial number's leading 00", with(short), "vid", "vid-mismatch")
	another := sha256.Sum256(right)
	refused("vid-another", "the VID of somebody else", with(another[:]), "vid", "vid-mismatch")
}

// serialOf is the serial number of a message's signer, whose top bit is set in
// all messages of testdata/cms.
func serialOf(signed, root []byte) []byte {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(root)
	verifier, err := kakaocert.NewVerifier(roots, kakaocert.WithTime(cmstest.Now), kakaocert.UnsafeNoRevocation())
	if err != nil {
		panic(err)
	}
	verified, err := verifier.Verify(signed, kakaocert.UnsafeAnyContent())
	if err != nil {
		panic(err)
	}
	serial := verified.SerialNumber()
	if serial[0] != 0 {
		panic("cms: the signer's serial number has no leading 00")
	}
	return serial
}
