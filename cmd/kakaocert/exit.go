package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/urfave/cli/v3"
)

// What has been said already.
var (
	errNo    = errors.New("the answer is no")
	errWrong = errors.New("wrong call")
)

// wrongCall is a mistake of the caller's.
type wrongCall struct{ err error }

func (e wrongCall) Error() string { return e.err.Error() }
func (e wrongCall) Unwrap() error { return e.err }

func wrong(format string, args ...any) error { return wrongCall{fmt.Errorf(format, args...)} }

// exitCode tells standard error what it has not been told yet.
func exitCode(err error, stderr io.Writer) int {
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errNo):
		return exitNo
	case errors.Is(err, errWrong):
		return exitWrong
	}
	sayError(stderr, err)
	if errors.As(err, new(wrongCall)) || errors.As(err, new(cli.ExitCoder)) { // help about nothing is cli's
		return exitWrong
	}
	return exitNo
}

func sayError(stderr io.Writer, err error) {
	fmt.Fprintln(stderr, "kakaocert:", printable(strings.TrimPrefix(err.Error(), "kakaocert: ")))
}

// needVerb is the action where a verb is missing. What was typed may be
// anybody's name, unless it looks like a verb.
func needVerb(_ context.Context, cmd *cli.Command) error {
	given := cmd.Args().First()
	switch {
	case given == "":
		return wrong("which verb? %s -h lists them", cmd.FullName())
	case isWord.MatchString(given):
		return wrong("no such verb: %s; %s -h lists them", given, cmd.FullName())
	}
	return wrong("no such verb; %s -h lists them", cmd.FullName())
}

// noArguments refuses what a verb does not take, without quoting it.
func noArguments(cmd *cli.Command) error {
	if cmd.Args().Present() {
		return wrong("%s takes flags, and nothing besides; a value with spaces needs quotes", cmd.FullName())
	}
	return nil
}

func usageError(_ context.Context, cmd *cli.Command, err error, _ bool) error {
	return wrong("%s; %s -h says how", withoutValues(err), cmd.FullName())
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
