// Package bilingual gives pages their texts, in Korean or in English.
package bilingual

import (
	"net/http"
	"strings"
)

const (
	korean  = "ko"
	english = "en"
)

// Table contains each text in Korean and in English, under its key.
type Table map[string][2]string

// Words are the texts of a table in one language.
type Words struct {
	Lang  string // "ko" or "en"
	table Table
}

// For returns the texts in the language that the request asks for.
func (t Table) For(r *http.Request) Words { return Words{Lang: language(r), table: t} }

// language is what the address asks for, else the browser's first choice of
// Korean and English, else Korean.
func language(r *http.Request) string {
	asked := r.URL.Query().Get("lang")
	if asked == korean || asked == english {
		return asked
	}
	for choice := range strings.SplitSeq(strings.ToLower(r.Header.Get("Accept-Language")), ",") {
		choice = strings.TrimSpace(choice)
		if strings.HasPrefix(choice, korean) {
			return korean
		}
		if strings.HasPrefix(choice, english) {
			return english
		}
	}
	return korean
}

// T returns the text under key, and the key itself where there is none.
func (w Words) T(key string) string {
	row, known := w.table[key]
	switch {
	case !known:
		return key
	case w.Lang == english:
		return row[1]
	}
	return row[0]
}

// OtherLang is the language that these texts are not in.
func (w Words) OtherLang() string {
	if w.Lang == korean {
		return english
	}
	return korean
}
