package call

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/urfave/cli/v3"
)

// Console is standard output or standard error. It remembers the first failure
// to write.
type Console struct {
	io.Writer
	Terminal bool // a person is looking, and lines can be erased
	Coloured bool
	lang     string            // of the words: "ko" or "en"
	program  string            // whose errors are printed
	korean   map[string]string // the program's own words
	err      error
}

// NewConsole writes to w, with words in a language.
func NewConsole(w io.Writer, getenv func(string) string, lang string) *Console {
	c := &Console{Writer: w, lang: lang}
	if file, ok := w.(*os.File); ok {
		info, err := file.Stat()
		c.Terminal = err == nil && info.Mode()&os.ModeCharDevice != 0 && getenv("TERM") != "dumb"
	}
	c.Coloured = c.Terminal && getenv("NO_COLOR") == ""
	return c
}

func (c *Console) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	if c.err == nil {
		c.err = err
	}
	return n, err
}

// Colour is a colour of the terminal's own choosing.
type Colour string

// The colours of verdicts: good, bad, and worth a look.
const (
	Green  Colour = "32"
	Red    Colour = "31"
	Yellow Colour = "33"
)

// Paint colours text where there are colours.
func (c *Console) Paint(with Colour, text string) string {
	if !c.Coloured {
		return text
	}
	return "\x1b[" + string(with) + "m" + text + "\x1b[0m"
}

// Stdout is the standard output of the call.
func Stdout(cmd *cli.Command) *Console { return cmd.Root().Writer.(*Console) }

// Stderr is its standard error.
func Stderr(cmd *cli.Command) *Console { return cmd.Root().ErrWriter.(*Console) }

// PrintJSON prints one object on one line.
func PrintJSON(w io.Writer, object any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(object)
}

// T translates a text of the command's own, or a format of one. A text without a
// translation stays English.
func (c *Console) T(text string) string {
	if c.lang != "ko" {
		return text
	}
	return inKorean(text, c.korean)
}

// Lang is the language of the words, "ko" or "en".
func (c *Console) Lang() string { return c.lang }

// Sprintf is [fmt.Sprintf] with the format translated.
func (c *Console) Sprintf(format string, args ...any) string {
	return fmt.Sprintf(c.T(format), args...)
}

// Field prints one line of an answer for people: a name, and its value.
func Field(c *Console, name, format string, args ...any) {
	fmt.Fprintf(c, "  %s %s\n", Pad(c.T(name), 12), Printable(c.Sprintf(format, args...)))
}

// Pad fills up with spaces to a number of columns.
func Pad(text string, to int) string { return text + strings.Repeat(" ", max(0, to-width(text))) }

// Printable keeps what others have written, in a certificate or as the name of
// a file, from moving the cursor.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

func TimeText(t time.Time) string {
	if t.IsZero() {
		return "at a time that the service does not report"
	}
	return t.Format(time.RFC3339)
}
