// Package kakaocerttest simulates the KakaoTalk Certification Service: for the
// tests of programs that use kakaocert, for trials without a contract, and for
// clients in other languages.
//
// The simulated service decrypts, looks users up, keeps transactions, signs
// with real keys, and returns each documented error for its cause. It shares
// only [kakaocert.Protocol] with the client, so that the same mistake cannot be
// on both sides and stay unnoticed. Where no public source documents what the
// real service does, the comments here say what was chosen.
//
// # Starting
//
// [NewServer] listens on loopback and is closed with its test.
// [NewService] does not listen: [Service.Config] gives a client configuration
// whose transport calls the service in the same process, which works inside a
// testing/synctest bubble and for thousands of flows at once.
//
//	sim := kakaocerttest.NewServer(t)
//	client, err := kakaocert.NewClient(sim.Config())
//
// # Users
//
// A service starts with [DefaultUser], 홍길동, who signs at once. Other users are
// added with [WithUsers] or [Service.AddUser]; their [Behaviour] says what they
// do when asked: sign after a time, refuse, ignore, or wait for [Service.Sign]
// and [Service.Decline].
//
// # Logins
//
// The service has kauth's calls for certified login, and the page at which a
// browser logs in. The page lists the users. The user who agrees signs on the
// phone, according to their Behaviour, and the browser is sent back.
// [Service.LogIn] plays the browser in a test.
//
// # Sessions
//
// Abbreviated signatures need an [App]: it makes the temporary key, shows it to
// the user with [App.Open], and signs orders with it.
//
// # Time
//
// Nothing runs in the background. The state of a transaction is computed from
// the service's [Clock] at each call, so a test with its own clock decides when
// a user has signed and when a request has expired. The dates of answers follow
// that clock.
//
// # Signatures
//
// Each service has a root CA, an issuing CA and a certificate for every user,
// RSA or ECDSA, whose validity follows the clock; make a verifier with
// [Service.Roots]. Messages are CMS SignedData with attached content, in the
// BER that BouncyCastle writes or in DER ([Dialect]). CRL and OCSP answers are
// available by methods, and below /_pki/ at the addresses that the certificates
// contain. The issuing CA has a time stamping authority too: [Service.Stamp], and
// /_pki/tsa by HTTP.
//
// # Faults
//
// [Service.Inject] makes the next calls of a step go wrong: connections refused
// and dropped before or after the work, answers cut, slow, broken or too large,
// 429 and 503, signatures of another person, of another document, or of a
// certificate that is no longer good, logins that return with another state or
// a used code, and orders that are replayed or signed with another key.
//
// # Console
//
// Package kakaocerttest/console contains a page that plays the users' phones,
// and a control interface for clients in other languages. [WithHandler] puts it
// in front of a [Server]; the command "kakaocert sim" serves it.
package kakaocerttest
