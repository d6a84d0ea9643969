package kakaocerttest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"sync"
	"time"

	"go.mozilla.org/pkcs7"
)

var (
	oidAlgorithmProtection = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 52} // RFC 6211
	sha256Identifier       = pkix.AlgorithmIdentifier{Algorithm: pkcs7.OIDDigestAlgorithmSHA256}
)

// algorithmProtection is CMSAlgorithmProtection (RFC 6211, section 2).
type algorithmProtection struct {
	Digest    pkix.AlgorithmIdentifier
	Signature pkix.AlgorithmIdentifier `asn1:"tag:1"`
}

// signatureIdentifier names the algorithm as BouncyCastle does: for RSA the
// key's, with NULL parameters.
func signatureIdentifier(key crypto.Signer) pkix.AlgorithmIdentifier {
	if _, isRSA := key.(*rsa.PrivateKey); isRSA {
		return pkix.AlgorithmIdentifier{Algorithm: pkcs7.OIDEncryptionAlgorithmRSA, Parameters: asn1.NullRawValue}
	}
	return pkix.AlgorithmIdentifier{Algorithm: pkcs7.OIDDigestAlgorithmECDSASHA256}
}

// scaffoldKey is what the library signs with before the message is completed
// and signed in earnest.
var scaffoldKey = sync.OnceValues(func() (*ecdsa.PrivateKey, error) {
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
})

// signCMS signs content, attached, as DER. The library builds the message but
// takes the signing time from time.Now and leaves parameters out; so it builds
// with a key of no meaning, and time, algorithm and signature are set after.
func signCMS(with *identity, chain *issuer, content []byte, at time.Time) ([]byte, error) {
	scaffold, err := scaffoldKey()
	if err != nil {
		return nil, err
	}
	message, err := pkcs7.NewSignedData(content)
	if err != nil {
		return nil, err
	}
	message.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	algorithm := signatureIdentifier(with.key)
	err = message.AddSigner(with.cert, scaffold, pkcs7.SignerInfoConfig{
		ExtraSignedAttributes: []pkcs7.Attribute{{Type: oidAlgorithmProtection, Value: algorithmProtection{sha256Identifier, algorithm}}},
	})
	if err != nil {
		return nil, err
	}
	message.AddCertificate(chain.cert)

	signer := &message.GetSignedData().SignerInfos[0]
	for i, attribute := range signer.AuthenticatedAttributes {
		if attribute.Type.Equal(pkcs7.OIDAttributeSigningTime) {
			if signer.AuthenticatedAttributes[i].Value.Bytes, err = asn1.Marshal(at.UTC().Truncate(time.Second)); err != nil {
				return nil, err
			}
		}
	}
	attributes, err := asn1.Marshal(signer.AuthenticatedAttributes)
	if err != nil {
		return nil, err
	}
	attributes[0] = asn1.TagSet | 0x20 // what is signed is a SET OF (RFC 5652, section 5.4)
	digest := sha256.Sum256(attributes)
	if signer.EncryptedDigest, err = with.key.Sign(rand.Reader, digest[:], crypto.SHA256); err != nil {
		return nil, err
	}
	signer.DigestEncryptionAlgorithm = algorithm
	return message.Finish()
}

// sign signs one document in the service's form.
func (s *Service) sign(with *credential, content []byte, at time.Time) ([]byte, error) {
	id, err := with.issue()
	if err != nil {
		return nil, err
	}
	der, err := signCMS(id, s.authority.issuing, content, at)
	if err != nil {
		return nil, fmt.Errorf("kakaocerttest: sign: %w", err)
	}
	if s.answers.DER {
		return der, nil
	}
	return bouncyCastleForm(der)
}
