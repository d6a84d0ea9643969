package main

import (
	"context"
	"embed"
	"encoding/json"
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

//go:embed templates static
var files embed.FS

var pageTemplate = template.Must(front.Frame(nil).ParseFS(files, "templates/window.html"))

const (
	backPath     = "/window/back"
	windowWithin = 10 * time.Minute
	shownTime    = 10 * time.Minute
)

// server is the institution's web page.
type server struct {
	set    *stage.Signing
	site   front.Site
	sdk    kakaoSDK
	log    *slog.Logger
	window *sealed.Cookie // language and K1400Window of a window that was begun
	person *sealed.Cookie // the name of who has proved who they are
}

// page is what the template draws from.
type page struct {
	front.Visitor
	Script  string // the SDK's address
	Name    string // of who has proved who they are
	Message string // key of its texts
}

func newServer(set *stage.Signing, at front.Site, sdk kakaoSDK, log *slog.Logger) http.Handler {
	s := &server{
		set: set, site: at, sdk: sdk, log: log,
		window: sealed.NewProcessCookie("window", windowWithin, at.Secure()),
		person: sealed.NewProcessCookie("person", shownTime, at.Secure()),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("POST /window", s.begin)
	mux.HandleFunc("GET "+backPath, s.back)
	mux.HandleFunc("POST /end", s.end)
	mux.Handle("GET /style/", front.Style())
	mux.Handle("GET /static/", http.FileServerFS(files))
	handler := http.NewCrossOriginProtection().Handler(mux) // no other page can begin a window here
	return at.Headers(at.Alone(handler), front.Origins{Scripts: []string{sdk.origin()}})
}

func (s *server) page(r *http.Request) page {
	return page{Visitor: front.Visitor{Words: words.For(r), Path: "/", Phone: s.set.Phone}, Script: s.sdk.script}
}

func (s *server) show(w http.ResponseWriter, status int, p page) {
	front.Show(w, s.log, pageTemplate, status, p)
}

func (s *server) home(w http.ResponseWriter, r *http.Request) {
	p := s.page(r)
	name, _ := s.person.Open(r)
	p.Name = string(name)
	s.show(w, http.StatusOK, p)
}

// opening is what the page's script needs to open the window.
type opening struct {
	Key     string  `json:"key"`
	Options options `json:"options"`
}

// options are those of Kakao.Cert.identify. (FIELD-1)
type options struct {
	RedirectURI   string   `json:"redirectUri"`
	SettleID      string   `json:"settleId"`
	SignData      string   `json:"signData"`
	IdentifyItems []string `json:"identifyItems"`
	State         string   `json:"state"`
}

// begin makes a window, keeps it in this browser's cookie, and informs the script
// how to open it. The language is kept with it: the address that the browser comes
// back to is registered, and cannot contain it.
func (s *server) begin(w http.ResponseWriter, r *http.Request) {
	window, err := s.set.Client.K1400.Begin("")
	if err != nil {
		s.log.Error("window", "error", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	p := s.set.Config.Protocol
	if p == nil {
		p = kakaocert.DefaultProtocol()
	}
	http.SetCookie(w, s.window.Seal([]byte(s.page(r).Lang+" "+window.Reveal())))
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(opening{s.sdk.key, options{ // an error says that the visitor has gone
		RedirectURI: s.site.String() + backPath, SettleID: s.set.Config.SettleID,
		SignData: window.SignData(), State: window.State(),
		IdentifyItems: []string{p.Get("value.identify.name"), p.Get("value.identify.birthday")},
	}})
}

// back takes the browser that the window sends back. A window is good for one
// return, whatever comes of it.
func (s *server) back(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, s.window.Gone())
	p := s.page(r)
	kept, err := s.window.Open(r)
	if err != nil {
		s.fail(w, p, err)
		return
	}
	lang, text, _ := strings.Cut(string(kept), " ")
	p.Words = words.In(lang)
	window, err := kakaocert.ParseK1400Window(text)
	if err != nil {
		s.fail(w, p, err)
		return
	}
	name, err := s.who(r, window)
	if err != nil {
		s.fail(w, p, err)
		return
	}
	http.SetCookie(w, s.person.Seal([]byte(name)))
	http.Redirect(w, r, p.To("/"), http.StatusSeeOther)
}

// who finds out who has signed in the window. The tx_id that the browser sends
// is a stranger's word: Verify believes it only when the text that was signed is
// the one of this browser's window.
func (s *server) who(r *http.Request, window *kakaocert.K1400Window) (name string, err error) {
	client := s.set.Client
	ctx, cancel := context.WithTimeout(r.Context(), time.Minute)
	defer cancel()
	tx, err := client.K1400.ParseRedirect(window, r.URL.Query())
	if err != nil {
		return "", err
	}
	result, err := client.K1400.Verify(ctx, tx, window) // once
	if err != nil {
		return "", err
	}
	if result.SignedData() != nil { // the contract may give one
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
	}
	info, err := client.K1400.SignerInfo(ctx, tx)
	if err != nil {
		return "", err
	}
	return info.Name.Reveal(), nil
}

func (s *server) end(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, s.person.Gone())
	http.Redirect(w, r, s.page(r).To("/"), http.StatusSeeOther)
}

// fail shows the visitor what they can do, and the log what went wrong: an error
// contains nothing personal. The window's codes are not public, so each of them is
// shown as an end without a signature.
func (s *server) fail(w http.ResponseWriter, p page, err error) {
	status := http.StatusBadRequest
	_, ended := errors.AsType[*kakaocert.RedirectError](err)
	_, malformed := errors.AsType[*kakaocert.ArgumentError](err)
	switch {
	case ended:
		p.Message, status = "ended", http.StatusOK
	case errors.Is(err, sealed.ErrNone), errors.Is(err, sealed.ErrOver):
		p.Message = "over"
	case errors.Is(err, kakaocert.ErrStateMismatch), errors.Is(err, kakaocert.ErrNonceMismatch), malformed:
		p.Message = "foreign"
	case errors.Is(err, kakaocert.ErrUnknownTransaction), errors.Is(err, kakaocert.ErrOutcomeUnknown):
		p.Message = "lost"
	case errors.Is(err, sealed.ErrForged), kakaocert.IsSecurityEvent(err):
		p.Message, status = "security", http.StatusForbidden
	default:
		p.Message, status = "trouble", http.StatusBadGateway
	}
	s.log.Warn("window", "message", p.Message, "security", kakaocert.IsSecurityEvent(err), "error", err)
	s.show(w, status, p)
}
