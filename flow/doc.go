// Package flow runs one signature, from prepare to the institution's own rows,
// across the death of the process that began it. Any process with the same store
// and evidence goes on where another stopped.
//
// A flow is a row of a [Store]. Each step of a [Machine] is at most one call to
// Kakao between two durable changes of that row, so that a process that finds the row
// knows what may have been sent. Nobody is asked twice, and no verify is sent
// without a place for its answer.
package flow
