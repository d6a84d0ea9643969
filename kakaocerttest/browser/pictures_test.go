package browser

import (
	"bytes"
	"flag"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

var pictures = flag.String("pictures", "", "write the documents' pictures to this `directory`: ../../docs/images")

// TestPictures makes the pictures of the documents:
//
//	go test -run TestPictures . -pictures ../../docs/images
func TestPictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("-pictures names no directory")
	}
	require.NoError(t, os.MkdirAll(*pictures, 0o755))
	t.Run("phone", picturePhone)
	t.Run("institution", pictureInstitution)
}

func picturePhone(t *testing.T) {
	clock := kakaocerttest.NewClock(time.Date(2026, 3, 2, 0, 30, 0, 0, time.UTC))
	p := open(t, 1280, 800, kakaocerttest.WithClock(clock))
	require.NoError(t, p.sim.Sign(p.consent()))
	clock.Advance(2 * time.Minute)
	require.NoError(t, p.sim.Decline(p.contract("카드 발급 신청서")))
	clock.Advance(time.Minute)
	require.NoError(t, p.sim.Inject(kakaocerttest.Fault{Step: "prepare", Kind: kakaocerttest.Maintenance}))
	_, err := p.client.K1100.Prepare(p.ctx, &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: hong()})
	require.Error(t, err)
	clock.Advance(20 * time.Second)
	p.contract("대출 약정서")
	for _, lang := range []string{"en", "ko"} {
		for name, size := range map[string]image.Point{"phone": sizes["desktop"], "phone-small": sizes["phone"]} {
			p.resize(size)
			p.do(chromedp.Navigate(p.sim.URL + "/_sim/phone?lang=" + lang))
			p.do(chromedp.WaitVisible(".live.on"))
			p.picture(name+"-"+lang, chromedp.CaptureScreenshot())
		}
	}
}

func pictureInstitution(t *testing.T) {
	b := openInstitution(t, 1280, 800)
	for _, lang := range []string{"en", "ko"} {
		b.resize(sizes["desktop"])
		b.do(chromedp.Navigate(b.url + "?lang=" + lang))
		b.do(chromedp.WaitVisible("#submit"))
		b.picture("web-"+lang, chromedp.FullScreenshot(100))
		b.begin("contract", "message", lang)
		b.resize(sizes["phone"])
		b.picture("web-small-"+lang, chromedp.CaptureScreenshot())
	}
}

// picture takes a screenshot for the documents, as small as PNG makes it.
func (p *phone) picture(name string, shooting chromedp.Action[[]byte]) {
	p.t.Helper()
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	require.NoError(p.t, encoder.Encode(&out, p.keep(name, shooting)))
	require.NoError(p.t, os.WriteFile(filepath.Join(*pictures, name+".png"), out.Bytes(), 0o644))
}
