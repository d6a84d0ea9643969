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
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

const patience = time.Minute // a machine under load is slow to start a browser

// phone is a page in a browser of its own, on a simulator of its own.
type phone struct {
	t      *testing.T
	ctx    context.Context
	sim    *kakaocerttest.Server
	client *kakaocert.Client
}

func open(t *testing.T, width, height int) *phone {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("needs chromium")
	}
	user := kakaocerttest.DefaultUser()
	user.Behaviour = kakaocerttest.Manual()
	sim := kakaocerttest.NewServer(t, kakaocerttest.WithControl(), kakaocerttest.WithUsers(user))
	config := sim.Config()
	config.Evidence = kakaocert.UnsafeNoEvidence()
	client, err := kakaocert.NewClient(config)
	require.NoError(t, err)

	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.WindowSize(width, height),
		chromedp.Flag("disable-dev-shm-usage", true))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	p := &phone{t: t, ctx: ctx, sim: sim, client: client}
	p.do(chromedp.EmulateViewport(int64(width), int64(height)))
	p.do(chromedp.Navigate(sim.URL + "/_sim/phone?lang=en"))
	p.do(chromedp.WaitVisible(".live.on"))
	return p
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
	_, err := chromedp.Run(p.ctx, chromedp.Poll[bool](condition))
	require.NoError(p.t, err)
}

// contract asks the user to sign two documents.
func (p *phone) contract(title string) (txID string) {
	p.t.Helper()
	user := kakaocerttest.DefaultUser()
	tx, err := p.client.K3500.Prepare(p.ctx, &kakaocert.K3500PrepareParams{
		Product: kakaocert.K3511,
		User:    kakaocert.ByPerson(kakaocert.Person{Name: user.Name, Birthday: user.Birthday, Phone: user.Phone}),
	})
	require.NoError(p.t, err)
	_, err = p.client.K3500.Request(p.ctx, tx, &kakaocert.K3500RequestParams{
		Title: title,
		Desc:  &kakaocert.Desc{RequestOrganization: "카카오서트캐피탈"},
		Documents: []kakaocert.Document{
			kakaocert.TextDocument("여신거래 기본약관", strings.Repeat("제1조 (목적) 이 약관은 거래의 공정한 처리를 위하여 정합니다.\n", 30)),
			kakaocert.TextDocument("개인정보 수집·이용 동의서", "성명, 생년월일, 연락처"),
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

func TestSignDeclineExpire(t *testing.T) {
	t.Parallel()
	p := open(t, 1280, 900)
	for button, want := range map[string]string{"sign": "COMPLETED", "decline": "REJECTED", "expire": "EXPIRED"} {
		txID := p.contract("대출 약정서")
		p.do(chromedp.WaitVisible("#" + button + "-" + txID)) // the page goes on by itself
		p.do(chromedp.Click("#" + button + "-" + txID))
		p.do(chromedp.WaitVisible(".done .is-" + want))
		assert.Equal(t, want, p.status(txID))
	}
	assert.Contains(t, p.text(`document.querySelector("#screen").innerText`), "Nothing waits to be signed")
}

func TestReadingIsNotDisturbed(t *testing.T) {
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

func TestPersonalDataIsMaskedUntilAsked(t *testing.T) {
	t.Parallel()
	p := open(t, 1280, 900)
	p.contract("대출 약정서")
	p.do(chromedp.WaitVisible("#flow tbody tr"))
	side := `document.querySelector(".side").innerText`
	assert.Contains(t, p.text(side), "홍*동")
	assert.NotContains(t, p.text(side), "홍길동")
	assert.NotContains(t, p.text(side), "01012345678")
	p.do(chromedp.Click("#reveal"))
	p.until(side + `.includes("홍길동")`)
	assert.Contains(t, p.text(side), "01012345678")
}

func TestFaultsAreSwitchedOnAndOff(t *testing.T) {
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

func TestAnotherPageCannotSign(t *testing.T) {
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

// With -artifacts the screenshots stay, for a person to look at.
func TestLooks(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]image.Point{"desktop": {1280, 900}, "phone": {390, 844}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := open(t, size.X, size.Y)
			p.do(chromedp.WaitVisible("#sign-" + p.contract("대출 약정서")))
			require.NoError(t, p.sim.Inject(kakaocerttest.Fault{Kind: kakaocerttest.AnotherUser}))
			p.do(chromedp.Navigate(p.sim.URL + "/_sim/phone?lang=ko"))
			p.do(chromedp.WaitVisible(".faults li"))
			assert.Equal(t, "true", p.text(`document.documentElement.scrollWidth <= innerWidth`), "nothing sticks out")

			shot, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(t.ArtifactDir(), name+".png"), shot, 0o600))
			picture, _, err := image.Decode(bytes.NewReader(shot))
			require.NoError(t, err)
			assert.Equal(t, size, picture.Bounds().Size())
			assert.True(t, has(picture, 0xfe, 0xe5, 0x00), "the Sign button is in sight")
		})
	}
}

// has reports whether a picture has a patch of that colour.
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
