package flow

import (
	"testing"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert/cmd/kakaocert/internal/call/calltest"
	"github.com/kakaocert-go/kakaocert/cmd/kakaocert/internal/evidencedir"
	"github.com/kakaocert-go/kakaocert/cmd/kakaocert/internal/verify"
	"github.com/kakaocert-go/kakaocert/internal/judge"
)

// kakaocertCommand has the verbs that the tests of this package call.
var kakaocertCommand calltest.Command = func(getenv func(string) string) []*cli.Command {
	return []*cli.Command{IdentityCommand(getenv), WithdrawalCommand(getenv), ContractCommand(getenv), ResumeCommand(getenv), verify.Command(getenv), verify.InspectCommand(), evidencedir.Command(getenv)}
}

var run = kakaocertCommand.Run

// TestMain prints which judges the tests heard.
func TestMain(m *testing.M) { judge.Main(m) }
