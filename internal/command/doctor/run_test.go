package doctor

import (
	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
	"github.com/kakaocert-go/kakaocert/internal/command/flow"
)

// kakaocertCommand contains the verbs that the tests of this package call. Its doctor
// does not wait between two calls.
var kakaocertCommand calltest.Command = func(getenv func(string) string) []*cli.Command {
	return []*cli.Command{
		verb{getenv: getenv, pace: -1}.command(),
		flow.IdentityCommand(getenv), flow.ContractCommand(getenv), flow.WithdrawalCommand(getenv),
	}
}

var run = kakaocertCommand.Run
