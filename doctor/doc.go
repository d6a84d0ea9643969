// Package doctor examines a configuration of a client and the host that it
// names: keys, cipher, roots, address, TLS, clock, and whether the service
// accepts what the contract gave. It is for an institution's health check and
// for support tickets; the command kakaocert doctor prints the same.
//
// # What is called
//
// No one is asked to sign, no transaction is opened, and nothing is fetched. Steps
// are called with a tx_id that is made up, prepare with the settle_id alone and, for
// [Decryption], with a person who cannot exist. At most 40 calls are made.
//
// The zero [Options] make a health check: two calls, one of them without keys.
// A [Scope] selects the other checks.
//
// # What is in a report
//
// A [Report] contains no personal data, no key and no settle_id. From the other
// side it contains only error codes and names of fields. It may be logged or
// sent on.
package doctor
