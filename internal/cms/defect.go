package cms

// Names of the checks, in the order in which they are made.
const (
	CheckParsed            = "parsed"
	CheckSignerCertificate = "signer_certificate"
	CheckAlgorithms        = "algorithms"
	CheckSignedAttributes  = "signed_attributes"
	CheckSignature         = "signature"
	CheckChain             = "chain"
	CheckKeyUsage          = "key_usage"
	CheckRevocation        = "revocation"
	CheckContent           = "content"
	CheckVID               = "vid"
)

// Defect says what is wrong with a message. It names no person and no value.
type Defect string

func (d Defect) Error() string { return string(d) }

// The bytes are not a SignedData that can be read.
const (
	TooLarge            Defect = "too-large"
	Truncated           Defect = "truncated"
	TrailingData        Defect = "trailing-data"
	NestedTooDeep       Defect = "nested-too-deep"
	BadTag              Defect = "bad-tag"
	BadLength           Defect = "bad-length"
	BadOctetString      Defect = "bad-octet-string"
	StrayEndOfContents  Defect = "stray-end-of-contents"
	NotSignedData       Defect = "not-signed-data"
	BadStructure        Defect = "bad-structure"
	ContentTypeRefused  Defect = "content-type-refused"
	TooManyCertificates Defect = "too-many-certificates"
	TooManyOperations   Defect = "too-many-operations" // of any check that verifies a signature
)

// Attached or detached, or the content itself, is not what the caller said.
const (
	ContentMissing  Defect = "content-missing"
	ContentAttached Defect = "content-attached"
	ContentDiffers  Defect = "content-differs"
)

// There is not exactly one signer with exactly one certificate.
const (
	SignerMissing                Defect = "signer-missing"
	TooManySigners               Defect = "too-many-signers"
	SignerVersion                Defect = "signer-version"
	SignerCertificateMissing     Defect = "signer-certificate-missing"
	SignerCertificateUnreadable  Defect = "signer-certificate-unreadable"
	SignerCertificateUnsupported Defect = "signer-certificate-unsupported" // by crypto/x509
	SignerCertificateAmbiguous   Defect = "signer-certificate-ambiguous"
	TooManyCandidates            Defect = "too-many-candidates"
)

// The algorithms are not on the list or do not go together.
const (
	DigestAlgorithm     Defect = "digest-algorithm"
	DigestNotAnnounced  Defect = "digest-not-announced"
	SignatureAlgorithm  Defect = "signature-algorithm"
	SignatureDigest     Defect = "signature-digest"
	SignatureParameters Defect = "signature-parameters"
	KeyType             Defect = "key-type"
	KeySize             Defect = "key-size"
	KeyExponent         Defect = "key-exponent"
	KeyCurve            Defect = "key-curve"
)

// The signed attributes are absent, malformed or about something else.
const (
	AttributesMissing           Defect = "attributes-missing"
	AttributesNotDER            Defect = "attributes-not-der"
	AttributesMalformed         Defect = "attributes-malformed"
	AttributesOrder             Defect = "attributes-order"
	ContentTypeMissing          Defect = "content-type-missing"
	ContentTypeRepeated         Defect = "content-type-repeated"
	ContentTypeDiffers          Defect = "content-type-differs"
	MessageDigestMissing        Defect = "message-digest-missing"
	MessageDigestRepeated       Defect = "message-digest-repeated"
	MessageDigestDiffers        Defect = "message-digest-differs"
	SigningTimeRepeated         Defect = "signing-time-repeated"
	SigningTimeMalformed        Defect = "signing-time-malformed"
	ContentIsAttributes         Defect = "content-is-attributes"       // where none are signed
	SigningCertificateMissing   Defect = "signing-certificate-missing" // where it is required
	SigningCertificateRepeated  Defect = "signing-certificate-repeated"
	SigningCertificateMalformed Defect = "signing-certificate-malformed"
	AlgorithmProtectionRepeated Defect = "algorithm-protection-repeated"
	AlgorithmProtectionDiffers  Defect = "algorithm-protection-differs"
)

// The key did not make the signature over this, or the signature is for another
// certificate.
const (
	SignatureWrong            Defect = "signature-wrong"
	SigningCertificateDiffers Defect = "signing-certificate-differs"
)

// No chain leads to a root that the caller gave.
const (
	UnknownAuthority       Defect = "unknown-authority"
	IssuerSpelledOtherwise Defect = "issuer-spelled-otherwise"
	CertificateVersion     Defect = "certificate-version"
	CertificateExpired     Defect = "certificate-expired"
	CertificateNotYet      Defect = "certificate-not-yet-valid"
	IssuerNotCA            Defect = "issuer-not-ca"
	IssuerMayNotSign       Defect = "issuer-may-not-sign"
	IssuerSignature        Defect = "issuer-signature"
	IssuerAlgorithm        Defect = "issuer-algorithm"
	PathTooLong            Defect = "path-too-long"
	NameConstraints        Defect = "name-constraints"
	CriticalExtension      Defect = "critical-extension"
	CertificatePolicies    Defect = "certificate-policies"
)

// The certificate is for something other than signing.
const (
	KeyUsage          Defect = "key-usage"
	ExtendedKeyUsage  Defect = "extended-key-usage"
	SignerIsAuthority Defect = "signer-is-authority"
)

// Defects that concern revocation.
const (
	Revoked           Defect = "revoked"
	RevocationUnknown Defect = "revocation-unknown"
)

// VIDMismatch says that CI and serial do not give the VID.
const VIDMismatch Defect = "vid-mismatch"

// Failure is a check that failed, with those passed before it.
type Failure struct {
	Check  string
	Passed []string
	Defect Defect
}

func (f *Failure) Error() string { return f.Check + ": " + string(f.Defect) }
