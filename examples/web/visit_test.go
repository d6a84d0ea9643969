package main

import (
	"html"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

func TestVisit_FromTheFormToTheResult(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ kind, channel, product, result string }{
		"identity by message": {"identity", "message", "K1110T", "It is you"},
		"identity in the app": {"identity", "app", "K1120T", "It is you"},
		"contract by message": {"contract", "message", "K3510T", "Signed"},
		"contract in the app": {"contract", "app", "K3520T", "Signed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			_, _, start := b.get("/?lang=en")
			assert.Contains(t, start, `value="홍길동"`, "the simulator's user is suggested")

			tx := b.ask(test.kind, test.channel)
			assert.Equal(t, test.product, tx.Product)
			_, _, wait := b.get("/wait?lang=en")
			assert.Contains(t, wait, `href="`+b.sim.URL+`/_sim/phone?lang=en"`)
			if inApp := test.channel == "app"; inApp {
				assert.Contains(t, wait, "kakaotalk://")
				assert.Equal(t, b.page.URL+"/wait?lang=en", tx.ReturnURL)
			} else {
				assert.NotContains(t, wait, "kakaotalk://")
			}
			assert.Equal(t, progress{}, b.progress())

			require.NoError(t, b.sim.Sign(tx.TxID))
			asked := b.sim.Calls("status")
			assert.Equal(t, progress{Ended: true}, b.progress())
			assert.Equal(t, asked+1, b.sim.Calls("status"), "one question is one call")
			at, status, result := b.post("/finish?lang=en", nil)
			assert.Equal(t, "/result", at)
			assert.Equal(t, http.StatusOK, status)
			assert.Contains(t, result, test.result)
			assert.Contains(t, result, tx.TxID)
			assert.Equal(t, test.kind == "contract", strings.Contains(result, "certificate chain"))
			assert.Equal(t, 1, b.sim.Calls("verify"))
		})
	}
}

func TestVisit_RestartLosesNothing(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"identity", "contract"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			tx := b.ask(kind, "message")
			b.restart()
			assert.Equal(t, progress{}, b.progress())
			require.NoError(t, b.sim.Sign(tx.TxID))
			b.restart()
			assert.Equal(t, progress{Ended: true}, b.progress())
			at, _, first := b.post("/finish?lang=en", nil)
			assert.Equal(t, "/result", at)

			b.restart()
			at, status, again := b.get("/result?lang=en")
			assert.Equal(t, "/result", at)
			assert.Equal(t, http.StatusOK, status)
			assert.Equal(t, textOf(first), textOf(again), "from the evidence")
			at, _, _ = b.post("/finish?lang=en", nil)
			assert.Equal(t, "/result", at)
			assert.Equal(t, 1, b.sim.Calls("verify"))
		})
	}
}

// textOf leaves out the second, which is that of the evidence's end after a
// restart.
func textOf(page string) string {
	before, rest, _ := strings.Cut(page, "Confirmed at")
	_, after, _ := strings.Cut(rest, "KST")
	return before + after
}

// The process stops between verify and the check; this is what it leaves behind.
func TestVisit_ResultIsInTheEvidenceBeforeItIsChecked(t *testing.T) {
	t.Parallel()
	b := open(t)
	tx := b.ask("contract", "message")
	require.NoError(t, b.sim.Sign(tx.TxID))
	require.NoError(t, b.sim.Inject(kakaocerttest.Fault{Step: "signer", Kind: kakaocerttest.BadGateway, Times: 3}))
	at, status, text := b.post("/finish?lang=en", nil)
	assert.Equal(t, "/finish", at)
	assert.Equal(t, http.StatusBadGateway, status)
	assert.Contains(t, text, "Try again")

	b.restart()
	at, _, _ = b.post("/finish?lang=en", nil)
	assert.Equal(t, "/result", at)
	assert.Equal(t, 1, b.sim.Calls("verify"))

	record, err := b.set.Answer(tx.TxID)
	require.NoError(t, err)
	checks := 0
	for attachment, err := range record.Attachments() {
		require.NoError(t, err)
		assert.Equal(t, evidence.CheckName, attachment.Name)
		checks++
	}
	assert.Equal(t, 1, checks, "a second check is not kept beside the first")
}

func TestVisit_ManyClicksFetchOnce(t *testing.T) {
	t.Parallel()
	b := open(t)
	tx := b.ask("contract", "message")
	require.NoError(t, b.sim.Sign(tx.TxID))
	require.NoError(t, b.sim.Inject(kakaocerttest.Fault{Step: "verify", Kind: kakaocerttest.Trickle, Size: 4096, Delay: 1}))
	var clicks sync.WaitGroup
	for range 8 {
		clicks.Go(func() {
			at, status, _ := b.post("/finish?lang=en", nil)
			assert.Equal(t, "/result", at)
			assert.Equal(t, http.StatusOK, status)
		})
	}
	clicks.Wait()
	assert.Equal(t, 1, b.sim.Calls("verify"))
	assert.Equal(t, 1, b.sim.Calls("signer"))
}

