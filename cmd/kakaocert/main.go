// Kakaocert checks signatures, runs flows and simulates the KakaoTalk
// Certification Service.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert/cmd/kakaocert/internal/call"
	"github.com/kakaocert-go/kakaocert/cmd/kakaocert/internal/doctor"
	"github.com/kakaocert-go/kakaocert/cmd/kakaocert/internal/evidencedir"
	"github.com/kakaocert-go/kakaocert/cmd/kakaocert/internal/flow"
	"github.com/kakaocert-go/kakaocert/cmd/kakaocert/internal/languages"
	"github.com/kakaocert-go/kakaocert/cmd/kakaocert/internal/sim"
	"github.com/kakaocert-go/kakaocert/cmd/kakaocert/internal/verify"
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
