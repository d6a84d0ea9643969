package sim

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/command/call"
)

// healthWithin is how long a simulator may take to say that it serves.
const healthWithin = 5 * time.Second

// askHealth is for the health check of a container, in which there is no other
// program to ask with.
func askHealth(ctx context.Context, address string) error {
	base, err := url.Parse(address)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return call.Wrong("--health must be a URL such as http://127.0.0.1:8080")
	}
	ctx, cancel := context.WithTimeout(ctx, healthWithin)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base.JoinPath("/_sim/health").String(), nil)
	if err != nil {
		return err
	}
	response, err := (&http.Client{CheckRedirect: refuseRedirect, Transport: &http.Transport{}}).Do(request)
	if err != nil {
		return fmt.Errorf("no simulator serves at %s", base.Host)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<10))
	if err != nil || response.StatusCode != http.StatusOK || strings.TrimSpace(string(text)) != `{"status":"ok"}` {
		return fmt.Errorf("what serves at %s is no simulator, or does not work", base.Host)
	}
	return nil
}

func refuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
