// Package timestamp gets and checks time stamps of RFC 3161: signed statements
// of a time stamping authority that some bytes were there at a time. Package
// evidence stamps its checkpoints with it.
//
//	verifier, err := timestamp.NewVerifier(timestamp.Config{Roots: roots})
//	authority, err := timestamp.NewHTTPAuthority(timestamp.HTTPConfig{URL: "https://tsa.example/"})
//	stamper, err := timestamp.NewStamper(timestamp.StamperConfig{Authority: authority, Verifier: verifier})
//	token, err := stamper.Stamp(ctx, message)            // today: keep token.Raw
//	token, err := verifier.Check(raw, message)           // years later, offline
//
// # What is checked
//
// A token must be a SignedData in DER of at most [MaxToken] bytes with content
// of type id-ct-TSTInfo, and have exactly one signer. It is checked by the rules
// that hold for signatures of the service (see [kakaocert.Verifier]), as of its
// own time, with these differences (RFC 3161 section 2.4.2):
//
//   - The signer's certificate must be in the token, and have the extended key
//     usage id-kp-timeStamping and no other, in a critical extension. If it
//     states a key usage, that must be for signatures alone.
//   - A signed attribute signingCertificate or signingCertificateV2 must name
//     that certificate. Further certificates that it names must be in the chain.
//   - The TSTInfo must have version 1, the digest of the message, a time in UTC
//     without superfluous digits, and an accuracy within its limits. The name of
//     the authority, if it is given, must be one of the certificate's. A critical
//     extension is refused, since none is known.
//   - A new token must have the nonce of its request, and the policy where one was
//     asked for.
//
// Allowed digests are SHA-256, SHA-384 and SHA-512.
package timestamp
