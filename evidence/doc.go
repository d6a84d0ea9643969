// Package evidence keeps every answer to a verify, encrypted,
// from its first byte on.
//
// Kakao hands a signature over once and deletes it. Therefore a [Log], which is
// a [kakaocert.Sink], makes a record durably before verify is sent. Each piece
// of the answer is durable before the next is read, and the record is complete
// and entered into a chain before Verify returns. A process that is killed at
// any point leaves a record of every verify that it had sent, with every byte
// that it had read.
//
// # Where it is kept
//
// A log keeps its bytes in a [Store]. On a directory each process appends all
// that it writes to one file. [Archive.Export] copies a store into a directory
// with a file for each record. [Open] opens a log on a directory, for
// one machine; [NewLog] opens one on any store, such as a database that many
// machines share, or memory in a test (evidencetest.NewMemory). An [Archive]
// reads, audits and checks all of them in the same way.
//
// # Chains
//
// Each writer adds to a chain of its own. Its entries are chained by digest and
// each is authenticated with the key, so an audit finds a changed, removed or
// added record. A chain begins with the ends of those before it, so an audit
// also finds that a whole chain was removed. A chain whose end was cut off,
// with no other chain after it, is found only with its [Head]: print the heads
// regularly to a place that those who can write the store cannot change, such
// as a log server, and give them to [Archive.Verify] later.
//
// The file FORMAT.md in this package's directory describes all of it precisely
// enough to write another reader.
//
// # Years
//
// The time to [Open] a directory, and the memory, grow with the number of
// records. [Months] is the Sink for programs that run for years: it keeps one
// directory for each month under one parent.
//
// # What is encrypted
//
// Answers, attachments, reasons and the digests of requested documents are
// encrypted with AES-256-GCM. Product, tx_id, times, sizes, outcomes and
// digests of encrypted files are in clear. By default the writers' [Key] opens
// all records. With a [Recipient], the public key of an archive, new records
// are sealed to that key: the writers can read a record only until
// [Log.Forget], and the private key, an [Opener], may be in an HSM. Give two
// recipients, and keep the private key of one in a safe.
//
// # After a crash
//
// A directory needs no repair: [Open] enters the records of dead processes as
// [Interrupted]. On another store call [Log.Recover]. Neither an incomplete
// record nor an incomplete entry that a crash left is damage.
//
// # Years later
//
// [Archive.Verify] reports whether the store is as it was written, and
// [Record.Recheck] whether the signatures in it are good. Both work offline.
// Call [Log.AttachCheck] today to keep what Recheck will need. Have checkpoints
// stamped ([WithStamps]) if a recheck must not depend on your own clock
// ([Record.AsOf]).
//
// # What it costs
//
// On a directory a record costs one sync before verify is sent, one for each
// piece of the answer, and one at its end. Records that are written at the same
// time share these syncs. On Linux the process reserves 4 MiB of disk for each
// record that is being written, and 16 MiB for the next, so that a disk that
// fills up meanwhile does not break it.
package evidence