func TestVisit_FetchesNothingBeforeItIsSigned(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.ask("identity", "message")
	_, status, text := b.post("/finish?lang=en", nil)
	assert.Equal(t, http.StatusConflict, status)
	assert.Contains(t, text, "Not signed yet")
	assert.Contains(t, text, `id="finish"`, "it is still the page that waits")
	at, _, _ := b.get("/result?lang=en")
	assert.Equal(t, "/wait", at)
	assert.Zero(t, b.sim.Calls("verify"))
}

func TestVisit_EndsWithoutASignature(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		act    func(*kakaocerttest.Server, string) error
		status int
		text   string
	}{
		"declined": {func(s *kakaocerttest.Server, id string) error { return s.Decline(id) }, http.StatusConflict, "You have declined"},
		"expired":  {func(s *kakaocerttest.Server, id string) error { return s.Expire(id) }, http.StatusGone, "The time to sign is over"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			tx := b.ask("contract", "message")
			require.NoError(t, test.act(b.sim, tx.TxID))
			assert.Equal(t, progress{Ended: true}, b.progress())
			at, status, text := b.post("/finish?lang=en", nil)
			assert.Equal(t, "/result", at)
			assert.Equal(t, test.status, status)
			assert.Contains(t, text, test.text)
			assert.Contains(t, text, "start again")
			assert.Zero(t, b.sim.Calls("verify"))
		})
	}
}

func TestVisit_UserCannotBeAsked(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		field, value string
		behaviour    kakaocerttest.Behaviour
		text         string
	}{
		"nobody has the number":  {"phone", "01099998888", kakaocerttest.Manual(), "We found no Kakao certificate"},
		"another name":           {"name", "김철수", kakaocerttest.Manual(), "We found no Kakao certificate"},
		"dormant":                {"phone", "01012345678", kakaocerttest.Dormant(), "This account cannot be used"},
		"a number from abroad":   {"phone", "01012345678", kakaocerttest.ForeignNumber(), "This account cannot be used"},
		"a birthday too short":   {"birthday", "1990", kakaocerttest.Manual(), "The date of birth must have 8 digits."},
		"a birthday of letters":  {"birthday", "19oo0101", kakaocerttest.Manual(), "The date of birth must have 8 digits."},
		"a month after December": {"birthday", "19901341", kakaocerttest.Manual(), "This date does not exist"},
		"a day after the last":   {"birthday", "19900230", kakaocerttest.Manual(), "This date does not exist"},
		"a number too short":     {"phone", "12", kakaocerttest.Manual(), "The number has 10 or 11 digits."},
		"no name":                {"name", " ", kakaocerttest.Manual(), "Please check the name."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			require.NoError(t, b.sim.SetBehaviour("01012345678", test.behaviour))
			form := hong("identity", "message")
			form.Set(test.field, test.value)
			at, status, text := b.post("/start?lang=en", form)
			assert.Equal(t, "/start", at)
			assert.Equal(t, http.StatusUnprocessableEntity, status)
			assert.Contains(t, text, test.text)
			assert.Contains(t, html.UnescapeString(text), `value="19`, "the form still has what was typed")
			at, _, _ = b.get("/wait")
			assert.Equal(t, "/", at, "there is no session")
		})
	}
}

func TestMaintenance(t *testing.T) {
	t.Parallel()
	b := open(t)
	down := kakaocerttest.Fault{Kind: kakaocerttest.Maintenance, Times: kakaocerttest.Always}
	require.NoError(t, b.sim.Inject(down))
	_, status, text := b.post("/start?lang=en", hong("identity", "message"))
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.Contains(t, text, "under maintenance")

	b.sim.ClearFaults()
	tx := b.ask("identity", "message")
	require.NoError(t, b.sim.Sign(tx.TxID))
	require.NoError(t, b.sim.Inject(down))
	assert.Contains(t, b.progress().Notice, "keeps asking")
	_, status, text = b.post("/finish?lang=en", nil)
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.Contains(t, text, "under maintenance")

	b.sim.ClearFaults()
	at, _, _ := b.post("/finish?lang=en", nil)
	assert.Equal(t, "/result", at, "nothing was lost by it")
}

