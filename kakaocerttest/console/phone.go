package console

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/mask"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

const (
	maxCards = 20 // pending requests on the phone
	maxDone  = 8  // answered requests below them
)

//go:embed web
var web embed.FS

// page is the data of every part of the phone page.
type page struct {
	words
	Reveal  bool
	Now     time.Time
	Pending []card
	More    int // pending requests that are not shown
	Done    []card
	Flow    []line
	Users   []person
	Faults  []kakaocerttest.Fault
	Kinds   []kindGroup
	Steps   []string
	Behaves []string
	Address string // where clients call
	Product string // a product code in the form that this host wants
	ByHand  bool   // some user waits for this page
}

// card is a request as the phone shows it.
type card struct {
	kakaocerttest.Transaction

	Person    string // masked unless revealed
	State     string // how it ended: "completed", "rejected" or "expired"; its words and its colour
	AppToApp  bool
	Back      string // return_url, where a browser can follow it
	Documents []sheet
}

// sheet is a document as the phone shows it.
type sheet struct {
	kakaocerttest.Document
	Number int
	IsHash bool
	Note   string // next to a hash
	Items  []item // of a consent
}

type item struct{ Name, Value string } // the name in words

// line is an event in the list next to the phone.
type line struct {
	kakaocerttest.Event
	User    string // masked unless revealed
	Meaning string // of the code
}

type person struct {
	kakaocerttest.User
	Shown, ShownPhone string
}

// kindGroup is a group of faults. A kind with a step of its own can happen only
// at that step, which the service knows.
type kindGroup struct {
	Name    string // key in words
	OwnStep bool
	Kinds   []kakaocerttest.FaultKind
}

var kindGroups = []kindGroup{
	{"group.connection", false, []kakaocerttest.FaultKind{
		kakaocerttest.Refuse, kakaocerttest.DropBefore, kakaocerttest.DropAfter, kakaocerttest.CutBody, kakaocerttest.Slow, kakaocerttest.Trickle,
	}},
	{"group.answer", false, []kakaocerttest.FaultKind{
		kakaocerttest.TooManyRequests, kakaocerttest.Unavailable, kakaocerttest.InternalError, kakaocerttest.Maintenance,
		kakaocerttest.BadGateway, kakaocerttest.BrokenJSON, kakaocerttest.Oversized,
	}},
	{"group.login", true, []kakaocerttest.FaultKind{
		kakaocerttest.WrongState, kakaocerttest.UsedCode, kakaocerttest.ExpiredSession, kakaocerttest.WrongKey, kakaocerttest.Replay,
	}},
	{"group.signature", true, []kakaocerttest.FaultKind{
		kakaocerttest.WrongVID, kakaocerttest.AnotherUser, kakaocerttest.AnotherDocument, kakaocerttest.SwappedPair,
		kakaocerttest.ExpiredCertificate, kakaocerttest.RevokedCertificate,
	}},
}

// faultSteps are the steps at which a fault can be set.
var faultSteps = []string{"prepare", "authorize", "token", "request", "status", "verify", "signer", "session", "order"}

var behaviourTexts = []string{"manual", "sign", "sign:3s", "refuse:3s", "ignore", "dormant", "foreign", "no_certificate"}

// korea is not loaded by name, because some machines have no time zone
// database.
var korea = time.FixedZone("KST", 9*60*60)

func (c *console) addPhone() {
	templates := template.Must(template.New("").Funcs(template.FuncMap{
		"short": func(id string) string { return id[:min(8, len(id))] },
		"clock": func(t time.Time) string { return t.In(korea).Format("15:04:05") },
		"day":   func(t time.Time) string { return t.In(korea).Format("2006-01-02 15:04") },
	}).ParseFS(web, "web/*.html"))
	for path, name := range map[string]string{
		phonePath:             "phone.html",
		phonePath + "/screen": "screen",
		phonePath + "/flow":   "flow",
		phonePath + "/panel":  "panel",
	} {
		c.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			var out bytes.Buffer
			p := c.page(r)
			if err := templates.ExecuteTemplate(&out, name, p); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			pageHeader(w.Header())
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("X-Sim-Now", p.Now.Format(time.RFC3339Nano))
			_, _ = w.Write(out.Bytes()) // if it fails, the client has gone
		})
	}
	for _, name := range []string{"phone.js", "phone.css"} {
		c.mux.HandleFunc("GET "+phonePath+"/"+name, func(w http.ResponseWriter, r *http.Request) {
			pageHeader(w.Header())
			http.ServeFileFS(w, r, web, "web/"+name)
		})
	}
}

