package call

import (
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert/internal/bilingual"
)

const langFlag = "lang"

// languageFlag is on the program and on every verb, so that it may be before the
// verb too. Its value is read before the others, so that what is wrong with those
// can be said in it; see askedLanguage.
func languageFlag() cli.Flag {
	flag := TextFlag(langFlag, "`LANGUAGE` of the output: ko or en (default: the locale's)")
	flag.Local = true // not inherited: the verb has its own
	return flag
}

// askedLanguage finds --lang in the arguments as they were typed.
func askedLanguage(args []string, getenv func(string) string) (string, error) {
	asked := ""
	for i, arg := range args {
		if arg == "--" {
			break
		}
		if value, ok := strings.CutPrefix(arg, "--"+langFlag+"="); ok {
			asked = value
		} else if arg == "--"+langFlag && i+1 < len(args) {
			asked = args[i+1]
		}
	}
	return bilingual.Asked(asked, getenv)
}
