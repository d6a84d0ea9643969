// Kakaocert-pg makes the schema of package pgstore, and audits, reads and purges
// the evidence in it.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert/internal/command/call"
)

var program = call.Program{
	Name:  "kakaocert-pg",
	Usage: "make the schema for evidence and flows in PostgreSQL, and audit, read and purge the evidence",
	Description: `Every verb has its own -h, with an example.

Exit status: 0 done, 1 the answer is no, 2 wrong call, 3 cannot be checked with the keys that
were given, 130 interrupted.`,
	Verbs: func(getenv func(string) string) []*cli.Command {
		return []*cli.Command{schemaCommand(), database.Command(getenv)}
	},
	Korean: inKorean(),
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := program.Run(ctx, os.Args, os.Environ(), os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
