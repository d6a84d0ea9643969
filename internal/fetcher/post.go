package fetcher

import (
	"bytes"
	"context"
	"io"
	"mime"
	"net/http"
	"net/url"
	"time"
)

// Posting is a question to a server of the caller's own choice, and what its
// answer must be. Every field but Header is set.
type Posting struct {
	Kind      string // of the answer, for errors
	URL       *url.URL
	Transport http.RoundTripper
	Header    http.Header
	Body      []byte
	Type      string // of the body
	Answer    string // media type of the answer
	Timeout   time.Duration
	MaxSize   int64 // bytes of the answer
}

// Post asks, and follows no redirect. The error is an [*Error], or that of ctx.
func Post(ctx context.Context, p Posting) ([]byte, error) {
	raw, err := p.send(ctx)
	if ended := ctx.Err(); ended != nil {
		return nil, ended
	}
	if err != nil {
		return nil, &Error{Kind: p.Kind, Address: p.URL.String(), Reason: reasonOf(err), cause: err}
	}
	return raw, nil
}

func (p *Posting) send(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, p.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.URL.String(), bytes.NewReader(p.Body))
	if err != nil {
		return nil, errAddress
	}
	for name, values := range p.Header {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	r.Header.Set("Content-Type", p.Type)
	r.Header.Set("Accept", p.Answer)
	client := http.Client{Transport: p.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	raw, err := read(response, p.MaxSize)
	if err != nil {
		return nil, err
	}
	if kind, _, err := mime.ParseMediaType(response.Header.Get("Content-Type")); err != nil || kind != p.Answer {
		return nil, errContent
	}
	return raw, nil
}

// read reads and closes an answer of status 200.
func read(response *http.Response, maxSize int64) ([]byte, error) {
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, errStatus
	}
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxSize+1))
	if err != nil {
		return nil, err
	}
	if int64(len(raw)) > maxSize {
		return nil, errTooLarge
	}
	return raw, nil
}
