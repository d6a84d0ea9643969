package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// institutionWindow is a page that opens the standard window as Kakao's
// JavaScript SDK does, and shows where the window has sent the browser.
func institutionWindow(t *testing.T, p *phone) *httptest.Server {
	t.Helper()
	settleID := p.sim.Config().SettleID
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/back" {
			_, _ = fmt.Fprint(w, `<!doctype html><title>back</title><p id="back">back</p>`)
			return
		}
		_, _ = fmt.Fprintf(w, `<!doctype html><title>bank</title><script src="%s/_window/kakao.js"></script>
<button id="identify">identify</button><script>
Kakao.init("javascript key");
document.getElementById("identify").onclick = () => Kakao.Cert.identify({
  redirectUri: location.origin + "/back", settleId: %q, signData: "text of this session", identifyItems: ["NAME"], state: "s1",
});
</script>`, p.sim.URL, settleID)
	}))
	t.Cleanup(server.Close)
	return server
}

func TestWindow_InTheBrowser(t *testing.T) {
	t.Parallel()
	p := open(t, 390, 844)
	institution := institutionWindow(t, p)
	page := browser(t, 1280, 800)
	_, err := chromedp.Run(page, chromedp.Navigate(institution.URL))
	require.NoError(t, err)
	ended := func() url.Values {
		until(t, page, "#back")
		query, err := chromedp.Run(page, chromedp.Evaluate[string]("location.search.slice(1)"))
		require.NoError(t, err)
		values, err := url.ParseQuery(query)
		require.NoError(t, err)
		return values
	}

	click(t, page, "#identify")
	click(t, page, "button.agree")
	until(t, page, ".waiting")
	waiting := p.sim.Transactions()
	require.Len(t, waiting, 1)
	assert.Equal(t, "K1400T", waiting[0].Product)
	p.do(chromedp.Click("#sign-" + waiting[0].TxID)) // on the phone
	assert.Equal(t, url.Values{"tx_id": {waiting[0].TxID}, "state": {"s1"}}, ended())

	_, err = chromedp.Run(page, chromedp.Navigate(institution.URL))
	require.NoError(t, err)
	click(t, page, "#identify")
	click(t, page, "button[value=cancel]")
	assert.Equal(t, url.Values{"error_code": {"CANCELED"}, "state": {"s1"}}, ended())
}
