// Package evidence keeps every answer to a verify, encrypted,
// from its first byte on.
//
// Kakao hands a signature over once and deletes it. So a [Log], a
// [kakaocert.Sink], makes a record, durably, before verify is sent; each piece
// of the answer is durable before the next is read; and the record is whole and
// entered into a chain before Verify returns. A process that is killed at any
// point leaves a record of every verify that it had sent, with every byte that it
// had read.
//
// # Where it is kept
//
// A log keeps its bytes in a [Store]. [Open] is a log on a directory, for one
// machine; [NewLog] on any store: a database that many machines share, or memory
// in a test (evidencetest.NewMemory). What is read, audited, purged and checked
// again is the same for all: [Archive].
//
// # Chains
//
// Each writer adds to a chain of its own. Its entries are chained by digest and
// each is authenticated with the key, so that a changed, removed or added record
// shows. A chain begins with the ends of those before it, so that one
// that is taken away as a whole shows too. A chain whose end was cut off, with no
// other after it, shows to those who know its [Head]: print the heads now and then
// to where those who can write the store cannot, a log server say, and give them
// to [Archive.Verify] later.
//
// The file FORMAT.md in this package's directory describes all of it precisely
// enough to write another reader.
//
// # Years
//
// The time to [Open] a directory, and the memory, grow with the number of records. [Months] is the
// Sink for programs that run for years: it keeps a directory for each month
// under one parent.
//
// # What is encrypted, and for whom
//
// Answers, attachments, reasons and the digests of what was asked are encrypted
// with AES-256-GCM. In clear are product, tx_id, times, sizes, outcomes and
// digests of encrypted files. Without more the writers' [Key] opens all of it. With
// a [Recipient], the public key of an archive, new records are sealed to that:
// the writers can read a record only until [Log.Forget], and the private key, an
// [Opener], may be in an HSM. Give two recipients, of which one is kept in a safe.
//
// # After a crash
//
// Nothing needs to be done on a directory: [Open] enters the records of dead
// processes as [Interrupted]. On another store [Log.Recover] does. A record that a
// crash cut short is no damage, and neither is an entry that was not written to
// its end.
//
// # Years later
//
// [Archive.Verify] says whether the store is as it was written; [Record.Recheck]
// whether the signatures in it are good. Both are offline. [Log.AttachCheck] keeps
// today what Recheck will need.
//
// # What it costs
//
// On a directory a record costs three syncs before verify is sent, one for each
// piece of the answer, and one at its end. Entries that wait for each other share
// one. On Linux 4 MiB of disk are reserved for a record while it is written, so
// that a disk that fills up meanwhile does not break it.
package evidence
