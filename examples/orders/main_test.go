package main

import (
	"bytes"
	"flag"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage/stagetest"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

func TestRun_SignsAndChecksAThousandOrders(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-out", t.TempDir(), "-sign-after", "0"}, stagetest.Getenv(), &out))
	assert.Contains(t, out.String(), "1000 orders, each signed and each new")
	assert.Contains(t, out.String(), "the last one once more")
	for _, personal := range []string{"홍길동", "19900101", "01012345678"} {
		assert.NotContains(t, out.String(), personal)
	}
}

func TestRun_EndsAtAnOrderThatIsNotTheUsersNewOne(t *testing.T) {
	t.Parallel()
	for kind, want := range map[kakaocerttest.FaultKind]error{
		kakaocerttest.WrongKey:       kakaocert.ErrSignature,
		kakaocerttest.Replay:         kakaocert.ErrReplayed,
		kakaocerttest.ExpiredSession: kakaocert.ErrSessionExpired,
		kakaocerttest.AnotherUser:    kakaocert.ErrVIDMismatch,
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			set := ready(t)
			app := set.Simulator.NewApp(set.Person.Phone)
			require.NoError(t, set.Simulator.Inject(kakaocerttest.Fault{Kind: kind, Times: kakaocerttest.Always}))
			var out bytes.Buffer
			stored, err := begin(t.Context(), set, app, &out)
			if err == nil {
				err = trade(t.Context(), stored, app, 2, &out)
			}
			assert.ErrorIs(t, err, want)
		})
	}
}

func ready(t *testing.T) *stage.Signing {
	t.Helper()
	var from stage.SigningFlags
	flags := flag.NewFlagSet("orders", flag.ContinueOnError)
	from.Register(flags)
	require.NoError(t, flags.Parse([]string{"-out", t.TempDir(), "-sign-after", "0"}))
	set, err := from.Set(stagetest.Getenv())
	require.NoError(t, err)
	t.Cleanup(set.Close)
	return set
}

func TestRun_DoesNotSimulateARealApp(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := run(t.Context(), []string{"-out", t.TempDir()}, stagetest.Getenv(stagetest.Simulator(t)...), &out)
	assert.ErrorContains(t, err, "without keys")
	assert.Empty(t, out.String())
}
