package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/examples/internal/front"
	"github.com/kakaocert-go/kakaocert/examples/internal/sealed"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// home asks who the visitor is. On a simulator it suggests an invented person.
func (s *server) home(w http.ResponseWriter, r *http.Request) {
	p := s.page(r)
	p.Kind = kindIdentity
	if s.set.Phone != "" {
		user := kakaocerttest.DefaultUser()
		p.Person = kakaocert.Person{Name: user.Name, Birthday: user.Birthday, Phone: user.Phone}
	}
	s.show(w, http.StatusOK, "start", p)
}

// start looks the visitor up and asks them: Prepare and Request. The session
// is all that is left of it.
func (s *server) start(w http.ResponseWriter, r *http.Request) {
	p := s.page(r)
	if err := r.ParseForm(); err != nil {
		http.Error(w, http.StatusText(http.StatusBadRequest), http.StatusBadRequest)
		return
	}
	p.Kind, p.InApp = r.PostForm.Get("kind"), r.PostForm.Get("channel") == "app"
	asked, known := s.products[p.Kind]
	if !known {
		http.Error(w, http.StatusText(http.StatusBadRequest), http.StatusBadRequest)
		return
	}
	p.Person = kakaocert.Person{
		Name:     strings.TrimSpace(r.PostForm.Get("name")),
		Birthday: withoutDashes(r.PostForm.Get("birthday")),
		Phone:    withoutDashes(r.PostForm.Get("phone")),
	}
	visit := &session{Person: p.Person}
	to := channel{inApp: p.InApp}
	if to.inApp {
		to.returnURL = s.site.To("/wait", p.Lang)
	}
	err := asked.ask(r.Context(), visit, to)
	if err == nil {
		err = s.sessions.put(w, visit)
	}
	if err != nil {
		s.note(r, "ask", visit, err)
		refused := refusalOf(err)
		p.Refusal, p.Field = refused.key, mistypedField(err)
		if refused == unanswered { // here it is the request that was not answered
			p.Refusal = "unsent"
		}
		s.show(w, refused.status, "start", p)
		return
	}
	http.Redirect(w, r, front.InLanguage("/wait", p.Lang), http.StatusSeeOther)
}

// withoutDashes is a number as people write it: 1990-01-01, 010 1234 5678.
func withoutDashes(text string) string {
	return strings.NewReplacer("-", "", " ", "", ".", "").Replace(text)
}

// visited gives a handler the visitor's session. A visitor without one starts.
func (s *server) visited(next func(http.ResponseWriter, *http.Request, *session)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		visit, err := s.sessions.get(r)
		switch {
		case errors.Is(err, sealed.ErrForged):
			s.note(r, "session", nil, err)
			s.sessions.drop(w)
			s.refuse(w, r, err)
		case err != nil:
			http.Redirect(w, r, front.InLanguage("/", s.page(r).Lang), http.StatusSeeOther)
		default:
			next(w, r, visit)
		}
	}
}

// wait asks the visitor to look at their phone. The page asks for the status,
// and goes on by itself.
func (s *server) wait(w http.ResponseWriter, r *http.Request, visit *session) {
	s.showWait(w, s.page(r), http.StatusOK, visit)
}

func (s *server) showWait(w http.ResponseWriter, p page, status int, visit *session) {
	p.Kind, p.Until = visit.kind(), visit.Until
	p.AppLink = appLink(visit.AppLink)
	p.InApp = p.AppLink != ""
	s.show(w, status, "wait", p)
}

// progress is status's answer to the page.
type progress struct {
	Ended  bool   `json:"ended"`            // there is something to finish
	Notice string `json:"notice,omitempty"` // why it may take longer
}

// status asks the service once and answers at once: Wait would hold a
// connection and a goroutine for each visitor, and would end with the process.
func (s *server) status(w http.ResponseWriter, r *http.Request) {
	visit, err := s.sessions.get(r)
	if err != nil {
		http.Error(w, http.StatusText(http.StatusUnauthorized), http.StatusUnauthorized)
		return
	}
	var answer progress
	switch err := s.signed(r.Context(), visit); {
	case err == nil, refusalOf(err).final, refusalOf(err) == lost:
		answer.Ended = true
	case !errors.Is(err, errWaiting):
		s.note(r, "status", visit, err)
		answer.Notice = s.page(r).T("slow")
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) // when this fails, the visitor has gone
}

// signed asks once whether the user has signed; nil is yes.
func (s *server) signed(ctx context.Context, visit *session) error {
	status, err := s.products[visit.kind()].status(ctx, visit)
	if err != nil {
		return err
	}
	switch status.Status {
	case kakaocert.StatusCompleted:
		return nil
	case kakaocert.StatusRejected:
		return errDeclined
	case kakaocert.StatusExpired:
		return errExpired
	}
	return errWaiting // also where the status is not known to this version
}

// finish fetches what was signed and checks it, once for each transaction. It
// is a POST: it changes what is at Kakao.
func (s *server) finish(w http.ResponseWriter, r *http.Request, visit *session) {
	s.conclude(w, r, visit, func(ctx context.Context) (*proof, error) { return s.prove(ctx, visit) })
}

// result shows what came of it, also after a restart: then from the evidence.
// It never fetches.
func (s *server) result(w http.ResponseWriter, r *http.Request, visit *session) {
	s.conclude(w, r, visit, func(ctx context.Context) (*proof, error) { return s.recall(ctx, visit) })
}

// conclude goes on when the visitor has gone: what was fetched is also for the
// one who comes back.
func (s *server) conclude(w http.ResponseWriter, r *http.Request, visit *session, work func(context.Context) (*proof, error)) {
	lang := s.page(r).Lang
	proof, err := s.results.once(visit.txID(), func() (*proof, error) {
		proof, err := work(context.WithoutCancel(r.Context()))
		if err != nil {
			s.note(r, "conclude", visit, err)
		}
		return proof, err
	})
	switch refused := refusalOf(err); {
	case refused == waiting && err != nil && r.Method == http.MethodPost: // the visitor pressed too early
		p := s.page(r)
		p.Refusal = "not_signed"
		s.showWait(w, p, refused.status, visit)
	case refused == waiting && err != nil:
		http.Redirect(w, r, front.InLanguage("/wait", lang), http.StatusSeeOther)
	case r.Method == http.MethodPost && (err == nil || refused.final):
		http.Redirect(w, r, front.InLanguage("/result", lang), http.StatusSeeOther)
	case err != nil:
		s.refuse(w, r, err)
	default:
		p := s.page(r)
		p.Kind, p.Person, p.Proof, p.TxID = visit.kind(), visit.Person, proof, visit.txID()
		s.show(w, http.StatusOK, "result", p)
	}
}

// refuse says what went wrong, and what to do about it.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p, refused := s.page(r), refusalOf(err)
	p.Refusal, p.Retry = refused.key, refused.retry
	s.show(w, refused.status, "refusal", p)
}

// note logs what went wrong. The SDK's errors have no personal data in them.
func (s *server) note(r *http.Request, step string, visit *session, err error) {
	level := slog.LevelInfo
	switch refused := refusalOf(err); {
	case isSecurityEvent(err):
		level = slog.LevelError
	case refused == trouble, refused == lost, refused == unanswered, errors.Is(err, kakaocert.ErrParameter):
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{slog.String("step", step), slog.String("error", err.Error())}
	if visit != nil && visit.txID() != "" {
		attrs = append(attrs, slog.String("tx_id", visit.txID()))
	}
	s.log.LogAttrs(r.Context(), level, "visit", attrs...)
}