func TestVisit_LostAnswerIsFetchedAgainByDecisionOnly(t *testing.T) {
	t.Parallel()
	b := open(t)
	tx := b.ask("contract", "message")
	require.NoError(t, b.sim.Sign(tx.TxID))
	require.NoError(t, b.sim.Inject(kakaocerttest.Fault{Step: "verify", Kind: kakaocerttest.DropAfter}))
	_, status, text := b.post("/finish?lang=en", nil)
	assert.Equal(t, http.StatusBadGateway, status)
	assert.Contains(t, text, "Try again")
	assert.Contains(t, text, "The result of your signature did not arrive")
	assert.Equal(t, 1, b.sim.Calls("verify"))

	_, status, text = b.post("/finish?lang=en", nil)
	assert.Equal(t, http.StatusBadGateway, status)
	assert.Contains(t, text, "could not be fetched")
	assert.Equal(t, 2, b.sim.Calls("verify"))
}

func TestVisit_UnknownTransactionEndsTheWaiting(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.ask("contract", "message")
	b.sim.ForgetTransactions()
	assert.Equal(t, progress{Ended: true}, b.progress())
	at, status, text := b.post("/finish?lang=en", nil)
	assert.Equal(t, "/finish", at)
	assert.Equal(t, http.StatusBadGateway, status)
	assert.Contains(t, text, "could not be fetched")
	assert.Zero(t, b.sim.Calls("verify"))
}

func TestVisit_LostAnswerToTheRequestAsksOnce(t *testing.T) {
	t.Parallel()
	b := open(t)
	require.NoError(t, b.sim.Inject(kakaocerttest.Fault{Step: "request", Kind: kakaocerttest.DropAfter}))
	require.NoError(t, b.sim.Inject(kakaocerttest.Fault{Step: "status", Kind: kakaocerttest.Refuse, Times: 3}))
	tx := b.ask("identity", "message")
	assert.Equal(t, 1, b.sim.Calls("request"))
	require.NoError(t, b.sim.Sign(tx.TxID))
	at, _, _ := b.post("/finish", nil)
	assert.Equal(t, "/result", at)
}

func TestVisit_RefusesAnotherPersonsSignaturePlainly(t *testing.T) {
	t.Parallel()
	for _, kind := range []kakaocerttest.FaultKind{kakaocerttest.AnotherUser, kakaocerttest.AnotherDocument, kakaocerttest.ExpiredCertificate} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			b := open(t)
			tx := b.ask("contract", "message")
			require.NoError(t, b.sim.Sign(tx.TxID))
			require.NoError(t, b.sim.Inject(kakaocerttest.Fault{Kind: kind}))
			at, status, text := b.post("/finish?lang=en", nil)
			assert.Equal(t, "/result", at)
			assert.Equal(t, http.StatusForbidden, status)
			assert.Contains(t, text, "This signature cannot be accepted")
			assert.NotContains(t, text, "Try again")
			_, _, text = b.get("/result?lang=ko")
			assert.Contains(t, text, "본인의 서명임을 확인할 수 없어")
			assert.Contains(t, b.log.String(), "level=ERROR")

			b.restart()
			_, status, _ = b.get("/result")
			assert.Equal(t, http.StatusForbidden, status)
		})
	}
}

// Without CI in the contract any user's signature verifies: who signed is known
// from signer info alone.
func TestVisit_RefusesAnotherPersonWithoutCI(t *testing.T) {
	t.Parallel()
	b := open(t, kakaocerttest.WithContract(kakaocerttest.Contract{WithoutCI: true}))
	tx := b.ask("identity", "message")
	require.NoError(t, b.sim.Sign(tx.TxID))
	visit := b.unseal()
	visit.Person.Name = "김철수"
	b.bring(b.seal(visit))
	_, status, _ := b.post("/finish", nil)
	assert.Equal(t, http.StatusForbidden, status)
	assert.Contains(t, b.log.String(), "signer mismatch")
}

func TestVisit_KoreanComesFirst(t *testing.T) {
	t.Parallel()
	b := open(t)
	_, _, text := b.get("/")
	assert.Contains(t, text, `<html lang="ko">`)
	r := b.request(http.MethodGet, "/", nil)
	r.Header.Set("Accept-Language", "en-GB,ko;q=0.5")
	_, text = b.do(r)
	assert.Contains(t, text, `<html lang="en">`)
	for key, text := range words {
		assert.NotEmpty(t, text[0], key)
		assert.NotEmpty(t, text[1], key)
	}
	for _, r := range []refusal{waiting, declined, expired, unknownUser, unavailable, mistyped, maintenance, lost, trouble, security} {
		if r != waiting {
			assert.Contains(t, words, r.key)
			assert.Contains(t, words, r.key+".text")
		}
	}
}
