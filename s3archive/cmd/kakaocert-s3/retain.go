package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/s3archive"
)

func retainCommand() *cli.Command {
	return &cli.Command{
		Name:      "retain",
		Usage:     "extend the locks of what is in the bucket",
		UsageText: "kakaocert-s3 retain --bucket NAME --keep-days NUMBER|--until TIME [--record ID]... [--without-records] [--yes] [--prefix TEXT] [--path-style] [--json]",
		Description: `Only extends locks, never shortens one, and nobody can take an extension back. So nothing is
extended without --yes: the objects that would be are counted. The version that was put first is
extended, as fetch writes it. Objects of purged records keep the lock that they have.

--keep-days is that of archive: each record and each attachment is locked for so many days from
when it was put, and chains, checkpoints and stamps for so many days from now, since the newest
record needs them all. Run it when the days have become more, and once a year for the second reason
(--without-records does that alone).

--until locks everything until a time, for example by order of a court. With --record only that
record is extended, with its attachments, also if it was purged, and the chains, checkpoints and
stamps, without which nobody can audit it.

If it is interrupted, run it again: what has a lock that is long enough is passed over.

Exit status: 0 extended (or counted), 1 something in the bucket was not locked or was put there by
others, or a lock could not be extended, 2 wrong call, 130 interrupted.

Example: kakaocert-s3 retain --bucket evidence --until 2036-12-31T23:59:59+09:00 --yes`,
		Flags: bucketFlags(
			&cli.IntFlag{Name: "keep-days", Usage: "each object must be locked for this `NUMBER` of days"},
			call.TextFlag("until", "each object must be locked until this `RFC3339` time"),
			call.ListFlag("record", "of the records only the one with this `ID`; may be repeated"),
			&cli.BoolFlag{Name: "without-records", Usage: "only chains, checkpoints and stamps"},
			&cli.BoolFlag{Name: "yes", Usage: "extend them"},
			call.JSONFlag("print one JSON object")),
		Action: retain,
	}
}

func retain(ctx context.Context, cmd *cli.Command) error {
	if err := call.NoArguments(cmd); err != nil {
		return err
	}
	params, err := retainParams(cmd)
	if err != nil {
		return err
	}
	bucket, err := openBucket(ctx, cmd, 0)
	if err != nil {
		return err
	}
	done, err := bucket.Retain(ctx, params)
	if wrong := new(kakaocert.ArgumentError); errors.As(err, &wrong) {
		return call.Wrong("%w", err)
	}
	if err := errors.Join(err, printRetained(cmd, params, done)); err != nil {
		return err
	}
	if len(done.Unlocked)+len(done.Strange)+len(done.Faults) > 0 {
		return call.ErrNo
	}
	return nil
}

func retainParams(cmd *cli.Command) (p s3archive.RetainParams, err error) {
	switch days := cmd.Int("keep-days"); {
	case cmd.IsSet("keep-days") == cmd.IsSet("until"):
		return p, call.Wrong("for how long? give --keep-days or --until")
	case cmd.IsSet("keep-days") && days < 1:
		return p, call.Wrong("--keep-days must be above zero")
	case days > 36500:
		return p, call.Wrong("--keep-days must be at most 36500")
	case cmd.Bool("without-records") && cmd.IsSet("record"):
		return p, call.Wrong("--record and --without-records exclude each other")
	}
	p = s3archive.RetainParams{
		KeepFor: time.Duration(cmd.Int("keep-days")) * day, Records: cmd.StringSlice("record"),
		WithoutRecords: cmd.Bool("without-records"), DryRun: !cmd.Bool("yes"),
	}
	if cmd.IsSet("until") {
		if p.Until, err = time.Parse(time.RFC3339, cmd.String("until")); err != nil {
			return p, call.Wrong("--until must be as in 2036-12-31T23:59:59+09:00")
		}
	}
	return p, nil
}

func printRetained(cmd *cli.Command, p s3archive.RetainParams, r *s3archive.Retained) error {
	if cmd.Bool("json") {
		return call.PrintJSON(call.Stdout(cmd), struct {
			DryRun   bool     `json:"dry_run"`
			Extended int      `json:"extended"`
			Kept     int      `json:"kept"`
			Purged   int      `json:"purged"`
			Unlocked []string `json:"unlocked"`
			Strange  []string `json:"strange"`
			Faults   []string `json:"faults"`
		}{p.DryRun, r.Extended, r.Kept, r.Purged, orEmpty(r.Unlocked), orEmpty(r.Strange), texts(r.Faults)})
	}
	out, errs := call.Stdout(cmd), call.Stderr(cmd)
	if p.DryRun {
		fmt.Fprintln(errs, errs.Sprintf("kakaocert-s3: nothing was extended: %d objects would be with --yes", r.Extended))
	} else {
		fmt.Fprintln(out, out.Sprintf("extended: %d objects", r.Extended))
	}
	fmt.Fprintln(out, out.Sprintf("locked long enough: %d objects; of purged records: %d", r.Kept, r.Purged))
	printNames(out, []names{{"unlocked", r.Unlocked}, {"strange", r.Strange}, {"fault", texts(r.Faults)}})
	return nil
}
