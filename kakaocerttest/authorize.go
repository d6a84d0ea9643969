package kakaocerttest

import (
	"bytes"
	"context"
	"embed"
	"encoding/hex"
	"errors"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/bilingual"
	"github.com/kakaocert-go/kakaocert/internal/mask"
)

//go:embed web/authorize.html
var authorizeHTML embed.FS

var authorizeTemplate = template.Must(template.New("authorize.html").Funcs(template.FuncMap{"mask": mask.Text}).ParseFS(authorizeHTML, "web/authorize.html"))

// loginWords are the texts of the page at which a user logs in.
var loginWords = bilingual.Table{
	"title":    {"모의 카카오 로그인", "Simulated Kakao login"},
	"other":    {"English", "한국어"},
	"who":      {"로그인할 사용자", "Who logs in"},
	"data":     {"서명할 내용", "What is signed"},
	"agree":    {"동의하고 로그인", "Agree and log in"},
	"cancel":   {"취소", "Cancel"},
	"waiting":  {"휴대전화에서 서명해 주세요", "Please sign on the phone"},
	"refused":  {"이 사용자는 로그인할 수 없습니다", "This user cannot log in"},
	"window":   {"모의 카카오 인증 표준창", "Simulated Kakao standard window"},
	"subtitle": {"실제 서비스가 아닙니다. 테스트용 시뮬레이터입니다.", "Not the real service: a simulator for tests."},
}

// consent is the data of the page.
type consent struct {
	bilingual.Words
	Page    string // key of its title
	Other   string // address of the page in the other language
	Nonce   string // of the page's style
	Users   []User
	Data    string
	Waiting bool
	Failed  string // the reason why the user cannot continue
}

// authorizePage is where a browser logs in: it asks who the user is and whether
// they agree, waits for the phone, and sends the browser back. A GET shows the
// state of the login, a POST decides.
func (s *Service) authorizePage(r *http.Request) reply {
	s.logins.mu.Lock()
	defer s.logins.mu.Unlock()
	l, asked, reason := s.authorization(r)
	if reason != "" {
		return plainReply(http.StatusBadRequest, reason+"\n")
	}
	switch r.Method {
	case http.MethodGet:
		return s.standing(r, l, asked)
	case http.MethodPost:
		return s.consented(r, l, asked)
	}
	return plainReply(http.StatusMethodNotAllowed, "method not allowed\n")
}

// authorization finds the login for which the browser comes, or says what is
// wrong with the address. In that case the browser is not sent back, which is
// OAuth's rule for an address that cannot be trusted (RFC 6749, section
// 4.1.2.1).
func (s *Service) authorization(r *http.Request) (l *login, asked authorization, reason string) {
	query := r.URL.Query()
	get := func(key string) string { return query.Get(s.protocol.Field(key)) }
	l = s.logins.byID[get("kauth_tx_id")]
	asked = authorization{get("redirect_uri"), get("state"), get("login_nonce"), get("code_challenge")}
	target, err := url.Parse(asked.redirectURI)
	switch {
	case l == nil || l.tx == nil && s.clock.Now().After(l.preparedAt.Add(loginWithin)):
		reason = "kauth_tx_id is unknown or has run out"
	case get("client_id") != s.clientID():
		reason = "client_id is not the contract's"
	case err != nil || !target.IsAbs() || target.Fragment != "":
		reason = "redirect_uri is not an absolute URL"
	case len(s.contract.RedirectURIs) > 0 && !slices.Contains(s.contract.RedirectURIs, asked.redirectURI):
		reason = "redirect_uri is not registered"
	case get("response_type") != "code":
		reason = "response_type is not code"
	case !slices.Contains(strings.Fields(get("prompt")), s.protocol.Get("value.prompt")): // a list (OpenID Connect Core, section 3.1.2.1)
		reason = "prompt is not " + s.protocol.Get("value.prompt")
	case asked.state == "":
		reason = "state is missing"
	case asked.challenge == "" || get("code_challenge_method") != "S256":
		reason = "code_challenge is missing, or its method is not S256"
	case l.query != "" && l.query != r.URL.RawQuery:
		reason = "the login was begun with another address"
	}
	return l, asked, reason
}

