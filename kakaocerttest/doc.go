// Package kakaocerttest is the KakaoTalk Certification Service, simulated: for
// the tests of programs that use kakaocert, for trying out without a contract,
// and for clients in other languages.
//
// The simulated service decrypts, looks users up, keeps transactions, signs
// for real and answers every documented error for its cause. It shares with
// the client nothing but [kakaocert.Protocol], so that a mistake of the client
// cannot be cancelled by the same mistake here. Where nothing public says what
// the real service does, the comments here say what was chosen.
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
// A service starts with [DefaultUser], 홍길동, who signs at once. Other users
// come with [WithUsers] or [Service.AddUser]; their [Behaviour] says what they
// do when asked: sign after a time, refuse, ignore, or wait for
// [Service.Sign] and [Service.Decline].
//
// # Logins
//
// Certified login has kauth's calls and the page at which a browser logs in.
// The page lists the users; who agrees signs on the phone, as their Behaviour
// says, and the browser is sent back. [Service.LogIn] plays the browser where
// a test has none.
//
// # Sessions
//
// Abbreviated signatures need an [App]: it makes the temporary key, brings it
// to the user with [App.Open], and signs orders with it.
//
// # Time
//
// Nothing runs in the background. Where a transaction stands is computed from
// the service's [Clock] at each call, so a test that owns the clock decides
// when a user has signed and when a request has expired. Answers bear its date.
//
// # Signatures
//
// Each service has a root CA, an issuing CA and a certificate for every user,
// RSA or ECDSA, whose validity follows the clock; [Service.Roots] is what a
// verifier is made with. Messages are CMS SignedData with attached content, in
// the BER that BouncyCastle writes or in DER ([Answers]). CRL and OCSP are
// methods, and are served below /_pki/ as the certificates say.
//
// # Faults
//
// [Service.Inject] lets the next calls of a step go wrong: connections refused
// and dropped before or after the work, answers cut, slow, broken or too
// large, 429 and 503, signatures of somebody else, of another document, or of
// a certificate that is no longer good, logins that come back with another
// state or a code that was used, and orders that are replayed or signed with
// another key.
//
// # Console
//
// Package kakaocerttest/console has a page that plays the users' phones, and a
// control interface for clients in other languages. [WithHandler] puts it in
// front of a [Server]; the command "kakaocert sim" serves it.
package kakaocerttest
