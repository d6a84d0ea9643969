package front

import "net/http"

// Headers lets the page load nothing that is not its own, nobody frame it, and
// nobody keep it. FormTo are the origins that its forms may lead to, besides its
// own.
func (s Site) Headers(next http.Handler, formTo ...string) http.Handler {
	action := "'self'"
	for _, origin := range formTo {
		action += " " + origin
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "+
			"base-uri 'none'; form-action "+action+"; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Referrer-Policy", "same-origin") // no-referrer would take the Origin from our own forms
		h.Set("Cache-Control", "no-store")
		if s.Secure() {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}
