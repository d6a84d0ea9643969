package front

import (
	"bytes"
	"html/template"
	"log/slog"
	"net/http"

	"github.com/kakaocert-go/kakaocert/internal/bilingual"
)

// Visitor is what every page draws from: the texts in the visitor's language, the
// page's own path, and the simulated phone.
type Visitor struct {
	bilingual.Words
	Path  string
	Phone string // the simulator's page; empty where phones are real
}

// To is an address of ours in the visitor's language.
func (v Visitor) To(path string) string { return InLanguage(path, v.Lang) }

// Here is this page in the other language.
func (v Visitor) Here() string { return InLanguage(v.Path, v.OtherLang()) }

// PhonePage is the simulator's page in the visitor's language.
func (v Visitor) PhonePage() string { return InLanguage(v.Phone, v.Lang) }

// Show draws a page whole before it sends any of it.
func Show(w http.ResponseWriter, log *slog.Logger, t *template.Template, status int, page any) {
	var out bytes.Buffer
	if err := t.Execute(&out, page); err != nil {
		log.Error("page", "error", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // an error says that the visitor has gone
}
