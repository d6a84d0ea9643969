package main

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"html/template"
	"log"
	"net/http"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/examples/internal/sealed"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage"
)

//go:embed page.html
var pageHTML string

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

const (
	backPath     = "/login/back"
	loginWithin  = 10 * time.Minute
	loggedInTime = time.Hour
)

// page is the institution's web page.
type page struct {
	set     *stage.Signing
	address string
	login   *sealed.Cookie // the K2100Login of a login that was begun
	user    *sealed.Cookie // the name of a user who has logged in
}

func newPage(set *stage.Signing, address string) http.Handler {
	p := &page{set: set, address: address, login: newCookie("login", loginWithin), user: newCookie("user", loggedInTime)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.show)
	mux.HandleFunc("POST /login", p.begin)
	mux.HandleFunc("GET "+backPath, p.back)
	mux.HandleFunc("POST /logout", p.logout)
	return http.NewCrossOriginProtection().Handler(mux) // nobody else's page begins a login here
}

// newCookie has a key of this process: who logs in here is forgotten when it
// ends.
func newCookie(name string, lasts time.Duration) *sealed.Cookie {
	key := make([]byte, 32)
	_, _ = rand.Read(key)                                 // never fails
	cookie, _ := sealed.NewCookie(name, key, lasts, true) // refuses a key of another length
	return cookie
}

func (p *page) show(w http.ResponseWriter, r *http.Request) {
	name, _ := p.user.Open(r)
	p.draw(w, http.StatusOK, string(name), "")
}

func (p *page) draw(w http.ResponseWriter, status int, name, message string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'")
	w.WriteHeader(status)
	_ = pageTemplate.Execute(w, struct{ Name, Message string }{name, message}) // the browser has gone: nobody is left to tell
}

// begin prepares a login, keeps it in this browser's cookie, and sends the
// browser to kauth.
func (p *page) begin(w http.ResponseWriter, r *http.Request) {
	client := p.set.Client
	login, err := client.K2100.Prepare(r.Context(), &kakaocert.K2100PrepareParams{
		RedirectURI:   p.address + backPath,
		IdentifyItems: []kakaocert.IdentifyItem{kakaocert.IdentifyName, kakaocert.IdentifyBirthday},
	})
	if err != nil {
		p.fail(w, err)
		return
	}
	target, err := client.K2100.AuthorizeURL(login)
	if err != nil {
		p.fail(w, err)
		return
	}
	http.SetCookie(w, p.login.Seal([]byte(login.Reveal())))
	http.Redirect(w, r, target, http.StatusSeeOther)
}

// back takes the browser that comes back. Its login is good for one return,
// whatever comes of it.
func (p *page) back(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, p.login.Gone())
	kept, err := p.login.Open(r)
	if err != nil {
		p.draw(w, http.StatusBadRequest, "", "로그인 시간이 지났습니다. 다시 로그인해 주세요.")
		return
	}
	login, err := kakaocert.ParseK2100Login(string(kept))
	if err != nil {
		p.fail(w, err)
		return
	}
	name, err := p.who(r, login)
	if err != nil {
		p.fail(w, err)
		return
	}
	http.SetCookie(w, p.user.Seal([]byte(name)))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// who finds out who has logged in. A real institution looks its customer up by
// what it is told here.
func (p *page) who(r *http.Request, login *kakaocert.K2100Login) (name string, err error) {
	client := p.set.Client
	ctx, cancel := context.WithTimeout(r.Context(), time.Minute)
	defer cancel()
	tokens, err := client.K2100.Exchange(ctx, login, r.URL.Query())
	if err != nil {
		return "", err
	}
	tx := tokens.Transaction
	result, err := client.K2100.Verify(ctx, tx, login) // once
	if err != nil {
		return "", err
	}
	verified, err := result.Check(p.set.Verifier)
	if err != nil {
		return "", err
	}
	if ci := result.CI(); !ci.IsZero() { // where the contract grants it
		if err := verified.CheckVID(ci.Reveal(), result.VID().Reveal()); err != nil {
			return "", err
		}
	}
	if err := p.set.KeepCheck(tx.TxID(), verified); err != nil {
		return "", err
	}
	info, err := client.K2100.SignerInfo(ctx, tx)
	if err != nil {
		return "", err
	}
	return info.Name.Reveal(), nil
}

func (p *page) logout(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, p.user.Gone())
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// fail tells the user what they can do, and the log what went wrong: an error
// has nothing personal in it.
func (p *page) fail(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, kakaocert.ErrAccessDenied):
		p.draw(w, http.StatusOK, "", "로그인을 취소했습니다.")
		return
	case errors.Is(err, kakaocert.ErrStateMismatch):
		p.draw(w, http.StatusBadRequest, "", "이 브라우저에서 시작한 로그인이 아닙니다. 다시 로그인해 주세요.")
	case errors.Is(err, kakaocert.ErrInvalidGrant), errors.Is(err, kakaocert.ErrOutcomeUnknown):
		p.draw(w, http.StatusBadRequest, "", "로그인을 마치지 못했습니다. 다시 로그인해 주세요.")
	default:
		p.draw(w, http.StatusBadGateway, "", "지금은 로그인할 수 없습니다.")
	}
	log.Print(err)
}
