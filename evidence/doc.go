// Package evidence keeps every answer to a verify in a directory, encrypted,
// from its first byte on.
//
// Kakao hands a signature over once and deletes it. So [Dir], a
// [kakaocert.Sink], makes a record, durably, before verify is sent; each piece
// of the answer is on disk before the next is read; and the record is whole,
// synced and entered into a journal before Verify returns. A process that is
// killed at any point leaves a record of every verify that it had sent, with
// every byte that it had read.
//
// # The directory
//
// A directory has a journal and a file for each record. The journal's entries
// are chained by digest and each is authenticated with the key, so that a changed,
// removed or added record shows. Only an earlier [Head] shows that the end of the
// journal was cut off: print it at regular times to a place where those who can
// write the directory cannot write, such as a log server, and give it to
// [Archive.Verify] later.
//
// The file FORMAT.md in this package's directory describes both precisely enough to
// write another reader.
//
// # Years
//
// The time to [Open] a directory, and the memory, grow with the number of records. [Months] is the
// Sink for programs that run for years: it keeps a directory for each month
// under one parent.
//
// # What is encrypted
//
// Answers, attachments, reasons and the digests of what was asked are encrypted
// with AES-256-GCM under keys derived from the caller's. Product, tx_id,
// times, sizes, outcomes and digests of encrypted files are in clear. To change
// the key, open the directory with the new one and give the old ones for reading.
//
// # After a crash
//
// Nothing needs to be done: [Open] enters the records of dead processes as
// [Interrupted]. A record or a line of the journal that a crash cut short is not
// damage.
//
// # Years later
//
// [Archive.Verify] reports whether the directory is as it was written, and
// [Record.Recheck] whether the signatures in it are good. Both are offline.
// [Dir.AttachCheck] keeps today what Recheck will need.
//
// # What it costs
//
// A record costs three syncs before verify is sent, one for each piece of the
// answer, and one at its end. Entries of the journal that wait for each other
// share one. On Linux 4 MiB of disk are reserved for a record
// while it is written, so that a disk that fills up meanwhile does not break
// it.
package evidence
