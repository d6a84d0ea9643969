package bilingual

import (
	"errors"
	"strings"
)

// ErrLanguage says that a language was asked for that no table has.
var ErrLanguage = errors.New("must be ko or en")

// In returns the texts in a language, "ko" or "en".
func (t Table) In(lang string) Words { return Words{Lang: lang, table: t} }

// Asked returns the language that a command is asked for in so many words, else
// that of the locale, else English.
func Asked(lang string, getenv func(string) string) (string, error) {
	switch lang {
	case korean, english:
		return lang, nil
	case "":
		return locale(getenv), nil
	}
	return "", ErrLanguage
}

// locale reads the variables in the order of POSIX. The first that is set
// counts, whatever it names.
func locale(getenv func(string) string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := getenv(name); value != "" {
			if strings.HasPrefix(value, korean+"_") || strings.HasPrefix(value, korean+".") || value == korean {
				return korean
			}
			return english
		}
	}
	return english
}