// pageHeader lets the page load nothing that is not its own, and forbids other
// pages to frame it: a user could be tricked into clicking a framed Sign
// button.
func pageHeader(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
}

func (c *console) page(r *http.Request) page {
	s, config := c.service, c.service.Config()
	p := page{
		words: wordTable.For(r), Reveal: r.URL.Query().Get("reveal") == "1",
		Now: s.Clock().Now(), Faults: s.Faults(), Kinds: kindGroups, Steps: faultSteps, Behaves: behaviourTexts,
		Address: "http://" + r.Host, Product: string(kakaocert.K1110),
	}
	if config.Environment == kakaocert.Test {
		p.Product += "T"
	}
	owners := map[string]string{} // of transactions
	all := s.Transactions()
	for _, tx := range slices.Backward(all) {
		owners[tx.TxID] = tx.User.Name
		switch {
		case tx.Pending && len(p.Pending) < maxCards:
			p.Pending = append(p.Pending, p.card(config.Protocol, tx))
		case tx.Pending:
			p.More++
		case !tx.RequestedAt.IsZero() && len(p.Done) < maxDone:
			p.Done = append(p.Done, p.card(config.Protocol, tx))
		}
	}
	for _, ev := range slices.Backward(c.history.all()) {
		p.Flow = append(p.Flow, line{ev, p.masked(owners[ev.TxID]), meaning(p.words, ev.Code)})
	}
	for _, u := range s.Users() {
		p.Users = append(p.Users, person{u, p.masked(u.Name), p.masked(u.Phone)})
		p.ByHand = p.ByHand || u.Behaviour == kakaocerttest.Manual()
	}
	return p
}

// masked hides the middle of personal data unless the reader has asked for it.
func (p page) masked(text string) string {
	if p.Reveal {
		return text
	}
	return mask.Text(text)
}

// meaning is what an error code means.
func meaning(w words, code string) string {
	if w.Lang == "en" {
		return kakaocert.Code(code).Meaning()
	}
	return kakaocert.Code(code).MeaningKorean()
}

func (p page) card(protocol *kakaocert.Protocol, tx kakaocerttest.Transaction) card {
	out := card{Transaction: tx, Person: p.masked(tx.User.Name), AppToApp: tx.Product[3] == '2'} // K1120, K3220
	for _, state := range []string{"completed", "rejected", "expired"} {
		if tx.Status == protocol.Get("value.status."+state) {
			out.State = state
		}
	}
	if u, err := url.Parse(tx.ReturnURL); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
		out.Back = tx.ReturnURL
	}
	for i, d := range tx.Documents {
		sh := sheet{Document: d, Number: i + 1, IsHash: d.Type != "" && d.Type == protocol.Get("value.document_type.hash")}
		if sh.IsHash {
			sh.Note = p.T("hash")
		}
		switch out.Service {
		case "k2220":
			sh.Items = []item{{p.T("session.length"), d.Text}, {p.T("session.key"), tx.SessionKey}}
		case "k3100":
			sh.Items = p.consentLines(protocol, d.Text)
		}
		out.Documents = append(out.Documents, sh)
	}
	return out
}

// consentLines are the six items in their order.
func (p page) consentLines(protocol *kakaocert.Protocol, text string) []item {
	var values map[string]string
	if json.Unmarshal([]byte(text), &values) != nil {
		return nil
	}
	var items []item
	for _, key := range []string{"billing_organization", "bank_name", "account_number", "account_holder", "account_holder_birthday", "service_type"} {
		value := values[protocol.Field(key)]
		if strings.HasPrefix(key, "account_") {
			value = p.masked(value)
		}
		items = append(items, item{p.T("consent." + key), value})
	}
	return items
}
