package doctor

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/transport"
)

const (
	callTimeout = 10 * time.Second
	maxSkew     = time.Minute // of the clock
)

// visit is what a first call without keys has observed.
type visit struct {
	way
	url      *url.URL
	proxy    string         // host of the proxy; empty without a proxy
	response *http.Response // nil if err is set
	err      error
	at       time.Time // half-way between asking and answer
}

// way is everything between here and the host.
type way struct {
	addresses []string // of the host's name
	remote    string   // the address that was connected to
	handshake error    // why TLS failed
}

// examineHost calls the host once, without keys, and checks every layer on the
// way.
func (d *examination) examineHost(ctx context.Context) (reached bool) {
	if !d.wants(Host) {
		return d.base != ""
	}
	if d.base == "" || !d.makes(Host) {
		d.skip("resolve", "connect", "tls", "clock")
		return false
	}
	v := d.visit(ctx)
	if !d.examineResolve(v) {
		d.skip("connect", "tls", "clock")
		return false
	}
	if !d.examineConnect(v) {
		d.skip("tls", "clock")
		return false
	}
	if !d.examineTLS(v) {
		d.skip("clock")
		return false
	}
	d.examineClock(v)
	return true
}

func (d *examination) visit(ctx context.Context) *visit {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	v := new(visit)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.base+"/", nil)
	if err != nil {
		panic(err) // the address was taken
	}
	v.url = request.URL
	if v.err = d.budget.spend(ctx); v.err != nil {
		return v
	}
	if proxy, err := http.ProxyFromEnvironment(request); err == nil && proxy != nil && d.config.Transport == nil {
		v.proxy = proxy.Host
	}
	tracer := new(tracer)
	asked := time.Now()
	v.response, v.err = d.transport.RoundTrip(request.WithContext(httptrace.WithClientTrace(ctx, tracer.trace())))
	v.at = asked.Add(time.Since(asked) / 2)
	v.way = tracer.seen()
	if v.err == nil {
		_ = v.response.Body.Close() // nothing in it matters
	}
	return v
}

// tracer observes a call. Its functions may be called by other goroutines, and
// after the call.
type tracer struct {
	mu  sync.Mutex
	way way
}

func (t *tracer) note(change func(*way)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change(&t.way)
}

func (t *tracer) seen() (seen way) {
	t.note(func(w *way) { seen = *w })
	return seen
}

func (t *tracer) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		DNSDone: func(info httptrace.DNSDoneInfo) {
			var addresses []string
			for _, address := range info.Addrs {
				addresses = append(addresses, address.String())
			}
			t.note(func(w *way) { w.addresses = addresses })
		},
		ConnectDone: func(_, address string, err error) {
			if err == nil {
				t.note(func(w *way) { w.remote = address })
			}
		},
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) { t.note(func(w *way) { w.handshake = err }) },
	}
}

func (d *examination) examineResolve(v *visit) (resolved bool) {
	failure, isDNS := errors.AsType[*net.DNSError](v.err)
	switch {
	case isDNS && failure.IsNotFound:
		d.say("resolve", "resolve.not_found", failure.Name)
	case isDNS:
		d.say("resolve", "resolve.failed", failure.Name)
	case v.proxy != "":
		d.say("resolve", "resolve.proxy", v.proxy)
		return true
	case len(v.addresses) > 0 && net.ParseIP(v.url.Hostname()) == nil:
		d.say("resolve", "resolve.found", v.url.Hostname(), strings.Join(v.addresses, ", "))
		return true
	default:
		d.say("resolve", "resolve.literal", v.url.Hostname())
		return true
	}
	return false
}

// examineConnect reports every failure before TLS.
func (d *examination) examineConnect(v *visit) (connected bool) {
	switch {
	case v.err == nil || v.failedInTLS():
		d.say("connect", "connect.open", cmp.Or(v.remote, v.url.Host))
		return true
	case errors.Is(v.err, syscall.ECONNREFUSED), errors.Is(v.err, wsaRefused):
		d.say("connect", "connect.refused", v.url.Host)
	case errors.Is(v.err, context.DeadlineExceeded), errors.Is(v.err, os.ErrDeadlineExceeded), isTimeout(v.err):
		d.say("connect", "connect.timeout", v.url.Host, callTimeout)
	case errors.Is(v.err, syscall.ECONNRESET), errors.Is(v.err, wsaReset):
		d.say("connect", "connect.reset", v.url.Host)
	default:
		d.say("connect", "connect.failed", v.url.Host, transport.InOurWords(v.err))
	}
	return false
}

// The errors that Windows reports instead of ECONNREFUSED and ECONNRESET.
const (
	wsaReset   = syscall.Errno(10054)
	wsaRefused = syscall.Errno(10061)
)

func isTimeout(err error) bool {
	timeout, is := errors.AsType[net.Error](err)
	return is && timeout.Timeout()
}

func (v *visit) failedInTLS() bool {
	_, notTrusted := errors.AsType[*tls.CertificateVerificationError](v.err)
	return notTrusted || v.handshake != nil
}

func (d *examination) examineTLS(v *visit) (trusted bool) {
	_, unknownAuthority := errors.AsType[x509.UnknownAuthorityError](v.err)
	_, wrongName := errors.AsType[x509.HostnameError](v.err)
	invalid, isInvalid := errors.AsType[x509.CertificateInvalidError](v.err)
	_, notTLS := errors.AsType[tls.RecordHeaderError](v.err)
	switch {
	case v.err == nil && v.response.TLS == nil:
		d.say("tls", "tls.plain")
		return true
	case v.err == nil:
		state := v.response.TLS
		d.say("tls", "tls.trusted", tls.VersionName(state.Version), state.PeerCertificates[0].NotAfter.Format(time.DateOnly))
		return true
	case unknownAuthority:
		d.say("tls", "tls.unknown_authority")
	case wrongName:
		d.say("tls", "tls.wrong_name", v.url.Hostname())
	case isInvalid && invalid.Reason == x509.Expired:
		d.say("tls", "tls.expired")
	case notTLS:
		d.say("tls", "tls.not_tls")
	case strings.Contains(v.err.Error(), "protocol version"): // an alert's type is not exported
		d.say("tls", "tls.too_old")
	default:
		d.say("tls", "tls.failed", transport.InOurWords(v.err))
	}
	return false
}

// examineClock compares this machine's clock with the answer's date, which has
// whole seconds.
func (d *examination) examineClock(v *visit) {
	date, err := http.ParseTime(v.response.Header.Get("Date"))
	if err != nil {
		d.say("clock", "clock.unknown")
		return
	}
	ahead := v.at.Sub(date.Add(time.Second / 2)).Round(time.Second)
	switch {
	case ahead > maxSkew:
		d.say("clock", "clock.ahead", ahead)
	case ahead < -maxSkew:
		d.say("clock", "clock.behind", -ahead)
	default:
		d.say("clock", "clock.right", max(ahead, -ahead))
	}
}
