// Kakaocert-s3 archives evidence, from a directory or from PostgreSQL, in a bucket
// with object lock, and fetches such an archive for an audit. It is a module of its
// own, so that s3archive needs no driver of a database.
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
	Name:  "kakaocert-s3",
	Usage: "archive evidence in a bucket with object lock, fetch it for an audit, and extend its locks",
	Description: `Every verb has its own -h, with an example.

Region, credentials and address are those of Amazon's tools: AWS_REGION, AWS_PROFILE,
AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL and so on.

Exit status: 0 done, 1 something is not as it must be, 2 wrong call, 130 interrupted.`,
	Verbs: func(func(string) string) []*cli.Command {
		return []*cli.Command{archiveCommand(), fetchCommand(), retainCommand()}
	},
	Korean: inKorean,
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := program.Run(ctx, os.Args, os.Environ(), os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
