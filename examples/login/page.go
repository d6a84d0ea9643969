package main

import (
	"context"
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/examples/internal/front"
	"github.com/kakaocert-go/kakaocert/examples/internal/sealed"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage"
)

//go:embed templates
var templates embed.FS

var pageTemplate = template.Must(front.Frame(nil).ParseFS(templates, "templates/login.html"))

const (
	backPath     = "/login/back"
	loginWithin  = 10 * time.Minute
	loggedInTime = time.Hour
)

// server is the institution's web page.
type server struct {
	set   *stage.Signing
	site  front.Site
	log   *slog.Logger
	login *sealed.Cookie // language and K2100Login of a login that was begun
	user  *sealed.Cookie // the name of a user who has logged in
}

// page is what the template draws from.
type page struct {
	front.Visitor
	Name    string // of who has logged in
	Message string // key of its texts
}

func newServer(set *stage.Signing, at front.Site, log *slog.Logger) http.Handler {
	s := &server{
		set: set, site: at, log: log,
		login: sealed.NewProcessCookie("login", loginWithin, at.Secure()), user: sealed.NewProcessCookie("user", loggedInTime, at.Secure()),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("POST /login", s.begin)
	mux.HandleFunc("GET "+backPath, s.back)
	mux.HandleFunc("POST /logout", s.logout)
	mux.Handle("GET /style/", front.Style())
	handler := http.NewCrossOriginProtection().Handler(mux) // no other page can begin a login here
	kauth := set.Config.BaseURL                             // the login's form leads there
	if kauth == "" {
		kauth = "https://kauth.kakao.com"
	}
	return at.Headers(at.Alone(handler), front.Origins{Forms: []string{kauth}})
}

func (s *server) page(r *http.Request) page {
	return page{Visitor: front.Visitor{Words: words.For(r), Path: "/", Phone: s.set.Phone}}
}

func (s *server) home(w http.ResponseWriter, r *http.Request) {
	p := s.page(r)
	name, _ := s.user.Open(r)
	p.Name = string(name)
	s.show(w, http.StatusOK, p)
}

func (s *server) show(w http.ResponseWriter, status int, p page) {
	front.Show(w, s.log, pageTemplate, status, p)
}

// begin prepares a login, keeps it in this browser's cookie, and sends the
// browser to kauth. The language is kept with it: the address that the browser
// comes back to is registered, and cannot contain it.
func (s *server) begin(w http.ResponseWriter, r *http.Request) {
	p, client := s.page(r), s.set.Client
	login, err := client.K2100.Prepare(r.Context(), &kakaocert.K2100PrepareParams{
		RedirectURI:   s.site.String() + backPath,
		IdentifyItems: []kakaocert.IdentifyItem{kakaocert.IdentifyName, kakaocert.IdentifyBirthday},
	})
	if err != nil {
		s.fail(w, p, err)
		return
	}
	target, err := client.K2100.AuthorizeURL(login, nil)
	if err != nil {
		s.fail(w, p, err)
		return
	}
	http.SetCookie(w, s.login.Seal([]byte(p.Lang+" "+login.Reveal())))
	http.Redirect(w, r, target, http.StatusSeeOther)
}

// back takes the browser that comes back. Its login is good for one return,
// whatever comes of it.
func (s *server) back(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, s.login.Gone())
	kept, err := s.login.Open(r)
	if err != nil {
		s.fail(w, s.page(r), err)
		return
	}
	lang, text, _ := strings.Cut(string(kept), " ")
	p := s.page(r)
	p.Words = words.In(lang)
	login, err := kakaocert.ParseK2100Login(text)
	if err != nil {
		s.fail(w, p, err)
		return
	}
	name, err := s.who(r, login)
	if err != nil {
		s.fail(w, p, err)
		return
	}
	http.SetCookie(w, s.user.Seal([]byte(name)))
	http.Redirect(w, r, p.To("/"), http.StatusSeeOther)
}

// who finds out who has logged in. A real institution looks its customer up by
// what Kakao answers here.
func (s *server) who(r *http.Request, login *kakaocert.K2100Login) (name string, err error) {
	client := s.set.Client
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
	verified, err := result.Check(s.set.Verifier)
	if err != nil {
		return "", err
	}
	if ci := result.CI(); !ci.IsZero() { // where the contract grants it
		if err := verified.CheckVID(result); err != nil {
			return "", err
		}
	}
	if err := s.set.KeepCheck(tx.TxID(), verified); err != nil {
		return "", err
	}
	info, err := client.K2100.SignerInfo(ctx, tx)
	if err != nil {
		return "", err
	}
	return info.Name.Reveal(), nil
}

func (s *server) logout(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, s.user.Gone())
	http.Redirect(w, r, s.page(r).To("/"), http.StatusSeeOther)
}

// fail shows the user what they can do, and the log what went wrong: an error
// contains nothing personal.
func (s *server) fail(w http.ResponseWriter, p page, err error) {
	status := http.StatusBadRequest
	switch {
	case errors.Is(err, kakaocert.ErrAccessDenied):
		p.Message, status = "cancelled", http.StatusOK
	case errors.Is(err, sealed.ErrNone), errors.Is(err, sealed.ErrOver):
		p.Message = "over"
	case errors.Is(err, kakaocert.ErrStateMismatch):
		p.Message = "foreign"
	case errors.Is(err, kakaocert.ErrInvalidGrant), errors.Is(err, kakaocert.ErrOutcomeUnknown):
		p.Message = "lost"
	case errors.Is(err, sealed.ErrForged), kakaocert.IsSecurityEvent(err):
		p.Message, status = "security", http.StatusForbidden
	default:
		p.Message, status = "trouble", http.StatusBadGateway
	}
	if p.Message != "cancelled" {
		s.log.Warn("login", "message", p.Message, "error", err)
	}
	s.show(w, status, p)
}
