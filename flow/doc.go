// Package flow runs one signature, from prepare to the institution's own rows.
// A flow survives the death of the process that began it: any process with the
// same store and evidence continues it.
//
// A flow is a row of a [Store]. Each step of a [Machine] is at most one call to
// Kakao between two durable changes of that row, so that a process that finds
// the row knows what may have been sent. No user is asked twice, and no verify
// is sent without a place for its answer.
package flow
