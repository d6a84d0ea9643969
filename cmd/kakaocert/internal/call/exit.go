package call

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/urfave/cli/v3"
)

// Exit statuses.
const (
	ExitDone  = 0
	ExitNo    = 1 // the answer is no
	ExitWrong = 2 // wrong call, or no such file
)

// What has been said already.
var (
	ErrNo    = errors.New("the answer is no")
	ErrWrong = errors.New("wrong call")
)

// WrongCall is a mistake of the caller's.
type WrongCall struct{ Err error }

func (e WrongCall) Error() string { return e.Err.Error() }
func (e WrongCall) Unwrap() error { return e.Err }

// Wrong makes a [WrongCall].
func Wrong(format string, args ...any) error { return WrongCall{fmt.Errorf(format, args...)} }

// exitCode tells standard error what it has not been told yet.
func exitCode(err error, stderr io.Writer) int {
	switch {
	case err == nil:
		return ExitDone
	case errors.Is(err, ErrNo):
		return ExitNo
	case errors.Is(err, ErrWrong):
		return ExitWrong
	}
	SayError(stderr, err)
	if errors.As(err, new(WrongCall)) || errors.As(err, new(cli.ExitCoder)) { // help about nothing is cli's
		return ExitWrong
	}
	return ExitNo
}

// SayError prints an error in one line.
func SayError(stderr io.Writer, err error) {
	fmt.Fprintln(stderr, "kakaocert:", Printable(strings.TrimPrefix(err.Error(), "kakaocert: ")))
}

// NeedVerb is the action where a verb is missing. What was typed may be
// anybody's name, unless it looks like a verb.
func NeedVerb(_ context.Context, cmd *cli.Command) error {
	given := cmd.Args().First()
	switch {
	case given == "":
		return Wrong("which verb? %s -h lists them", cmd.FullName())
	case isWord.MatchString(given):
		return Wrong("no such verb: %s; %s -h lists them", given, cmd.FullName())
	}
	return Wrong("no such verb; %s -h lists them", cmd.FullName())
}

// NoArguments refuses what a verb does not take, without quoting it.
func NoArguments(cmd *cli.Command) error {
	if cmd.Args().Present() {
		return Wrong("%s takes flags, and nothing besides; a value with spaces needs quotes", cmd.FullName())
	}
	return nil
}

func usageError(_ context.Context, cmd *cli.Command, err error, _ bool) error {
	return Wrong("%s; %s -h says how", withoutValues(err), cmd.FullName())
}

var (
	isWord     = regexp.MustCompile(`^[a-z][a-z-]*$`)
	badValue   = regexp.MustCompile(`(?s)^invalid value ".*" for flag (-[a-z-]+): (can't duplicate)?.*`)
	noSuchFlag = regexp.MustCompile(`(?s)^flag provided but not defined: -(.*)`)
)

// withoutValues is cli's message without what was typed as a value, or where a
// flag should be: it may be personal data.
func withoutValues(err error) string {
	message := err.Error()
	if match := badValue.FindStringSubmatch(message); match != nil {
		if match[2] != "" {
			return "-" + match[1] + " is given twice"
		}
		return "-" + match[1] + " has a value that cannot be read"
	}
	if match := noSuchFlag.FindStringSubmatch(message); match != nil && !isWord.MatchString(match[1]) {
		return "no such flag"
	}
	return message
}
