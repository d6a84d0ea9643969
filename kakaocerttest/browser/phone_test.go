package browser

import (
	"bytes"
	"context"
	"fmt"
	"image"
	_ "image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/judge"
	"github.com/kakaocert-go/kakaocert/internal/sockets"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
	"github.com/kakaocert-go/kakaocert/kakaocerttest/console"
)

// TestMain prints which judges the tests heard.
func TestMain(m *testing.M) { judge.Main(m) }

// patience is how long a test may take. A machine under load is slow to start a
// browser, so it is also the limit of what chromedp limits by itself.
const patience = 8 * time.Minute

// phone is a page in a browser of its own, on a simulator of its own.
type phone struct {
	t      *testing.T
	ctx    context.Context
	sim    *kakaocerttest.Server
	client *kakaocert.Client
}

func open(t *testing.T, width, height int, options ...kakaocerttest.Option) *phone {
	t.Helper()
	ctx := browser(t, width, height)
	user := kakaocerttest.DefaultUser()
	user.Behaviour = kakaocerttest.Manual()
	options = append(options, kakaocerttest.WithHandler(console.Handler), kakaocerttest.WithUsers(user))
	sim := kakaocerttest.NewServer(t, options...)
	config := sim.Config()
	config.Evidence = kakaocert.UnsafeNoEvidence()
	client, err := kakaocert.NewClient(config)
	require.NoError(t, err)
	p := &phone{t: t, ctx: ctx, sim: sim, client: client}
	p.do(chromedp.Navigate(sim.URL + "/_sim/phone?lang=en"))
	p.do(chromedp.WaitVisible(".live.on"))
	return p
}

// browser starts a browser for one test.
func browser(t *testing.T, width, height int) context.Context {
	t.Helper()
	chromium := judge.Need(t, "chromium")
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.WindowSize(width, height), chromedp.WSURLReadTimeout(patience),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Env("TMPDIR="+sockets.Parent("org.chromium.Chromium.abcdef/SingletonSocket")))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	_, err := chromedp.Run(ctx, chromedp.EmulateViewport(int64(width), int64(height)))
	require.NoError(t, err)
	return ctx
}

func (p *phone) do(action chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	_, err := chromedp.Run(p.ctx, action)
	require.NoError(p.t, err)
}

func (p *phone) text(expression string) string {
	p.t.Helper()
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string]("String("+expression+")"))
	require.NoError(p.t, err)
	return text
}

func (p *phone) until(condition string) {
	p.t.Helper()
	_, err := chromedp.Run(p.ctx, chromedp.Poll[bool](condition, chromedp.WithPollingTimeout(patience)))
	require.NoError(p.t, err)
}

func hong() kakaocert.User {
	user := kakaocerttest.DefaultUser()
	return kakaocert.ByPerson(kakaocert.Person{Name: user.Name, Birthday: user.Birthday, Phone: user.Phone})
}

// contract asks the user to sign two documents.
func (p *phone) contract(title string) (txID string) {
	p.t.Helper()
	return p.contractOf(title, []kakaocert.Document{
		kakaocert.TextDocument("여신거래 기본약관", strings.Repeat("제1조 (목적) 이 약관은 거래의 공정한 처리를 위하여 정합니다.\n", 30)),
		kakaocert.TextDocument("개인정보 수집·이용 동의서", "성명, 생년월일, 연락처"),
	})
}

func (p *phone) contractOf(title string, documents []kakaocert.Document) (txID string) {
	p.t.Helper()
	tx, err := p.client.K3500.Prepare(p.ctx, &kakaocert.K3500PrepareParams{Product: kakaocert.K3511, User: hong()})
	require.NoError(p.t, err)
	_, err = p.client.K3500.Request(p.ctx, tx, &kakaocert.K3500RequestParams{
		Title: title, Desc: &kakaocert.Desc{RequestOrganization: "카카오서트캐피탈"}, Documents: documents,
	})
	require.NoError(p.t, err)
	return tx.TxID()
}

