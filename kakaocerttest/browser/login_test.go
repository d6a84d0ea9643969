package browser

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/env"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// bank is a browser at the page of examples/login, whose users have the phone.
func bank(t *testing.T, p *phone) context.Context {
	t.Helper()
	ctx := browser(t, 390, 844)
	_, err := chromedp.Run(ctx, chromedp.Navigate(startPage(t, p.sim, "./examples/login")+"?lang=ko"))
	require.NoError(t, err)
	return ctx
}

// startPage starts an example that serves a page, with the simulator's keys, and
// reads the page's address out of what it prints.
func startPage(t *testing.T, sim *kakaocerttest.Server, program string) (address string) {
	t.Helper()
	roots := filepath.Join(t.TempDir(), "roots.pem")
	require.NoError(t, os.WriteFile(roots, sim.RootPEM(), 0o600))
	environment := append(sim.Environ(), env.Roots+"="+roots, "TMPDIR="+t.TempDir())
	lines := startProgram(t, environment, program, "-listen", "127.0.0.1:0")
	for {
		line, err := lines.ReadString('\n')
		require.NoError(t, err)
		if address, found := strings.CutPrefix(line, "page:"); found {
			return strings.TrimSpace(address)
		}
	}
}

// until waits for what a page shows after the browser has gone from one site to
// another, where chromedp's own waiting watches the page that was left.
func until(t *testing.T, ctx context.Context, selector string) {
	t.Helper()
	shown := func() bool {
		found, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.readyState === "complete" && document.querySelector("`+selector+`") !== null`))
		return err == nil && found
	}
	require.Eventually(t, shown, patience, 50*time.Millisecond, selector)
}

// click clicks by a script in the page, for the same reason.
func click(t *testing.T, ctx context.Context, selector string) {
	t.Helper()
	until(t, ctx, selector)
	_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.querySelector("`+selector+`").click(), true`))
	require.NoError(t, err)
}

func text(t *testing.T, ctx context.Context, selector string) string {
	t.Helper()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector("`+selector+`").innerText`))
	require.NoError(t, err)
	return text
}

// A complete login as a person sees it: the bank's page, Kakao's page, the
// phone, and back.
func TestLogin_InTheBrowser(t *testing.T) {
	t.Parallel()
	p := open(t, 390, 844)
	page := bank(t, p)
	click(t, page, "#login")
	click(t, page, "button.agree")
	until(t, page, ".waiting")
	waiting := p.sim.Transactions()
	require.Len(t, waiting, 1)
	p.do(chromedp.Click("#sign-" + waiting[0].TxID)) // on the phone
	until(t, page, "#user")
	assert.Contains(t, text(t, page, "#user"), "홍길동님")
	p.do(chromedp.WaitVisible(".done .is-completed em small")) // fetched

	click(t, page, "#logout")
	click(t, page, "#login")
	click(t, page, "button[value=cancel]")
	until(t, page, "#message")
	assert.Contains(t, text(t, page, "#message"), "취소")

	require.NoError(t, p.sim.Inject(kakaocerttest.Fault{Kind: kakaocerttest.WrongState}))
	require.NoError(t, p.sim.SetBehaviour(kakaocerttest.DefaultUser().Phone, kakaocerttest.SignAfter(0)))
	click(t, page, "#login")
	click(t, page, "button.agree")
	until(t, page, "#message")
	assert.Contains(t, text(t, page, "#message"), "이 브라우저에서 시작한 로그인이 아닙니다")
}

// With -artifacts the screenshots are kept, for a person to look at.
func TestLogin_Looks(t *testing.T) {
	t.Parallel()
	p := open(t, 1280, 800)
	require.NoError(t, p.sim.SetBehaviour(kakaocerttest.DefaultUser().Phone, kakaocerttest.SignAfter(0)))
	b := &phone{t: t, ctx: bank(t, p), sim: p.sim}
	shoot := func(scene string) {
		for _, name := range []string{"desktop", "phone"} {
			b.resize(sizes[name])
			assert.Equal(t, "true", b.text(`document.documentElement.scrollWidth <= innerWidth`), "nothing sticks out: %s", name)
			b.shootWhole("login-" + scene + "-" + name)
		}
	}
	for _, lang := range []string{"ko", "en"} {
		until(t, b.ctx, "#login")
		if b.text(`document.documentElement.lang`) != lang {
			click(t, b.ctx, "a.lang")
			until(t, b.ctx, "html[lang="+lang+"] #login")
		}
		shoot("start-" + lang)
		click(t, b.ctx, "#login")
		until(t, b.ctx, "button[value=cancel]")
		if b.text(`document.documentElement.lang`) != lang { // the simulated page follows the browser
			click(t, b.ctx, "header a")
			until(t, b.ctx, "html[lang="+lang+"] button[value=cancel]")
		}
		shoot("kauth-" + lang)
		click(t, b.ctx, "button[value=cancel]")
		until(t, b.ctx, "#message")
		assert.Equal(t, lang, b.text(`document.documentElement.lang`), "it comes back in its language")
		shoot("cancelled-" + lang)
		click(t, b.ctx, "#login")
		click(t, b.ctx, "button.agree")
		until(t, b.ctx, "#user")
		shoot("done-" + lang)
		click(t, b.ctx, "#logout")
	}
}

func TestSession_OnThePhone(t *testing.T) {
	t.Parallel()
	p := open(t, 390, 844)
	tx, err := p.client.K2220.Prepare(p.ctx, &kakaocert.K2220PrepareParams{Product: kakaocert.K3220, User: hong()})
	require.NoError(t, err)
	_, err = p.client.K2220.Request(p.ctx, tx, &kakaocert.K2220RequestParams{SessionLength: 6 * time.Hour, Title: "주식 주문"})
	require.NoError(t, err)
	assert.Equal(t, "REQUESTED", p.status(tx.TxID()))
	opened := make(chan error, 1)
	go func() { opened <- p.sim.NewApp(kakaocerttest.DefaultUser().Phone).Open(p.ctx, tx.TxID()) }()
	p.do(chromedp.WaitVisible("#sign-" + tx.TxID()))
	assert.Contains(t, p.text(`document.querySelector("#screen").innerText`), "6h0m0s")
	p.do(chromedp.Click("#sign-" + tx.TxID()))
	p.do(chromedp.WaitVisible(".done .is-completed"))
	assert.Contains(t, p.text(`document.querySelector(".done").innerText`), "until")
	require.NoError(t, <-opened)
}
