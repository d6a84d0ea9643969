package main

import (
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/examples/internal/front"
)

//go:embed templates
var templates embed.FS

// page is what the templates draw from.
type page struct {
	front.Visitor
	Step    int // of three
	Kind    string
	InApp   bool
	Person  kakaocert.Person
	Title   string // of the document
	Text    string
	Refusal string // key of its texts
	Field   string // that was mistyped
	Retry   bool
	AppLink template.URL
	Until   time.Time
	Proof   *proof
	TxID    string
}

// BirthdayWrong is the key of what is wrong with the birthday: its form, or a
// date on which no one can have been born. It is empty where the birthday is right.
func (p page) BirthdayWrong() string {
	if p.Field != "birthday" {
		return ""
	}
	digits := strings.Trim(p.Person.Birthday, "0123456789") == ""
	if digits && len(p.Person.Birthday) == len("19900101") {
		return "field.birthday.date"
	}
	return "field.birthday"
}

func (s *server) page(r *http.Request) page {
	p := page{Visitor: front.Visitor{Words: words.For(r), Path: r.URL.Path, Phone: s.set.Phone}, Title: contractTitle, Text: contractText}
	switch r.Pattern { // the address that a form posts to cannot be opened
	case "POST /start":
		p.Path = "/"
	case "POST /finish":
		p.Path = "/wait"
	}
	return p
}

// appLink lets a link of the service be followed where it is of a kind that
// opens an app, and drops it where it is not: it comes from outside.
func appLink(link string) template.URL {
	u, err := url.Parse(link)
	if err != nil || !slices.Contains([]string{"kakaotalk", "intent", "https"}, u.Scheme) {
		return ""
	}
	return template.URL(link)
}

// pages are the templates, each with the frame around it.
type pages map[string]*template.Template

// steps is the number of the step in a visit that each page belongs to.
var steps = map[string]int{"start": 1, "wait": 2, "refusal": 2, "result": 3}

// korea is not loaded by name: the table of zones is missing on some machines.
var korea = time.FixedZone("KST", 9*60*60)

func parsePages() pages {
	frame := front.Frame(template.FuncMap{
		"when": func(t time.Time) string { return t.In(korea).Format("2006-01-02 15:04") },
		"unix": time.Time.UnixMilli,
	})
	all := make(pages)
	for name := range steps {
		all[name] = template.Must(template.Must(frame.Clone()).ParseFS(templates, "templates/steps.html", "templates/"+name+".html"))
	}
	return all
}

func (s *server) show(w http.ResponseWriter, status int, name string, p page) {
	p.Step = steps[name]
	front.Show(w, s.log, s.pages[name], status, p)
}
