package kakaocerttest

import (
	"context"
	_ "embed"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// windowPath is where the simulated standard window is (K1400). The address of
// Kakao's own is not documented: its JavaScript SDK opens the window.
const windowPath = "/_window/"

// windowJS plays the part of Kakao's JavaScript SDK that opens the window.
//
//go:embed web/window.js
var windowJS string

// Window is what an institution's page asks Kakao's standard window for: the
// options of Kakao.Cert.identify, whose names are ASSUMED. In the window's
// address they are in snake case.
type Window struct {
	RedirectURI   string   // where the window ends, with tx_id or error_code
	SettleID      string   // of the contract
	SignData      string   // what the user signs
	IdentifyItems []string // the protocol's words: "CI", "NAME"
	State         string   // returned unchanged; may be empty
}

// URL returns the window's address at a simulator with the given address, such
// as Server.URL.
func (w Window) URL(simulator string) string {
	query := url.Values{"redirect_uri": {w.RedirectURI}, "settle_id": {w.SettleID}, "sign_data": {w.SignData}}
	if len(w.IdentifyItems) > 0 {
		query.Set("identify_items", strings.Join(w.IdentifyItems, ","))
	}
	if w.State != "" {
		query.Set("state", w.State)
	}
	return strings.TrimSuffix(simulator, "/") + windowPath + "?" + query.Encode()
}

// SignInWindow plays the browser of the user with that phone number at the
// standard window: it agrees, and returns the address to which the browser is
// sent once the user has signed or declined, according to their [Behaviour]. It
// ends with its context.
func (s *Service) SignInWindow(ctx context.Context, w Window, phone string) (callback string, err error) {
	return s.browse(ctx, w.URL("https://window.invalid"), phone)
}

// windows are the windows in which a user has agreed.
type windows struct {
	mu   sync.Mutex
	byID map[string]*opened
}

// opened is a window whose user is asked on the phone.
type opened struct {
	asked Window
	tx    *transaction
}

// window answers below windowPath. A GET shows the window that its query asks
// for. A POST to it lets the user agree or cancel; then the window has an id
// and waits for the phone.
func (s *Service) window(r *http.Request) reply {
	name := strings.TrimPrefix(r.URL.Path, windowPath)
	query := r.URL.Query()
	switch {
	case name == "kakao.js" && r.Method == http.MethodGet:
		a := textReply(http.StatusOK, "text/javascript; charset=utf-8", windowJS)
		a.header.Set("X-Content-Type-Options", "nosniff")
		return a
	case name != "":
		return plainReply(http.StatusNotFound, "no such path\n")
	case r.Method == http.MethodGet && query.Has("id"):
		return s.windowStanding(r, query.Get("id"))
	}
	asked, reason := s.windowAsked(query)
	switch {
	case reason != "":
		return plainReply(http.StatusBadRequest, reason+"\n")
	case r.Method == http.MethodGet:
		return drawWindow(r, asked, consent{Users: s.Users(), Data: asked.SignData})
	case r.Method == http.MethodPost:
		return s.windowAnswered(r, asked)
	}
	return plainReply(http.StatusMethodNotAllowed, "method not allowed\n")
}

func drawWindow(r *http.Request, asked Window, c consent) reply {
	c.Page = "window"
	return drawConsent(r, asked.RedirectURI, c)
}

// windowAsked reads what the page asks for, or says what is wrong with it. In
// that case the browser is not sent back: the address cannot be trusted.
func (s *Service) windowAsked(query url.Values) (w Window, reason string) {
	for name, values := range query {
		if len(values) != 1 {
			return w, name + " is repeated"
		}
	}
	w = Window{
		RedirectURI: query.Get("redirect_uri"), SettleID: query.Get("settle_id"),
		SignData: query.Get("sign_data"), State: query.Get("state"),
	}
	if items := query.Get("identify_items"); items != "" {
		w.IdentifyItems = strings.Split(items, ",")
	}
	target, err := url.Parse(w.RedirectURI)
	switch {
	case err != nil || target.Scheme != "https" && target.Scheme != "http" || target.Host == "" || target.Fragment != "":
		return w, "redirect_uri must be an absolute http or https URL"
	case target.Query().Has("tx_id") || target.Query().Has("error_code") || target.Query().Has("state"):
		return w, "redirect_uri must not have tx_id, error_code or state in its query"
	case len(s.contract.RedirectURIs) > 0 && !slices.Contains(s.contract.RedirectURIs, w.RedirectURI):
		return w, "redirect_uri is not registered"
	case !slices.Contains(s.contract.SettleIDs, w.SettleID):
		return w, "settle_id is missing or wrong"
	case w.SignData == "" || utf8.RuneCountInString(w.SignData) > maxNonce:
		return w, "sign_data must be 1 to 40 characters"
	case s.contract.denies("k1400", "prepare"):
		return w, "no permission for K1400"
	}
	for i, item := range w.IdentifyItems {
		known := slices.ContainsFunc(identifyItems, func(key string) bool { return s.protocol.Get("value.identify."+key) == item })
		if !known || slices.Contains(w.IdentifyItems[:i], item) {
			return w, "identify_items has an item that is unknown or repeated"
		}
	}
	return w, ""
}

// windowAnswered takes the user's answer in the window. The user signs on the
// phone.
func (s *Service) windowAnswered(r *http.Request, asked Window) reply {
	form, reason := pageForm(r)
	if reason != "" {
		return plainReply(http.StatusBadRequest, reason+"\n")
	}
	if form.Get("decision") == "cancel" {
		return s.windowEnds(asked, nil, "CANCELED")
	}
	a := s.users.withPhone(form.Get("phone"))
	if form.Get("decision") != "agree" || a == nil {
		reason = "E2001"
	} else if failed := addressable(a.get().Behaviour); failed != nil {
		reason = failed.code
	}
	if reason != "" {
		return drawWindow(r, asked, consent{Users: s.Users(), Data: asked.SignData, Failed: reason})
	}
	sign := textToSign(asked.SignData, asked.IdentifyItems)
	now := s.clock.Now()
	tx := s.store.open(&transaction{
		service: "k1400", product: s.code("K1400"), bare: "K1400",
		account: a, key: s.contract.keys[0], preparedAt: now,
		asked: sign, requestedAt: now, expiresAt: now.Add(defaultExpiry), behaviour: a.get().Behaviour,
	})
	id := hex.EncodeToString(random(16))
	s.windows.mu.Lock()
	s.windows.byID[id] = &opened{asked, tx}
	s.windows.mu.Unlock()
	return seeOther(windowPath + "?id=" + id)
}

// windowStanding waits for the phone, and then sends the browser back.
func (s *Service) windowStanding(r *http.Request, id string) reply {
	s.windows.mu.Lock()
	w := s.windows.byID[id]
	s.windows.mu.Unlock()
	if w == nil {
		return plainReply(http.StatusBadRequest, "no such window\n")
	}
	w.tx.mu.Lock()
	at, _ := w.tx.at(s.clock.Now())
	w.tx.mu.Unlock()
	switch at {
	case stateRequested:
		return drawWindow(r, w.asked, consent{Waiting: true})
	case stateCompleted:
		return s.windowEnds(w.asked, w.tx, "")
	case stateExpired:
		return s.windowEnds(w.asked, w.tx, "E2007")
	}
	return s.windowEnds(w.asked, w.tx, "CANCELED")
}

// windowEnds sends the browser back with tx_id, or with an error code. The code
// of an expired request is the service's; CANCELED is our own choice, because
// no value is known.
func (s *Service) windowEnds(asked Window, tx *transaction, code string) reply {
	target, _ := url.Parse(asked.RedirectURI) // was read before
	query := target.Query()
	ev := Event{Time: s.clock.Now(), Step: "window", Product: s.code("K1400"), Status: http.StatusFound, Code: code}
	if tx != nil {
		ev.TxID = tx.id
	}
	if code == "" {
		query.Set("tx_id", tx.id)
	} else {
		query.Set("error_code", code)
	}
	if asked.State != "" {
		query.Set("state", asked.State)
	}
	target.RawQuery = query.Encode()
	s.events.publish(ev)
	a := seeOther(target.String())
	a.status = http.StatusFound // (DOC)
	return a
}
