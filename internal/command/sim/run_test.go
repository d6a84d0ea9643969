package sim

import (
	"testing"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
	"github.com/kakaocert-go/kakaocert/internal/command/verify"
)

// kakaocertCommand contains the verbs that the tests of this package call.
var kakaocertCommand calltest.Command = func(getenv func(string) string) []*cli.Command {
	return []*cli.Command{Command(getenv), verify.Command(getenv)}
}

var run = kakaocertCommand.Run

// TestMain prints which judges the tests heard.
func TestMain(m *testing.M) { kakaocertCommand.Main(m) }