// consent asks the user for a withdrawal consent, from the institution's app.
func (p *phone) consent() (txID string) {
	p.t.Helper()
	tx, err := p.client.K3100.Prepare(p.ctx, &kakaocert.K3100PrepareParams{Product: kakaocert.K3120, User: hong()})
	require.NoError(p.t, err)
	_, err = p.client.K3100.Request(p.ctx, tx, &kakaocert.K3100RequestParams{
		Title: "통신요금 자동이체", ReturnURL: "https://bank.example/back",
		ExtraMessage: "매달 25일에 출금됩니다.",
		Consent: &kakaocert.Consent{
			BillingOrganization: "카카오서트통신", BankName: "카카오서트은행", AccountNumber: "110-123-456789",
			AccountHolder: "홍길동", AccountHolderBirthday: "19900101", CollectionType: kakaocert.CollectionCMS,
		},
	})
	require.NoError(p.t, err)
	return tx.TxID()
}

func (p *phone) status(txID string) string {
	tx, found := p.sim.Transaction(txID)
	require.True(p.t, found)
	return tx.Status
}

func TestPhone_SignDeclineExpire(t *testing.T) {
	t.Parallel()
	p := open(t, 1280, 900)
	for button, want := range map[string]string{"sign": "COMPLETED", "decline": "REJECTED", "expire": "EXPIRED"} {
		shown := ".done .is-" + strings.ToLower(want)
		txID := p.contract("대출 약정서")
		p.do(chromedp.WaitVisible("#" + button + "-" + txID)) // the page goes on by itself
		p.do(chromedp.Click("#" + button + "-" + txID))
		p.do(chromedp.WaitVisible(shown))
		assert.Equal(t, want, p.status(txID))
	}
	assert.Contains(t, p.text(`document.querySelector("#screen").innerText`), "Nothing waits to be signed")
}

func TestPhone_ReadingIsNotDisturbed(t *testing.T) {
	t.Parallel()
	p := open(t, 390, 844)
	first := p.contract("첫째")
	p.do(chromedp.WaitVisible("#sign-" + first))
	documents := fmt.Sprintf(`document.querySelector("[data-key='%s'] .documents")`, first)
	p.text(documents + ".scrollTop = 80")
	second := p.contract("둘째")
	p.do(chromedp.WaitVisible("#sign-" + second))
	assert.Equal(t, "80", p.text(documents+".scrollTop"))
}

func TestPhone_KeyboardIsEnough(t *testing.T) {
	t.Parallel()
	p := open(t, 1280, 900)
	first, second := p.contract("첫째"), p.contract("둘째") // the newest is on top
	p.do(chromedp.WaitVisible("#sign-" + first))
	p.do(chromedp.Focus("#sign-" + second))
	p.do(chromedp.KeyEvent(kb.Enter))
	p.do(chromedp.WaitNotPresent("#sign-" + second))
	p.until(fmt.Sprintf(`document.activeElement.id === "sign-%s"`, first)) // the next one
	p.do(chromedp.KeyEvent(kb.Tab))
	p.do(chromedp.KeyEvent(kb.Enter))
	p.do(chromedp.WaitVisible(".empty"))
	p.until(`document.activeElement.id === "screen"`)
	assert.Equal(t, "COMPLETED", p.status(second))
	assert.Equal(t, "REJECTED", p.status(first))
}

func TestPhone_EachOfManyDocumentsCanBeRead(t *testing.T) {
	t.Parallel()
	p := open(t, 390, 844)
	txID := p.contractOf("약관 200건", manyDocuments())
	p.do(chromedp.WaitVisible("#sign-" + txID))
	assert.Equal(t, "200", p.text(`document.querySelectorAll(".documents details").length`))
	assert.Equal(t, "1", p.text(`document.querySelectorAll(".documents details[open]").length`))
	p.do(chromedp.Focus(".documents details:nth-of-type(200) summary"))
	p.do(chromedp.KeyEvent(kb.Enter))
	p.do(chromedp.WaitVisible(".documents details:nth-of-type(200) pre"))
	next := p.contract("둘째")
	p.do(chromedp.WaitVisible("#sign-" + next))
	assert.Equal(t, "2", p.text(fmt.Sprintf(`document.querySelectorAll("[data-key='%s'] details[open]").length`, txID)), "it stays open")
}

