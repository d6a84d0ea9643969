//go:build live

package kakaocert_test

import (
	"flag"
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/env"
	"github.com/kakaocert-go/kakaocert/internal/recorder"
)

var (
	liveName     = flag.String("live.name", "", "the name of the person who will sign on the phone")
	liveBirthday = flag.String("live.birthday", "", "YYYYMMDD")
	livePhone    = flag.String("live.phone", "", "digits only")
	liveRecord   = flag.String("live.record", "", "record the scrubbed calls to this file")
)

// TestLive_K1100 does the K1110 flow against the host that the environment
// names, with a real person who signs on a real phone:
//
//	go test -tags live -run TestLive -live.name ... -live.birthday ... -live.phone ...
func TestLive_K1100(t *testing.T) {
	setting, err := env.Read(os.Getenv)
	require.NoError(t, err)
	if !setting.Set {
		t.Skip("no keys in the environment: KAKAOCERT_DEALER_KEY and the others")
	}
	require.NotEqual(t, kakaocert.Production, setting.Config.Environment, "the live test is for the test host")
	user := kakaocert.ByPerson(kakaocert.Person{Name: *liveName, Birthday: *liveBirthday, Phone: *livePhone})
	if *liveRecord != "" {
		r := &recorder.Recorder{Next: http.DefaultTransport, Protocol: setting.Protocol, Invented: invented(t)}
		setting.Config.Transport = r
		defer func() { require.NoError(t, r.Save(*liveRecord)) }()
	}
	nonce := kakaocert.NewNonce()
	require.NoError(t, identityFlow(kakaocert.K1110)(t, newClient(t, setting.Config), user, nonce))
}
