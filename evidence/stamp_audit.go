package evidence

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strconv"

	"github.com/kakaocert-go/kakaocert/timestamp"
)

// ErrStamp says that a time stamp is not that of an authority which is trusted,
// or was not good when it was made. What is wrong is in a [timestamp.TokenError].
var ErrStamp = errors.New("evidence: time stamp is not accepted")

// Stamp is a good time stamp of a checkpoint. Everything that the checkpoint
// covers existed at Latest.
type Stamp struct {
	*timestamp.Token
	Checkpoint uint64 // its number
}

// StampedBy has [Archive.Verify] check all time stamps in the store with the
// authorities that the verifier trusts. [Report.Stamp] then returns the stamps
// of records.
func StampedBy(verifier *timestamp.Verifier) Known { return stampedBy{verifier} }

type stampedBy struct{ verifier *timestamp.Verifier }

// holdTo checks the stamps of all checkpoints that are right.
func (s stampedBy) holdTo(v *verification) {
	v.report.StampsChecked = true
	var good []*Stamp
	for _, number := range v.stamps {
		c, found := v.checkpoints[number]
		if !found {
			continue // it has a fault already
		}
		raw, err := readStamp(v.ctx, v.archive.store, number)
		var token *timestamp.Token
		if err == nil {
			token, err = s.verifier.Check(raw, c.Note)
		}
		if err != nil {
			if !v.damaged[number] {
				v.fault(stampFile(number), "", fmt.Errorf("%w: %w", ErrStamp, err))
			}
			continue
		}
		if number <= v.right { // what a wrong checkpoint covers is not known
			good = append(good, &Stamp{Token: token, Checkpoint: number})
		}
	}
	v.report.stamps = v.stampsOf(good)
	v.report.Stamped = len(v.report.stamps)
}

// stampsOf finds the earliest stamp of each record.
func (v *verification) stampsOf(good []*Stamp) map[string]Stamp {
	covers := coversOf(v.checkpoints, good)
	found := make(map[string]Stamp)
	for id, of := range v.ledger.records {
		if of.ended == nil {
			continue
		}
		if s := covers.of(of.ended.in, of.ended.Seq); s != nil {
			found[id] = *s
		}
	}
	return found
}

// cover says that a stamp covers the first entries of a chain.
type cover struct {
	count uint64
	stamp *Stamp
}

// covers are by chain, those with the lower count first.
type covers map[string][]cover

// coversOf takes the stamps in the order of their checkpoints. All later
// checkpoints cover what an earlier one covers: if a later stamp is of an
// earlier time, it counts in place of the earlier stamp.
func coversOf(checkpoints map[uint64]Checkpoint, good []*Stamp) covers {
	earliest := make([]*Stamp, len(good))
	for i := len(good) - 1; i >= 0; i-- {
		earliest[i] = good[i]
		if i+1 < len(good) && earliest[i+1].Latest().Before(good[i].Latest()) {
			earliest[i] = earliest[i+1]
		}
	}
	all := make(covers)
	next := uint64(1)
	for i, s := range good {
		grown := make(map[string]uint64)
		for ; next <= s.Checkpoint; next++ {
			for chain, count := range checkpoints[next].counts {
				grown[chain] = count
			}
		}
		for chain, count := range grown {
			all[chain] = append(all[chain], cover{count, earliest[i]})
		}
	}
	return all
}

// of returns the stamp of an entry, or nil.
func (c covers) of(chain string, number uint64) *Stamp {
	list := c[chain]
	i := sort.Search(len(list), func(i int) bool { return list[i].count >= number })
	if i == len(list) {
		return nil
	}
	return list[i].stamp
}

func stampFile(number uint64) string { return Object{KindStamp, checkpointID(number)}.file() }

// listStamps lists the stamps. It comes before the checkpoints are read: the
// checkpoint of each is then read too.
func (v *verification) listStamps() error {
	for o, err := range v.archive.store.Objects(v.ctx, KindStamp) {
		if err != nil {
			return err
		}
		number, err := strconv.ParseUint(o.ID, 10, 64)
		if err != nil || checkpointID(number) != o.ID {
			v.fault(o.file(), "", fmt.Errorf("%w: no name of a time stamp", ErrExtra))
			continue
		}
		v.stamps = append(v.stamps, number)
	}
	v.report.Stamps = len(v.stamps)
	return nil
}

// checkStamps reads every stamp and compares it with its checkpoint.
func (v *verification) checkStamps() error {
	v.damaged = make(map[uint64]bool)
	for _, number := range v.stamps {
		c, found := v.checkpoints[number]
		if !found {
			if !v.archive.isThere(v.ctx, Object{KindCheckpoint, checkpointID(number)}) {
				v.fault(stampFile(number), "", fmt.Errorf("%w: its checkpoint is not there", ErrExtra))
			}
			continue
		}
		raw, err := readStamp(v.ctx, v.archive.store, number)
		if ended := context.Cause(v.ctx); ended != nil {
			return ended
		}
		var info *timestamp.Info
		if err == nil {
			info, err = timestamp.Parse(raw)
		}
		switch _, unreadable := errors.AsType[*timestamp.TokenError](err); {
		case unreadable:
			err = damaged("no time stamp token")
		case err == nil && !info.Covers(c.Note):
			err = damaged("time stamp is of another checkpoint")
		}
		if err != nil {
			v.damaged[number] = true
			v.report.Faults = append(v.report.Faults, faultOf(stampFile(number), err))
		}
	}
	return nil
}
