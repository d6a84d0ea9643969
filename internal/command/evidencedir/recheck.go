package evidencedir

import (
	"context"
	"errors"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/verdict"
)

// recheck is what was found about one signature.
type recheck struct {
	verdict.Verdict
	// RevocationBy is where the answers come from that say good or revoked: kept
	// with the record, or fetched where those did not suffice.
	RevocationBy string `json:"revocation_by,omitempty"`
}

const (
	byKept    = "kept"
	byFetched = "fetched"
)

// revocations counts signatures by what is known about revocation, and from
// where. NotChecked includes those that failed before.
type revocations struct {
	Kept       int `json:"kept"`
	Fetched    int `json:"fetched"`
	Unknown    int `json:"unknown"`
	NotChecked int `json:"not_checked"`
}

func (r *revocations) count(s recheck) {
	switch {
	case s.RevocationBy == byKept:
		r.Kept++
	case s.RevocationBy == byFetched:
		r.Fetched++
	case s.Revocation != "":
		r.Unknown++
	default:
		r.NotChecked++
	}
}

// online is what fetches answers about revocation that were not kept.
type online struct {
	fetcher kakaocert.RevocationFetcher
	mode    kakaocert.RevocationMode
}

func readOnline(cmd *cli.Command, getenv func(string) string, hasRoots bool) (*online, error) {
	switch {
	case !cmd.Bool("fetch") && cmd.IsSet("revocation"):
		return nil, call.Wrong("--revocation needs --fetch")
	case !cmd.Bool("fetch"):
		return nil, nil
	case !hasRoots:
		return nil, call.Wrong("--fetch needs --roots: without them no signature is checked")
	}
	mode, err := call.ReadRevocationMode(cmd, kakaocert.RevocationHard)
	if err != nil || mode == call.RevocationOff {
		return nil, call.Wrong("--revocation must be soft or hard")
	}
	fetcher, err := call.NewFetcher(getenv)
	return &online{fetcher: fetcher, mode: mode}, err
}

// recheck returns nothing for a record that contains no signature, or none any
// more. What was kept with the record comes first; nothing is fetched where that
// suffices for every signature, unless it might have been revoked between its
// check and its stamp.
func (a *audit) recheck(ctx context.Context, record *evidence.Record) ([]recheck, error) {
	intermediates := kakaocert.WithIntermediates(a.roots.Intermediates...)
	checks, err := record.Recheck(a.roots.Pool, a.protocol, intermediates)
	if errors.Is(err, evidence.ErrNoSignature) {
		return nil, nil
	}
	found := make([]recheck, len(checks))
	missing := false
	for i, c := range checks {
		found[i] = recheckOf(c, byKept)
		missing = missing || found[i].lacksRevocation()
	}
	if err != nil || a.online == nil || !missing && !a.stamps {
		return found, err
	}
	checks, err = record.RecheckOnline(ctx, a.roots.Pool, a.protocol, a.online.mode, a.online.fetcher, intermediates)
	if err := errors.Join(err, ctx.Err()); err != nil {
		return nil, err
	}
	for i, c := range checks {
		again := recheckOf(c, byFetched)
		if !found[i].lacksRevocation() && again.Revocation == found[i].Revocation {
			again.RevocationBy = found[i].RevocationBy
		}
		found[i] = again
	}
	return found, nil
}

func recheckOf(c kakaocert.DocumentCheck, by string) recheck {
	r := recheck{Verdict: verdict.Of(c.Verified, c.Err, false)}
	switch kakaocert.RevocationStatus(r.Revocation) {
	case kakaocert.RevocationGood, kakaocert.RevocationRevoked:
		r.RevocationBy = by
	}
	return r
}

// lacksRevocation reports that the signature failed only because revocation is
// unknown, or passed without being asked about it.
func (r recheck) lacksRevocation() bool {
	return r.RevocationBy == "" && (r.Verified || r.Revocation == string(kakaocert.RevocationUnknown))
}
