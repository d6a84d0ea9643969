package browser

import (
	"image"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/kakaocerttest"
	"github.com/kakaocert-go/kakaocert/kakaocerttest/console"
)

// institution is the institution's page of examples/web in a browser, on a simulator.
type institution struct {
	phone // its page is the institution's
	url   string
}

func openInstitution(t *testing.T, width, height int) *institution {
	t.Helper()
	ctx := browser(t, width, height)
	user := kakaocerttest.DefaultUser()
	user.Behaviour = kakaocerttest.Manual()
	sim := kakaocerttest.NewServer(t, kakaocerttest.WithHandler(console.Handler), kakaocerttest.WithUsers(user))
	b := &institution{phone: phone{t: t, ctx: ctx, sim: sim}}
	b.url = startPage(t, sim, "./examples/web")
	return b
}

// begin fills in the form, as a visitor does, and arrives at the waiting page.
func (b *institution) begin(kind, channel, lang string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.url + "?lang=" + lang))
	b.do(chromedp.WaitVisible("#submit"))
	for field, value := range map[string]string{"name": "홍길동", "birthday": "1990-01-01", "phone": "010-1234-5678"} {
		b.fill(field, value)
	}
	b.do(chromedp.Click("input[value=" + kind + "]"))
	b.do(chromedp.Click("input[value=" + channel + "]"))
	b.do(chromedp.Click("#submit"))
	b.do(chromedp.WaitVisible("#finish"))
}

// fill replaces the text that a field suggests.
func (b *institution) fill(field, value string) {
	b.t.Helper()
	b.text(`document.querySelector("#` + field + `").value = ""`)
	b.do(chromedp.SendKeys("#"+field, value))
}

// answer opens the phone page in its own tab, as the waiting page's link does,
// and presses a button there.
func (b *institution) answer(button string) {
	b.t.Helper()
	opened := chromedp.WaitNewTarget(b.ctx, func(info *target.Info) bool { return strings.Contains(info.URL, "/_sim/phone") })
	b.do(chromedp.Click("#phone"))
	tab, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(<-opened))
	defer cancel() // closes the tab
	selector := "#" + button + "-" + b.latest().TxID
	click(b.t, tab, selector)
	until(b.t, tab, "body:not(:has("+selector+"))") // it was sent, before the tab goes
}

func (b *institution) latest() kakaocerttest.Transaction {
	b.t.Helper()
	all := b.sim.Transactions()
	require.NotEmpty(b.t, all)
	return all[len(all)-1]
}

func (p *phone) resize(size image.Point) {
	p.t.Helper()
	p.do(chromedp.EmulateViewport(int64(size.X), int64(size.Y)))
}

func TestWeb_VisitorSignsAndThePageGoesOn(t *testing.T) {
	t.Parallel()
	for kind, products := range map[string][2]string{"identity": {"K1110T", "K1120T"}, "contract": {"K3510T", "K3520T"}} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			b := openInstitution(t, 1280, 900)
			for i, channel := range []string{"message", "app"} {
				b.begin(kind, channel, "en")
				assert.Equal(t, products[i], b.latest().Product)
				b.answer("sign")
				b.do(chromedp.WaitVisible("#done")) // by itself
				assert.Equal(t, i+1, b.sim.Calls("verify"))
			}
		})
	}
}

func TestWeb_SecondClickAsksNobodyTwice(t *testing.T) {
	t.Parallel()
	b := openInstitution(t, 390, 844)
	b.do(chromedp.Navigate(b.url + "?lang=en"))
	b.do(chromedp.WaitVisible("#submit"))
	sends := `document.querySelector("form").dispatchEvent(new SubmitEvent("submit", {cancelable: true}))`
	assert.Equal(t, "true", b.text(sends))
	assert.Equal(t, "false", b.text(sends))
}

func TestWeb_VisitorDeclines(t *testing.T) {
	t.Parallel()
	b := openInstitution(t, 390, 844)
	b.begin("contract", "message", "en")
	b.answer("decline")
	b.do(chromedp.WaitVisible("#refused"))
	assert.Contains(t, b.text(`document.querySelector("main").innerText`), "You have declined")
}