func TestPhone_SaysWhatFails(t *testing.T) {
	t.Parallel()
	p := open(t, 390, 844)
	txID := p.contract("대출 약정서")
	p.do(chromedp.WaitVisible("#sign-" + txID))
	// Another client is faster: a button that the page has not removed yet.
	require.NoError(t, p.sim.Sign(txID))
	p.text(fmt.Sprintf(`(() => { const late = document.createElement("button"); late.id = "late"; late.textContent = "late"; late.dataset.send = "POST /_sim/transactions/%s/sign"; document.body.append(late); })()`, txID))
	p.text(`document.querySelector("#late").click()`) // the mouse might miss it: the page is about to change
	p.until(`document.querySelector("#toast").textContent.includes("answered before")`)
	p.shoot("toast")
	assert.Equal(t, "true", p.text(`document.querySelector(".flow").scrollWidth <= document.querySelector(".flow").clientWidth`), "answers are in sight")

	require.NoError(t, p.sim.Close())
	p.until(`!document.querySelector(".live.on") && document.querySelector("#toast").textContent.includes("No connection")`)
}

func TestPhone_MasksPersonalDataUntilAsked(t *testing.T) {
	t.Parallel()
	p := open(t, 1280, 900)
	p.contract("대출 약정서")
	p.do(chromedp.WaitVisible("#flow tbody tr"))
	side := `document.querySelector(".side").innerText`
	assert.Contains(t, p.text(side), "홍*동")
	assert.NotContains(t, p.text(side), "홍길동")
	assert.NotContains(t, p.text(side), "01012345678")
	p.do(chromedp.Click("#reveal"))
	p.until(side + `.includes("홍길동")`)         // among the calls
	p.until(side + `.includes("01012345678")`) // among the users, which are drawn after them
}

func TestPhone_SwitchesFaultsOnAndOff(t *testing.T) {
	t.Parallel()
	p := open(t, 1280, 900)
	p.text(`document.querySelector("select[name=kind]").value = "wrong_vid"`)
	p.do(chromedp.Click("#fault button"))
	p.do(chromedp.WaitVisible(".faults li"))
	faults := p.sim.Faults()
	require.Len(t, faults, 1)
	assert.Equal(t, kakaocerttest.WrongVID, faults[0].Kind)
	assert.Equal(t, "verify", faults[0].Step)
	p.do(chromedp.Click("#clear"))
	p.do(chromedp.WaitNotPresent(".faults li"))
	assert.Empty(t, p.sim.Faults())
}

func TestPhone_AnotherPageCannotSign(t *testing.T) {
	t.Parallel()
	p := open(t, 1280, 900)
	txID := p.contract("대출 약정서")
	sign := p.sim.URL + "/_sim/transactions/" + txID + "/sign"
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `<!doctype html><title>waiting</title><script>
fetch(%q, {method: "POST", mode: "no-cors"}).then(() => { document.title = "sent"; });
</script>`, sign)
	}))
	t.Cleanup(evil.Close)
	p.do(chromedp.Navigate(evil.URL))
	p.until(`document.title === "sent"`)
	assert.Equal(t, "REQUESTED", p.status(txID))
}

