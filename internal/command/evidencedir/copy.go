package evidencedir

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert/internal/command/call"
)

func (p Place) copyCommand() *cli.Command {
	return &cli.Command{
		Name:      "copy",
		Usage:     "write everything into a new evidence directory",
		UsageText: "kakaocert evidence copy DIR --to DIR",
		Description: `Writes chains, records, attachments and checkpoints into a new directory, as they are: for an
audit elsewhere with kakaocert evidence verify, or for an archive. It needs no key. Keys with which
processes finish flows are not copied. What others begin meanwhile is not in the copy.

Exit status: 0 written, 1 it could not be read or written, 2 wrong call.

Example: kakaocert evidence copy signed --to audit-2026`,
		Flags: []cli.Flag{call.TextFlag("to", "write into this `DIR`, which must not exist")},
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if err := onlyTheDirectory(cmd); err != nil {
				return err
			}
			to := cmd.String("to")
			if to == "" {
				return call.Wrong("--to is missing: say where to write")
			}
			archive, closes, err := p.openArchive(ctx, cmd)
			if err != nil {
				return err
			}
			defer closes()
			if err := archive.Export(ctx, to); err != nil {
				return fmt.Errorf("--to: %w", err)
			}
			return nil
		},
	}
}
