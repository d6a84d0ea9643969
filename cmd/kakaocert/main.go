// Kakaocert checks signatures, runs flows and simulates the KakaoTalk
// Certification Service.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert"
)

// Exit codes.
const (
	exitDone  = 0
	exitNo    = 1 // the answer is no
	exitWrong = 2 // wrong call, or no such file
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args, os.Getenv, os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// errNo says that the answer is no, and that it was printed.
var errNo = errors.New("the answer is no")

// wrongCall is a mistake of the caller's.
type wrongCall struct{ err error }

func (e wrongCall) Error() string { return e.err.Error() }
func (e wrongCall) Unwrap() error { return e.err }

func wrong(format string, args ...any) error { return wrongCall{fmt.Errorf(format, args...)} }

// run is the whole command.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := &cli.Command{
		Name:                      "kakaocert",
		Usage:                     "check signatures of, call, and simulate the KakaoTalk Certification Service",
		Version:                   kakaocert.Version,
		Reader:                    stdin,
		Writer:                    stdout,
		ErrWriter:                 stderr,
		DisableSliceFlagSeparator: true,
		ExitErrHandler:            func(context.Context, *cli.Command, error) {},
		Action:                    needVerb,
		Commands:                  verbs(getenv),
	}
	for _, verb := range root.Commands {
		verb.OnUsageError = usageError
	}
	root.OnUsageError = usageError
	return exitCode(root.Run(ctx, args), stderr)
}

// verbs are what the command can do, in the order of its help.
func verbs(_ func(string) string) []*cli.Command {
	return []*cli.Command{}
}

func needVerb(_ context.Context, cmd *cli.Command) error {
	if cmd.Args().Present() {
		return wrong("no such verb: %s; kakaocert -h lists them", cmd.Args().First())
	}
	return wrong("which verb? kakaocert -h lists them")
}

func usageError(_ context.Context, cmd *cli.Command, err error, _ bool) error {
	return wrong("%w; %s -h says how", err, cmd.FullName())
}

func exitCode(err error, stderr io.Writer) int {
	var mistake wrongCall
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errNo):
		return exitNo
	case errors.As(err, &mistake):
		fmt.Fprintln(stderr, "kakaocert:", err)
		return exitWrong
	}
	fmt.Fprintln(stderr, "kakaocert:", err)
	return exitNo
}
