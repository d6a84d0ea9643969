package verify

import (
	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
)

// kakaocertCommand contains the verbs that the tests of this package call.
var kakaocertCommand calltest.Command = func(getenv func(string) string) []*cli.Command {
	return []*cli.Command{Command(getenv), InspectCommand(), VIDCommand()}
}

var run = kakaocertCommand.Run
