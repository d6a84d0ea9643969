package front

import (
	"net/http"
	"strings"
)

// Origins are those of others that a page needs.
type Origins struct {
	Forms   []string // where its forms may lead
	Scripts []string // where its scripts may come from; they may open windows
}

// Headers lets the page load only what is its own or of the origins given. No
// other page can frame it, and no cache keeps it.
func (s Site) Headers(next http.Handler, others Origins) http.Handler {
	forms := strings.Join(append([]string{"'self'"}, others.Forms...), " ")
	scripts := strings.Join(append([]string{"'self'"}, others.Scripts...), " ")
	opener := "same-origin"
	if len(others.Scripts) > 0 {
		opener = "same-origin-allow-popups"
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src "+scripts+"; style-src 'self'; connect-src 'self'; img-src 'self'; "+
			"base-uri 'none'; form-action "+forms+"; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Opener-Policy", opener)
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Referrer-Policy", "same-origin") // no-referrer would take the Origin from our own forms
		h.Set("Cache-Control", "no-store")
		if s.Secure() {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}
