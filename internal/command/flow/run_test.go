package flow

import (
	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
	"github.com/kakaocert-go/kakaocert/internal/command/evidencedir"
	"github.com/kakaocert-go/kakaocert/internal/command/verify"
)

// kakaocertCommand contains the verbs that the tests of this package call.
var kakaocertCommand calltest.Command = func(getenv func(string) string) []*cli.Command {
	return []*cli.Command{IdentityCommand(getenv), WithdrawalCommand(getenv), ContractCommand(getenv), ResumeCommand(getenv), verify.Command(getenv), verify.InspectCommand(), evidencedir.Command(getenv)}
}

var run = kakaocertCommand.Run
