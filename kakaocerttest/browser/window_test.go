package browser

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// windowPage is a browser at the page of examples/window.
func windowPage(t *testing.T, p *phone) context.Context {
	t.Helper()
	ctx := browser(t, 1280, 800)
	_, err := chromedp.Run(ctx, chromedp.Navigate(startPage(t, p.sim, "./examples/window")+"?lang=ko"))
	require.NoError(t, err)
	return ctx
}

// An identity check as a person sees it: the bank's page, Kakao's window, the
// phone, and back.
func TestWindow_InTheBrowser(t *testing.T) {
	t.Parallel()
	p := open(t, 390, 844)
	page := windowPage(t, p)
	click(t, page, "#open")
	click(t, page, "button.agree")
	until(t, page, ".waiting")
	waiting := p.sim.Transactions()
	require.Len(t, waiting, 1)
	assert.Equal(t, "K1400T", waiting[0].Product)
	p.do(chromedp.Click("#sign-" + waiting[0].TxID)) // on the phone
	until(t, page, "#person")
	assert.Contains(t, text(t, page, "#person"), "홍길동님")
	p.do(chromedp.WaitVisible(".done .is-completed em small")) // fetched

	click(t, page, "#end")
	click(t, page, "#open")
	click(t, page, "button[value=cancel]")
	until(t, page, "#message")
	assert.Contains(t, text(t, page, "#message"), "본인인증을 마치지 않았습니다")
}

// Without the script that opens the window, the page says so.
func TestWindow_SaysThatItCannotBeOpened(t *testing.T) {
	t.Parallel()
	p := open(t, 390, 844)
	page := windowPage(t, p)
	until(t, page, "#open")
	_, err := chromedp.Run(page, chromedp.Evaluate[bool]("delete window.Kakao"))
	require.NoError(t, err)
	click(t, page, "#open")
	until(t, page, "#unopened:not([hidden])")
	assert.Contains(t, text(t, page, "#unopened"), "인증 창을 열 수 없습니다")
}

// With -artifacts the screenshots are kept, for a person to look at.
func TestWindow_Looks(t *testing.T) {
	t.Parallel()
	p := open(t, 1280, 800)
	require.NoError(t, p.sim.SetBehaviour(kakaocerttest.DefaultUser().Phone, kakaocerttest.SignAfter(0)))
	b := &phone{t: t, ctx: windowPage(t, p), sim: p.sim}
	shoot := func(scene string) {
		for _, name := range []string{"desktop", "phone"} {
			b.resize(sizes[name])
			assert.Equal(t, "true", b.text(`document.documentElement.scrollWidth <= innerWidth`), "nothing sticks out: %s", name)
			b.shootWhole("window-" + scene + "-" + name)
		}
	}
	for _, lang := range []string{"ko", "en"} {
		until(t, b.ctx, "#open")
		if b.text(`document.documentElement.lang`) != lang {
			click(t, b.ctx, "a.lang")
			until(t, b.ctx, "html[lang="+lang+"] #open")
		}
		shoot("start-" + lang)
		click(t, b.ctx, "#open")
		click(t, b.ctx, "button[value=cancel]")
		until(t, b.ctx, "#message")
		assert.Equal(t, lang, b.text(`document.documentElement.lang`), "it comes back in its language")
		shoot("ended-" + lang)
		click(t, b.ctx, "#open")
		click(t, b.ctx, "button.agree")
		until(t, b.ctx, "#person")
		shoot("done-" + lang)
		click(t, b.ctx, "#end")
	}
}