// KakaoTalk returns to the page, which then still knows the visitor.
func TestWeb_AppReturnsToTheWaitingPage(t *testing.T) {
	t.Parallel()
	b := openInstitution(t, 390, 844)
	b.begin("identity", "app", "ko")
	assert.Contains(t, b.text(`document.querySelector("#app").href`), "kakaotalk://")
	tx := b.latest()
	require.NoError(t, b.sim.Sign(tx.TxID))
	b.do(chromedp.Navigate(b.sim.URL + "/_sim/phone?lang=ko"))
	b.do(chromedp.Click(`.done a`)) // back to the institution
	b.do(chromedp.WaitVisible("#done"))
	assert.Contains(t, b.text(`document.querySelector("main").innerText`), "홍길동")
}

// Two tabs wait for the same signature, and it is fetched once.
func TestWeb_TwoTabsFetchOnce(t *testing.T) {
	t.Parallel()
	b := openInstitution(t, 1280, 900)
	b.begin("contract", "message", "en")
	tab, cancel := chromedp.NewContext(b.ctx)
	t.Cleanup(cancel)
	second := phone{t: t, ctx: tab, sim: b.sim}
	second.do(chromedp.Navigate(b.url + "wait?lang=en"))
	second.do(chromedp.WaitVisible("#finish"))
	require.NoError(t, b.sim.Sign(b.latest().TxID))
	for _, p := range []phone{b.phone, second} {
		p.do(chromedp.WaitVisible("#done"))
	}
	assert.Equal(t, 1, b.sim.Calls("verify"))
}

// visits are the states that the pages can show.
var visits = map[string]func(b *institution, lang string){
	"start": func(b *institution, lang string) {
		b.do(chromedp.Navigate(b.url + "?lang=" + lang))
		b.do(chromedp.WaitVisible("#submit"))
		b.do(chromedp.Click(".document summary"))
	},
	"unknown": func(b *institution, lang string) {
		b.do(chromedp.Navigate(b.url + "?lang=" + lang))
		b.fill("name", "김철수")
		b.do(chromedp.Click("#submit"))
		b.do(chromedp.WaitVisible(".alert"))
	},
	"no-date": func(b *institution, lang string) {
		b.do(chromedp.Navigate(b.url + "?lang=" + lang))
		b.fill("birthday", "19901341")
		b.do(chromedp.Click("#submit"))
		b.do(chromedp.WaitVisible("#birthday-hint.wrong"))
	},
	"too-early": func(b *institution, lang string) {
		b.begin("identity", "message", lang)
		b.do(chromedp.Click("#finish button"))
		b.do(chromedp.WaitVisible(".alert b"))
	},
	"forged": func(b *institution, lang string) {
		require.NoError(b.t, b.sim.Inject(kakaocerttest.Fault{Kind: kakaocerttest.AnotherDocument}))
		b.begin("contract", "message", lang)
		require.NoError(b.t, b.sim.Sign(b.latest().TxID))
		b.do(chromedp.WaitVisible("#refused"))
	},
	"wait-message": func(b *institution, lang string) { b.begin("identity", "message", lang) },
	"wait-app":     func(b *institution, lang string) { b.begin("contract", "app", lang) },
	"result-identity": func(b *institution, lang string) {
		b.begin("identity", "message", lang)
		require.NoError(b.t, b.sim.Sign(b.latest().TxID))
		b.do(chromedp.WaitVisible("#done"))
	},
	"result-contract": func(b *institution, lang string) {
		b.begin("contract", "message", lang)
		require.NoError(b.t, b.sim.Sign(b.latest().TxID))
		b.do(chromedp.WaitVisible("#done"))
	},
	"expired": func(b *institution, lang string) {
		b.begin("contract", "message", lang)
		require.NoError(b.t, b.sim.Expire(b.latest().TxID))
		b.do(chromedp.WaitVisible("#refused"))
	},
}

// With -artifacts the screenshots are kept, for a person to look at.
func TestWeb_Looks(t *testing.T) {
	t.Parallel()
	b := openInstitution(t, 1280, 900)
	for visit, set := range visits {
		for _, lang := range []string{"ko", "en"} {
			set(b, lang)
			for _, name := range []string{"desktop", "phone"} {
				b.resize(sizes[name])
				assert.Equal(t, "true", b.text(`document.documentElement.scrollWidth <= innerWidth`), "nothing sticks out: %s", name)
				assert.Equal(t, lang, b.text(`document.documentElement.lang`))
				picture := b.shootWhole("institution-" + visit + "-" + name + "-" + lang)
				assert.True(t, has(picture, 0xf2, 0xf5, 0xf2), "the page has its style")
			}
		}
	}
}
