// Package kakaocert talks to the KakaoTalk Certification Service (카카오톡 인증
// 서비스) directly, as an institution's backend: a user proves who they are, logs in,
// agrees to withdrawals, or signs documents in KakaoTalk, and the institution
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
// [NewClient] makes a [Client] that has one field for each service. What is
// between two steps is a [Transaction]: a small value that goes into a session or
// a database row and comes back, after a restart or in another process.
//
// # Signatures
//
// Verify fetches; it does not check. K3100 and K3500 give CMS SignedData (RFC
// 5652), which a [Verifier] checks offline, today or years later: form, signer,
// algorithms, signed attributes, signature, chain to the root certificate that
// the institution pinned, key usage, revocation, and that the content is what was
// asked to be signed. Only that makes a [Verified], and only a Verified tells by
// [Verified.CheckVID] whose signature it is.
//
// # A signature that comes once
//
// Kakao hands a signature over once and deletes it. Therefore a place for it is
// made in [Config].Evidence, durably, before verify is sent, and the answer
// streams into it as it arrives. The package evidence has a [Sink] that is a
// directory. Verify is never repeated silently, and once sent it is not undone by
// the caller's cancellation.
//
// # Errors
//
// A refusal by the service is an [APIError], matched by its [Code] with errors.Is;
// the code also says who can put it right ([Code.Owner]) and what to do next
// ([Code.Advice]). What was sent without a whole answer is [ErrOutcomeUnknown].
// Wrong arguments are [ArgumentError] and are found before anything is sent. No
// error's text has personal data or a key.
//
// # Personal data
//
// Types that hold personal data, a CI or a key print as [redacted] under every
// verb of fmt, in slog, JSON and text. [Secret.Reveal] is the one way out.
//
// # What is documented and what is assumed
//
// Half of the protocol is not public. Each fact in the documentation carries how
// sure it is:
//
//	DOC      read in Kakao's own public documents
//	SDK      read in Kakao's own published mobile SDK sources
//	FIELD    seen in two or more independent integrations
//	ASSUMED  this project's choice where nothing public says
//
// In short:
//
//	hosts, products, key headers, the T of the test host     DOC
//	login and sessions at kauth and kapi                     SDK, some ASSUMED
//	the five steps, verify once, error codes                 DOC
//	path of prepare                                          DOC
//	paths of request, status, verify, signer info            ASSUMED
//	JSON names and values                                    DOC, FIELD, some ASSUMED
//	AES-256-CTR with the contract's key and IV               FIELD
//	VID from CI and serial number                            DOC
//	names of the consent's items, form of several documents  ASSUMED
//	octets that CMS signs                                    ASSUMED
//	form of the document that a session is signed with       ASSUMED
//	names in the error body                                  ASSUMED
//
// [Protocol.Entries] is the whole list, line by line. A contract holder whose
// papers differ changes any line with [ParseProtocol], without a fork.
//
// # Trying it out
//
// The package kakaocerttest is the whole service, simulated, for tests and for
// trying out without a contract or a phone.
package kakaocert
