// Kakaocert checks signatures, runs flows and simulates the KakaoTalk
// Certification Service.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/doctor"
	"github.com/kakaocert-go/kakaocert/internal/command/evidencedir"
	"github.com/kakaocert-go/kakaocert/internal/command/flow"
	"github.com/kakaocert-go/kakaocert/internal/command/languages"
	"github.com/kakaocert-go/kakaocert/internal/command/sim"
	"github.com/kakaocert-go/kakaocert/internal/command/verify"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := call.Run(ctx, verbs, os.Args, os.Environ(), os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// verbs are what the command can do, in the order of its help.
func verbs(getenv func(string) string) []*cli.Command {
	return []*cli.Command{
		verify.Command(getenv),
		verify.InspectCommand(),
		verify.VIDCommand(),
		flow.IdentityCommand(getenv),
		flow.WithdrawalCommand(getenv),
		flow.ContractCommand(getenv),
		flow.ResumeCommand(getenv),
		evidencedir.Command(getenv),
		sim.Command(getenv),
		languages.Command(),
		doctor.Command(getenv),
		versionCommand(),
	}
}
