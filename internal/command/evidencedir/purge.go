package evidencedir

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
)

func (p Place) purgeCommand() *cli.Command {
	return &cli.Command{
		Name:      "purge",
		Usage:     "remove records whose time is over, and leave a tombstone for each",
		UsageText: "kakaocert evidence purge DIR (RECORD... | --before TIME) --reason TEXT [--key-file FILE]... [--yes]",
		Description: `RECORD is the record's ID or the transaction's tx_id. A chain keeps the time, the
reason, and the digest of each removed record, so that it still holds. The reason is in
clear there: it must not contain personal data. The first --key-file must be the key with which
the directory is written.

Without --yes nothing is removed: the records that would be removed are listed. Copies on a disk
or in a backup are not reached.

Exit status: 0 removed (or listed), 1 a record could not be removed, 2 wrong call or no such
record.

Example:
  kakaocert evidence purge signed --before 2021-11-26T00:00:00+09:00 \
    --reason "kept for 5 years" --key-file key --yes`,
		Flags: []cli.Flag{
			keyFilesFlag(),
			call.TextFlag("before", "the records that were begun before this `RFC3339` time"),
			call.TextFlag("reason", "the reason for the removal, as `TEXT`"),
			&cli.BoolFlag{Name: "yes", Usage: "remove them"},
			call.JSONFlag("print JSON, one object on each line"),
		},
		Action: p.purge,
	}
}

func (p Place) purge(ctx context.Context, cmd *cli.Command) error {
	var before time.Time
	if cmd.IsSet("before") {
		var err error
		if before, err = time.Parse(time.RFC3339, cmd.String("before")); err != nil {
			return call.Wrong("--before must be as in 2026-03-01T09:30:00+09:00")
		}
	}
	switch records := cmd.Args().Len() > 1; {
	case records == cmd.IsSet("before"):
		return call.Wrong("which records? name them, or give --before")
	case cmd.String("reason") == "":
		return call.Wrong("--reason is missing: the chain says why a record was removed")
	}
	chosen, err := p.chooseRecords(ctx, cmd, before)
	if err != nil {
		return err
	}
	if !cmd.Bool("yes") {
		errs := call.Stderr(cmd)
		fmt.Fprintln(errs, errs.Sprintf("kakaocert: nothing was removed: %d records would be with --yes", len(chosen)))
		return printRecords(cmd, chosen)
	}
	log, closes, err := p.openToWrite(ctx, cmd)
	if err != nil {
		return err
	}
	defer func() { _ = closes() }()
	for _, record := range chosen {
		if err := log.Purge(ctx, cmd.String("reason"), record.ID); err != nil {
			return err
		}
	}
	return printRecords(cmd, chosen)
}

// chooseRecords finds the records of the call that are not purged yet. A damaged
// one may be purged too.
func (p Place) chooseRecords(ctx context.Context, cmd *cli.Command, before time.Time) ([]*evidence.Record, error) {
	archive, closes, err := p.openArchive(ctx, cmd)
	if err != nil {
		return nil, err
	}
	defer closes()
	var chosen []*evidence.Record
	for _, name := range cmd.Args().Tail() {
		record, err := findRecord(ctx, archive, name)
		if record == nil {
			return nil, err
		}
		chosen = append(chosen, record)
	}
	if cmd.IsSet("before") {
		for record, err := range archive.Records(ctx) {
			if record == nil {
				return nil, err
			}
			if record.Outcome != evidence.Purged && record.Outcome != evidence.InProgress && record.Meta.BegunAt.Before(before) {
				chosen = append(chosen, record)
			}
		}
	}
	return chosen, nil
}

func printRecords(cmd *cli.Command, records []*evidence.Record) error {
	for _, record := range records {
		if err := recordLineOf(record).print(cmd); err != nil {
			return err
		}
	}
	return nil
}