// scenes are the states that the page can show.
var scenes = map[string]func(p *phone){
	"empty": func(*phone) {},
	"contract": func(p *phone) {
		p.contract("대출 약정서")
		require.NoError(p.t, p.sim.Inject(kakaocerttest.Fault{Kind: kakaocerttest.AnotherUser}))
	},
	"consent": func(p *phone) { p.consent() },
	"many":    func(p *phone) { p.contractOf("전자금융거래 기본약관 외", manyDocuments()) },
	"long": func(p *phone) {
		p.contractOf(strings.Repeat("아주 긴 제목입니다 ", 12), []kakaocert.Document{
			kakaocert.TextDocument(strings.Repeat("긴이름", 30), strings.Repeat("끊을데없이긴단어", 80)),
			kakaocert.TextDocument("B", strings.Repeat("VeryLongWordWithoutAnyBreak", 40)),
		})
	},
	"history": func(p *phone) {
		for i, act := range []func(string) error{p.sim.Sign, p.sim.Decline, p.sim.Expire, p.sim.Sign, p.sim.Sign} {
			require.NoError(p.t, act(p.contract(fmt.Sprintf("약정서 %d", i+1))))
		}
		require.NoError(p.t, p.sim.Inject(kakaocerttest.Fault{Step: "prepare", Kind: kakaocerttest.Maintenance}))
		_, err := p.client.K1100.Prepare(p.ctx, &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: hong()})
		require.ErrorIs(p.t, err, kakaocert.ErrMaintenance)
	},
	"queue": func(p *phone) {
		for i := range 23 {
			p.contract(fmt.Sprintf("약정서 %d", i+1))
		}
	},
}

func manyDocuments() []kakaocert.Document {
	documents := make([]kakaocert.Document, 200)
	for i := range documents {
		documents[i] = kakaocert.TextDocument(fmt.Sprintf("약관 %d", i+1), strings.Repeat("제1조 (목적) 이 약관은 거래의 공정한 처리를 위하여 정합니다.\n", 5))
	}
	return documents
}

var sizes = map[string]image.Point{"desktop": {1280, 800}, "tablet": {820, 1100}, "phone": {390, 844}}

// With -artifacts the screenshots are kept, for a person to look at.
func TestPhone_Looks(t *testing.T) {
	t.Parallel()
	for scene, set := range scenes {
		t.Run(scene, func(t *testing.T) {
			t.Parallel()
			p := open(t, 1280, 900)
			set(p)
			for _, lang := range []string{"ko", "en"} {
				for name, size := range sizes {
					p.do(chromedp.EmulateViewport(int64(size.X), int64(size.Y)))
					p.do(chromedp.Navigate(p.sim.URL + "/_sim/phone?lang=" + lang))
					p.do(chromedp.WaitVisible(".live.on"))
					assert.Equal(t, "true", p.text(`document.documentElement.scrollWidth <= innerWidth`), "nothing sticks out: %s", name)
					picture := p.shoot(scene + "-" + name + "-" + lang)
					assert.Equal(t, size, picture.Bounds().Size())
					assert.True(t, has(picture, 0xfe, 0xe5, 0x00), "the brand's yellow is in sight")
				}
			}
		})
	}
}

// shoot takes a screenshot of the visible part, which is kept with -artifacts.
func (p *phone) shoot(name string) image.Image {
	p.t.Helper()
	return p.keep(name, chromedp.CaptureScreenshot())
}

// shootWhole is shoot for the entire page.
func (p *phone) shootWhole(name string) image.Image {
	p.t.Helper()
	return p.keep(name, chromedp.FullScreenshot(100))
}

func (p *phone) keep(name string, shooting chromedp.Action[[]byte]) image.Image {
	p.t.Helper()
	shot, err := chromedp.Run(p.ctx, shooting)
	require.NoError(p.t, err)
	require.NoError(p.t, os.WriteFile(filepath.Join(p.t.ArtifactDir(), name+".png"), shot, 0o600))
	picture, _, err := image.Decode(bytes.NewReader(shot))
	require.NoError(p.t, err)
	return picture
}

// has reports whether a picture contains an area of that colour.
func has(picture image.Image, r, g, b uint32) bool {
	count := 0
	bounds := picture.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			pr, pg, pb, _ := picture.At(x, y).RGBA()
			if pr>>8 == r && pg>>8 == g && pb>>8 == b {
				count++
			}
		}
	}
	return count > 2000
}
