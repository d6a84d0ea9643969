package main

import (
	"context"
	"io"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/pgstore"
)

func schemaCommand() *cli.Command {
	return &cli.Command{
		Name:      "schema",
		Usage:     "print the SQL that makes or upgrades the schema",
		UsageText: "kakaocert-pg schema [--from VERSION]",
		Description: `Prints SQL for the DBA to read and to run, in one transaction, as the role that is to own the
schema. Nothing is sent.

Example: kakaocert-pg schema | psql -v ON_ERROR_STOP=1 --single-transaction`,
		Flags: []cli.Flag{&cli.IntFlag{Name: "from", Usage: "the `VERSION` that the database has; 0 (the default): none"}},
		Action: func(_ context.Context, cmd *cli.Command) error {
			if err := call.NoArguments(cmd); err != nil {
				return err
			}
			sql, err := pgstore.Schema(cmd.Int("from"))
			if err != nil {
				return call.Wrong("--from must be from 0 to %d", pgstore.SchemaVersion)
			}
			_, err = io.WriteString(call.Stdout(cmd), sql)
			return err
		},
	}
}
