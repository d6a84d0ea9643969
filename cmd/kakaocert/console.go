package main

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

// console is standard output or standard error. It remembers the first failure
// to write.
type console struct {
	io.Writer
	terminal bool // a person is looking, and lines can be erased
	coloured bool
	err      error
}

func newConsole(w io.Writer, getenv func(string) string) *console {
	c := &console{Writer: w}
	if file, ok := w.(*os.File); ok {
		info, err := file.Stat()
		c.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0 && getenv("TERM") != "dumb"
	}
	c.coloured = c.terminal && getenv("NO_COLOR") == ""
	return c
}

func (c *console) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	if c.err == nil {
		c.err = err
	}
	return n, err
}

// colour is a colour of the terminal's own choosing.
type colour string

const (
	green  colour = "32"
	red    colour = "31"
	yellow colour = "33"
)

// paint colours text where there are colours.
func (c *console) paint(with colour, text string) string {
	if !c.coloured {
		return text
	}
	return "\x1b[" + string(with) + "m" + text + "\x1b[0m"
}

func stdout(cmd *cli.Command) *console { return cmd.Root().Writer.(*console) }
func stderr(cmd *cli.Command) *console { return cmd.Root().ErrWriter.(*console) }

// printJSON prints one object on one line.
func printJSON(w io.Writer, object any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(object)
}

// field prints one line of an answer for people: a name, and what it has.
func field(w io.Writer, name, format string, args ...any) {
	fmt.Fprintf(w, "  %-12s %s\n", name, printable(fmt.Sprintf(format, args...)))
}

// printable keeps what others have written, in a certificate or as the name of
// a file, from moving the cursor.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return "at a time that the service does not tell"
	}
	return t.Format(time.RFC3339)
}
