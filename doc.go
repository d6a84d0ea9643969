// Package kakaocert is an institution's client of the KakaoTalk Certification
// Service (카카오톡 인증 서비스), without a relay. A user proves who they are, logs
// in, agrees to withdrawals, or signs documents in KakaoTalk, and the institution
// checks the signature.
//
// # The flow
//
// K1100, K2220, K3100 and K3500 have the same five steps: Prepare looks the user
// up, Request asks them, Status (or Wait) reports how far they are, Verify fetches
// the result, once, and SignerInfo reports who signed. In a certified login,
// K2100, AuthorizeURL and Exchange take the place of Request and Status.
//
//	K1100  identity, 본인인증             K1110 by message, K1120 from the institution's app
//	K2100  certified login, 인증 로그인   OAuth 2.0 at kauth
//	K2220  abbreviated signature, 축약서명 K2220 after a login, K3220 without
//	K3100  withdrawal consent, 출금동의   K3110, K3120
//	K3500  signature, 전자서명            K3510, K3520 one document; K3511, K3521 up to 200
//
// K1400, Kakao's standard window, begins with Begin and ParseRedirect.
//
// [NewClient] makes a [Client] with one field for each service. A [Transaction]
// connects two steps: a small value that a session or a database row can keep, for
// use after a restart or in another process.
//
// # Signatures
//
// Verify fetches; it does not check. Its results contain CMS SignedData (RFC
// 5652), which a [Verifier] checks offline, today or years later: form, signer,
// algorithms, signed attributes, signature, chain to the root certificate that
// the institution pinned, key usage, revocation, and whether the content is what
// the user was asked to sign. Only a check returns a [Verified], whose
// [Verified.CheckVID] shows whose signature it is.
//
// # A signature that comes once
//
// Kakao hands a signature over once and deletes it. Therefore a record for it is
// made in [Config].Evidence, durably, before verify is sent, and the answer is
// written to it as it arrives. The package evidence has a [Sink] that is a
// directory. Verify is never repeated silently. Once it is sent, the caller's
// cancellation does not stop it.
//
// # Errors
//
// A refusal by the service is an [APIError], matched by its [Code] with errors.Is;
// the code also says who can fix the cause ([Code.Owner]) and what to do next
// ([Code.Advice]). A call that was sent and got no complete answer is
// [ErrOutcomeUnknown]. Wrong arguments are an [ArgumentError] and are found before
// anything is sent. No error text contains personal data or a key.
//
// # Personal data
//
// Values with personal data, a CI or a key print as [redacted] under every verb
// of fmt and in slog. Results do so in JSON and text too; inputs refuse to be
// marshalled. [Secret.Reveal] returns the value. [Seal] encrypts inputs for a
// session or a row.
//
// # What is documented and what is assumed
//
// Half of the protocol is not public. Each fact in the documentation has a tag that
// says where it comes from:
//
//	DOC      read in Kakao's own public documents
//	SDK      read in Kakao's own published mobile SDK sources
//	FIELD    seen in two or more independent integrations
//	FIELD-1  seen in one integration only
//	ASSUMED  this project's choice where nothing public says
//
// [Protocol.Entries] returns the whole list, line by line. If your contract's papers
// differ, change any line with [ParseProtocol]; no fork is needed.
//
// # Trying it out
//
// The package kakaocerttest simulates the whole service, for tests and for trials
// without a contract or a phone.
package kakaocert
