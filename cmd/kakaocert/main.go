// Kakaocert checks signatures, runs flows and simulates the KakaoTalk
// Certification Service.
package main

import (
	"context"
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

// run is the whole command.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	out, errs := newConsole(stdout, getenv), newConsole(stderr, getenv)
	root := &cli.Command{
		Name:                      "kakaocert",
		Usage:                     "check signatures of, call, and simulate the KakaoTalk Certification Service",
		Description:               description,
		Version:                   kakaocert.Version,
		Reader:                    stdin,
		Writer:                    out,
		ErrWriter:                 errs,
		DisableSliceFlagSeparator: true,
		ExitErrHandler:            func(context.Context, *cli.Command, error) {},
		Action:                    needVerb,
		Commands:                  verbs(getenv),
		EnableShellCompletion:     true,
		ConfigureShellCompletionCommand: func(completion *cli.Command) {
			completion.Hidden = false
			completion.Usage = "print what makes the shell complete verbs and flags: bash, zsh, fish or pwsh"
			settle(completion)
		},
	}
	settle(root)
	code := exitCode(root.Run(ctx, args), errs)
	if out.err != nil { // whoever asked has no answer
		fmt.Fprintln(errs, "kakaocert: standard output:", out.err)
		return exitWrong
	}
	return code
}

const description = `Every verb has its own -h, with an example.

Exit status: 0 done, 1 the answer is no, 2 wrong call or no such file.

Keys are taken from the environment: KAKAOCERT_DEALER_KEY, KAKAOCERT_INSTITUTION_KEY,
KAKAOCERT_SETTLE_ID, KAKAOCERT_ENC_KEY and KAKAOCERT_ENC_IV, all or none; without them calls
go to the built-in simulator. KAKAOCERT_ENV is test (the default) or production,
KAKAOCERT_BASE_URL another address than Kakao's, KAKAOCERT_PROTOCOL a protocol file,
KAKAOCERT_ROOTS the roots that are trusted where --roots is not given.

Completion in bash: source <(kakaocert completion bash); kakaocert completion -h has the others.`

// verbs are what the command can do, in the order of its help.
func verbs(getenv func(string) string) []*cli.Command {
	return []*cli.Command{
		verifyCommand(getenv),
		inspectCommand(),
		vidCommand(),
		identityCommand(getenv),
		withdrawalCommand(getenv),
		contractCommand(getenv),
		evidenceCommand(getenv),
		simCommand(getenv),
		doctorCommand(getenv),
		versionCommand(),
	}
}

// settle gives a command and those below it what all have in common. A verb
// that takes files has no help command: h is a file too.
func settle(root *cli.Command) {
	_ = root.Walk(func(cmd *cli.Command) error {
		cmd.OnUsageError = usageError
		cmd.HideHelpCommand = len(cmd.Commands) == 0
		return nil
	})
}