// standing shows the state of the login, or sends the browser back.
func (s *Service) standing(r *http.Request, l *login, asked authorization) reply {
	if l.cancelled {
		return s.back(l, url.Values{s.protocol.Field("oauth_error"): {"access_denied"}})
	}
	if l.tx == nil {
		return s.draw(r, asked, consent{Users: s.Users(), Data: l.data})
	}
	l.tx.mu.Lock()
	at, _ := l.tx.at(s.clock.Now())
	l.tx.mu.Unlock()
	switch at {
	case stateRequested:
		return s.draw(r, asked, consent{Waiting: true})
	case stateCompleted:
		if l.code == "" {
			l.code, l.codeAt = hex.EncodeToString(random(20)), s.clock.Now()
		}
		return s.back(l, url.Values{s.protocol.Field("code"): {l.code}})
	}
	return s.back(l, url.Values{s.protocol.Field("oauth_error"): {"access_denied"}})
}

// back sends the browser back to the institution.
func (s *Service) back(l *login, query url.Values) reply {
	fault := s.faults.take("authorize")
	if a, _, instead := s.instead(fault); instead {
		return a
	}
	state := l.asked.state
	if fault.Kind == WrongState {
		state = hex.EncodeToString(random(13))
	}
	query.Set(s.protocol.Field("state"), state)
	target, _ := url.Parse(l.asked.redirectURI) // was read before
	for name, values := range target.Query() {
		query[name] = append(query[name], values...)
	}
	target.RawQuery = query.Encode()
	ev := Event{Time: s.clock.Now(), Step: "authorize", Product: s.code("K2100"), Status: http.StatusSeeOther, Fault: fault.Kind}
	if l.tx != nil {
		ev.TxID = l.tx.id
	}
	s.events.publish(ev)
	return fault.spoil(seeOther(target.String()))
}

func seeOther(address string) reply {
	a := textReply(http.StatusSeeOther, "text/plain; charset=utf-8", "")
	a.header.Set("Location", address)
	a.header.Set("Cache-Control", "no-store")
	return a
}

// consented takes the user's answer on the page. Signing itself is done on the
// phone.
func (s *Service) consented(r *http.Request, l *login, asked authorization) reply {
	form, reason := pageForm(r)
	if reason != "" {
		return plainReply(http.StatusBadRequest, reason+"\n")
	}
	if l.tx == nil && !l.cancelled {
		if reason := s.decideLogin(l, asked, form); reason != "" {
			return s.draw(r, asked, consent{Users: s.Users(), Data: l.data, Failed: reason})
		}
		l.query = r.URL.RawQuery
	}
	return seeOther(r.URL.RequestURI())
}

// pageForm reads the form of a page, or says what is wrong with it.
func pageForm(r *http.Request) (form url.Values, reason string) {
	text, failed := body(r)
	if failed != nil {
		return nil, failed.message
	}
	form, err := url.ParseQuery(string(text))
	if err != nil {
		return nil, "the body is not a form"
	}
	return form, ""
}

// decideLogin opens the transaction of a user who agrees.
func (s *Service) decideLogin(l *login, page authorization, form url.Values) (reason string) {
	if form.Get("decision") == "cancel" {
		l.cancelled, l.asked = true, page
		return ""
	}
	a := s.users.withPhone(form.Get("phone"))
	if form.Get("decision") != "agree" || a == nil {
		return "E2001"
	}
	if l.session != nil {
		return s.agreeToSession(l, page, a)
	}
	user := a.get()
	if failed := addressable(user.Behaviour); failed != nil {
		return failed.code
	}
	now := s.clock.Now()
	signed := l.data
	if s.protocol.Get("signed.login") == "state" {
		signed = page.state
	}
	l.asked = page
	l.tx = s.store.open(&transaction{
		service: "k2100", product: s.code("K2100"), bare: "K2100",
		account: a, key: s.contract.keys[0], preparedAt: now,
		asked: textToSign(signed, l.items), requestedAt: now, expiresAt: now.Add(defaultExpiry), behaviour: user.Behaviour,
	})
	return ""
}

