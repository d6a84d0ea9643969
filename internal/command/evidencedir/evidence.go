// Package evidencedir defines the verbs for a directory of evidence, and for other
// places with evidence.
package evidencedir

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
)

// Command is the verb evidence for directories.
func Command(getenv func(string) string) *cli.Command { return directory.Command(getenv) }

// Command is the verb evidence.
func (p Place) Command(getenv func(string) string) *cli.Command {
	return p.reword(&cli.Command{
		Name:      "evidence",
		Usage:     "audit, read and purge an evidence directory",
		UsageText: "kakaocert evidence verify|list DIR [options]\nkakaocert evidence show|export DIR RECORD [options]\nkakaocert evidence copy DIR --to DIR\nkakaocert evidence purge DIR RECORD... --reason TEXT [options]\nkakaocert evidence checkpoint DIR --origin NAME --sign-key PEM [options]",
		Description: `The package evidence writes such a directory, and so does --out of withdrawal and contract. It
contains every answer that may have a signature, chained so that every change, removal and
addition shows.`,
		Action:   call.NeedVerb,
		Commands: []*cli.Command{p.verifyCommand(getenv), p.listCommand(), p.showCommand(getenv), p.exportCommand(getenv), p.copyCommand(), p.purgeCommand(), p.checkpointCommand(getenv)},
	})
}

func (p Place) listCommand() *cli.Command {
	return &cli.Command{
		Name:      "list",
		Usage:     "list the records",
		UsageText: "kakaocert evidence list DIR [--key-file FILE]... [--archive-key FILE]... [--json]",
		Description: `Prints one line for each record, in the order in which they were begun. No signature is checked.
A record that cannot be read is reported.

Exit status: 0 all could be read, 1 one could not, 2 wrong call or no such directory, 3 only the
keys are missing.

Example: kakaocert evidence list signed`,
		Flags: []cli.Flag{keyFilesFlag(), archiveKeysFlag(), call.JSONFlag("print JSON, one object on each line")},
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if err := onlyTheDirectory(cmd); err != nil {
				return err
			}
			archive, closes, err := p.openArchive(ctx, cmd)
			if err != nil {
				return err
			}
			defer closes()
			return listRecords(ctx, cmd, archive)
		},
	}
}

func keyFilesFlag() cli.Flag {
	return call.ListFlag("key-file", "read with the key in this `FILE`: 32 bytes, or their Base64 or hex; repeat it for older keys")
}

func archiveKeysFlag() cli.Flag {
	return call.ListFlag("archive-key", "read records that are sealed to an archive with its private key in this `FILE` (PEM); may be repeated")
}

func listRecords(ctx context.Context, cmd *cli.Command, archive *evidence.Archive) error {
	unreadable, locked := 0, 0
	for record, err := range archive.Records(ctx) {
		if record == nil {
			return err
		}
		line := recordLineOf(record)
		if err != nil {
			unreadable++
			if errors.Is(err, evidence.ErrKey) {
				locked++
			}
			line.Faults = append(line.Faults, err.Error())
		}
		if err := line.print(cmd); err != nil {
			return err
		}
	}
	switch {
	case unreadable == 0:
		return nil
	case unreadable == locked:
		return withoutKey(cmd)
	}
	return call.ErrNo
}

// withoutKey says which flags are missing: nothing is known to be wrong.
func withoutKey(cmd *cli.Command) error {
	errs := call.Stderr(cmd)
	fmt.Fprintln(errs, errs.T("kakaocert: records need --key-file or --archive-key"))
	return call.ErrUnchecked
}

// recordLine is what there is to say about a record.
type recordLine struct {
	Record     string           `json:"record"`
	Product    string           `json:"product"` // as it was called
	TxID       string           `json:"tx_id"`
	Outcome    evidence.Outcome `json:"outcome"`
	Reason     string           `json:"reason,omitempty"` // of an aborted or purged one
	BegunAt    string           `json:"begun_at"`
	SHA256     string           `json:"sha256,omitempty"` // of its file
	Faults     []string         `json:"faults"`
	StampedAt  string           `json:"stamped_at,omitempty"` // by a good time stamp
	Signatures []recheck        `json:"signatures,omitempty"` // where they were checked

	unstamped bool // although time stamps were checked
}

func recordLineOf(r *evidence.Record) recordLine {
	return recordLine{
		Record: r.ID, Product: r.Meta.Product, TxID: r.Meta.TxID, Outcome: r.Outcome, Reason: r.Reason,
		BegunAt: call.TimeText(r.Meta.BegunAt), SHA256: r.SHA256, Faults: []string{},
	}
}

func (l recordLine) print(cmd *cli.Command) error {
	if cmd.Bool("json") {
		return call.PrintJSON(call.Stdout(cmd), l)
	}
	out := call.Stdout(cmd)
	fmt.Fprintf(out, "%s  %s  %-6s  %s%s\n", l.Record, l.BegunAt, l.Product, l.TxID, l.words(out))
	for _, fault := range l.Faults {
		call.Field(out, "fault", "%s", fault)
	}
	for i, s := range l.Signatures {
		if !s.Verified {
			fmt.Fprintf(out, "  %-12s %d %s\n", "signature", i+1, s.Word(out))
		}
		if s.Hint != "" {
			call.Field(out, "hint", "%s", s.Hint)
		}
	}
	return nil
}

func (l recordLine) words(out *call.Console) string {
	words := "  " + string(l.Outcome)
	if l.Reason != "" {
		words += ": " + call.Printable(l.Reason)
	}
	switch good := l.verified(); {
	case len(l.Signatures) > 0 && good == len(l.Signatures):
		words += fmt.Sprintf(", %s", out.Paint(call.Green, fmt.Sprintf("%d verified", good)))
	case len(l.Signatures) > 0:
		words += fmt.Sprintf(", %s", out.Paint(call.Red, fmt.Sprintf("%d of %d verified", good, len(l.Signatures))))
	}
	switch {
	case l.StampedAt != "":
		words += ", " + out.Sprintf("stamped %s", l.StampedAt)
	case l.unstamped && len(l.Signatures) > 0:
		words += ", " + out.T("without a stamp: checked as of now")
	}
	return words
}

func (l recordLine) verified() int {
	good := 0
	for _, s := range l.Signatures {
		if s.Verified {
			good++
		}
	}
	return good
}
