package evidencedir

import (
	"slices"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/timestamp"
)

// stampTrustFlags say which time stamping authorities are trusted.
func stampTrustFlags() []cli.Flag {
	return []cli.Flag{
		call.TextFlag("tsa-roots", "trust time stamps below the certificates in this `PEM` file, and no others"),
		call.TextFlag("tsa-intermediates", "find authorities that a time stamp does not contain in this `PEM` file"),
		call.ListFlag("tsa-crl", "refuse time stamps of certificates that the list in this `FILE` (DER or PEM) revokes; may be repeated"),
	}
}

// stampFlags have checkpoints stamped.
func stampFlags() []cli.Flag {
	return slices.Concat(authorityFlags(), []cli.Flag{
		&cli.DurationFlag{Name: "tsa-every", Usage: "stamp it only if the newest stamp is older than this `DURATION`, at most 24h (default: stamp each)", HideDefault: true, OnlyOnce: true},
	}, stampTrustFlags())
}

// readStampVerifier returns what checks time stamps; nil where the call does not
// trust any authority.
func readStampVerifier(cmd *cli.Command) (*timestamp.Verifier, error) {
	trust, err := call.ReadTSARoots(cmd)
	switch {
	case err != nil:
		return nil, err
	case trust == nil && (cmd.String("tsa-intermediates") != "" || cmd.IsSet("tsa-crl")):
		return nil, call.Wrong("--tsa-intermediates and --tsa-crl need --tsa-roots")
	case trust == nil:
		return nil, nil
	}
	config := timestamp.Config{Roots: trust.Pool, Intermediates: trust.Intermediates}
	for _, file := range cmd.StringSlice("tsa-crl") {
		list, err := call.ReadText("tsa-crl", file)
		if err != nil {
			return nil, err
		}
		config.Revocation.CRLs = append(config.Revocation.CRLs, list)
	}
	verifier, err := timestamp.NewVerifier(config)
	if err != nil {
		return nil, call.Wrong("--tsa-crl: %w", err)
	}
	return verifier, nil
}

// readStamping returns the option for a call that has its checkpoint stamped.
func readStamping(cmd *cli.Command, getenv func(string) string) ([]evidence.CheckpointOption, error) {
	verifier, err := readStampVerifier(cmd)
	if err != nil {
		return nil, err
	}
	switch named := cmd.String("tsa-url") != ""; {
	case named != (verifier != nil):
		return nil, call.Wrong("--tsa-url and --tsa-roots must be given together: what cannot be checked later is not kept")
	case !named:
		for _, flag := range []string{"tsa-every", "tsa-user-file", "tsa-header-file", "tsa-client-cert"} {
			if cmd.IsSet(flag) {
				return nil, call.Wrong("%s needs --tsa-url", "--"+flag)
			}
		}
		return nil, nil
	}
	authority, err := readAuthority(cmd, getenv)
	if err != nil {
		return nil, err
	}
	stamper, err := timestamp.NewStamper(timestamp.StamperConfig{Authority: authority, Verifier: verifier})
	if err != nil {
		return nil, err
	}
	return []evidence.CheckpointOption{evidence.WithStamps(stamper, cmd.Duration("tsa-every"))}, nil
}

// asOf holds a record to its stamp, or to the present where it has none, if the
// call trusts time stamps.
func (a *audit) asOf(record *evidence.Record, line *recordLine) *evidence.Record {
	if !a.stamps {
		return record
	}
	stamp, found := a.report.Stamp(record.ID)
	if !found {
		line.unstamped = true
		return record.AsOf(time.Now())
	}
	line.StampedAt = call.TimeText(stamp.Time)
	return record.AsOf(stamp.Latest())
}