// agreeToSession shows a session's request to its user, who is known already.
func (s *Service) agreeToSession(l *login, page authorization, a *account) (reason string) {
	if a != l.session.account {
		return "E2002"
	}
	if err := s.reach(l.session); err != nil {
		return "E2003"
	}
	l.tx, l.asked = l.session, page
	return ""
}

// draw shows the page.
func (s *Service) draw(r *http.Request, asked authorization, c consent) reply {
	c.Page = "title"
	return drawConsent(r, asked.redirectURI, c)
}

// drawConsent shows a page at which a user agrees. The page may send its form
// to the service, may be redirected to the institution's address, and loads
// nothing.
func drawConsent(r *http.Request, redirectURI string, c consent) reply {
	c.Words, c.Nonce = loginWords.For(r), hex.EncodeToString(random(16))
	query := r.URL.Query()
	query.Set("lang", c.OtherLang())
	c.Other = "?" + query.Encode()
	var out bytes.Buffer
	if err := authorizeTemplate.Execute(&out, c); err != nil {
		return plainReply(http.StatusInternalServerError, err.Error()+"\n")
	}
	a := textReply(http.StatusOK, "text/html; charset=utf-8", out.String())
	target, _ := url.Parse(redirectURI) // was read before
	source := target.Scheme + ":"
	if target.Host != "" && !strings.ContainsAny(target.Host, " ;,'\"") {
		source += "//" + target.Host
	}
	a.header.Set("Content-Security-Policy", "default-src 'none'; img-src data:; style-src 'nonce-"+c.Nonce+"'; base-uri 'none'; form-action 'self' "+source+"; frame-ancestors 'none'")
	a.header.Set("Cache-Control", "no-store")
	a.header.Set("Referrer-Policy", "same-origin")
	a.header.Set("X-Content-Type-Options", "nosniff")
	return a
}

// LogIn plays the browser of the user with that phone number: it opens the
// address that [kakaocert.K2100Service.AuthorizeURL] gave, agrees, and returns
// the address to which the browser is sent once the user has signed, according
// to their [Behaviour]. It ends with its context.
func (s *Service) LogIn(ctx context.Context, authorizeURL, phone string) (callback string, err error) {
	return s.browse(ctx, authorizeURL, phone)
}

// browse plays a browser at a page at which a user agrees. It waits there for
// the phone, and returns the address to which the page finally sends the
// browser.
func (s *Service) browse(ctx context.Context, address, phone string) (callback string, err error) {
	browser := http.Client{Transport: s.Transport(), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, _, err := visit(ctx, &browser, http.MethodPost, address, url.Values{"phone": {phone}, "decision": {"agree"}})
	if err != nil {
		return "", err
	}
	own, err := answer.Location()
	if err != nil || answer.StatusCode != http.StatusSeeOther {
		return "", errors.New("kakaocerttest: the page refuses the address or the user")
	}
	for {
		answer, _, err = visit(ctx, &browser, http.MethodGet, own.String(), nil)
		switch {
		case err != nil:
			return "", err
		case answer.Header.Get("Location") != "":
			return answer.Header.Get("Location"), nil
		case answer.StatusCode != http.StatusOK:
			return "", errors.New("kakaocerttest: the page refuses the address or the user")
		}
		if err := wait(ctx, pollEvery); err != nil {
			return "", err
		}
	}
}

const pollEvery = 20 * time.Millisecond

func visit(ctx context.Context, browser *http.Client, method, address string, form url.Values) (answer *http.Response, text []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if answer, err = browser.Do(request); err != nil {
		return nil, nil, err
	}
	text, err = io.ReadAll(answer.Body)
	return answer, text, errors.Join(err, answer.Body.Close())
}
