package call

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/urfave/cli/v3"
)

// Exit statuses.
const (
	ExitDone  = 0
	ExitNo    = 1 // the answer is no
	ExitWrong = 2 // wrong call, or no such file
	// ExitUnchecked says that nothing can be said with the keys that were given.
	ExitUnchecked   = 3
	ExitInterrupted = 130 // the shells' status for SIGINT
)

// Errors whose text has been printed already.
var (
	ErrNo    = errors.New("the answer is no")
	ErrWrong = errors.New("wrong call")

	ErrUnchecked   = errors.New("cannot be checked with what was given")
	ErrInterrupted = errors.New("interrupted")
)

// WrongCall is a mistake of the caller's.
type WrongCall struct {
	Err error

	format string // of Err's text, to be translated; empty where it is another's
	args   []any
}

func (e WrongCall) Error() string { return e.Err.Error() }
func (e WrongCall) Unwrap() error { return e.Err }

// Wrong makes a [WrongCall].
func Wrong(format string, args ...any) error {
	return WrongCall{fmt.Errorf(format, args...), format, args}
}

// exitCode writes to standard error what it has not reported yet.
func exitCode(err error, stderr *Console) int {
	switch {
	case err == nil:
		return ExitDone
	case errors.Is(err, ErrNo):
		return ExitNo
	case errors.Is(err, ErrWrong):
		return ExitWrong
	case errors.Is(err, ErrUnchecked):
		return ExitUnchecked
	case errors.Is(err, ErrInterrupted):
		return ExitInterrupted
	}
	SayError(stderr, err)
	if errors.As(err, new(WrongCall)) || errors.As(err, new(cli.ExitCoder)) { // help about nothing is cli's
		return ExitWrong
	}
	return ExitNo
}

// SayError prints an error in one line.
func SayError(stderr *Console, err error) {
	text := err.Error()
	if mistake, ok := errors.AsType[WrongCall](err); ok && mistake.format != "" {
		text = fmt.Errorf(stderr.T(mistake.format), mistake.args...).Error()
		if meant := didYouMean.FindStringSubmatch(text); meant != nil {
			text = strings.Replace(text, meant[0], stderr.Sprintf("; did you mean %s?", meant[1]), 1)
		}
	}
	fmt.Fprintln(stderr, cmp.Or(stderr.program, "kakaocert")+":", Printable(strings.ReplaceAll(strings.TrimPrefix(text, "kakaocert: "), ": kakaocert: ", ": ")))
}

// NeedVerb is the action where a verb is missing.
func NeedVerb(_ context.Context, cmd *cli.Command) error {
	switch given := cmd.Args().First(); {
	case given == "":
		return Wrong("which verb? run %s -h for a list", cmd.FullName())
	case given == "help" || given == "h":
		printHelp(Stdout(cmd), "", cmd)
		return nil
	default:
		return noSuchVerb(cmd, given)
	}
}

// noSuchVerb quotes only what looks like a verb: other text may be a person's name.
func noSuchVerb(cmd *cli.Command, given string) error {
	if !isWord.MatchString(given) {
		return Wrong("no such verb; run %s -h for a list", cmd.FullName())
	}
	return Wrong("no such verb: %s%s; run %s -h for a list", given, suggestion(given, verbNames(cmd)), cmd.FullName())
}

func verbNames(cmd *cli.Command) (names []string) {
	for _, verb := range cmd.VisibleCommands() {
		names = append(names, verb.Name)
	}
	return names
}

func flagNames(cmd *cli.Command) (names []string) {
	for _, flag := range cmd.VisibleFlags() {
		for _, name := range flag.Names() {
			names = append(names, "--"+name)
		}
	}
	return names
}

// NoArguments refuses what a verb does not take, without quoting it.
func NoArguments(cmd *cli.Command) error {
	if cmd.Args().Present() {
		return Wrong("%s takes flags only; a value with spaces needs quotes", cmd.FullName())
	}
	return nil
}

func usageError(_ context.Context, cmd *cli.Command, err error, _ bool) error {
	if match := noSuchFlag.FindStringSubmatch(err.Error()); match != nil && isWord.MatchString(match[1]) {
		return Wrong("no such flag: --%s%s; run %s -h for usage", match[1], suggestion("--"+match[1], flagNames(cmd)), cmd.FullName())
	}
	if match := needsValue.FindStringSubmatch(err.Error()); match != nil {
		return Wrong("--%s needs a value; run %s -h for usage", match[1], cmd.FullName())
	}
	return Wrong("%s; run %s -h for usage", withoutValues(err), cmd.FullName())
}

var (
	didYouMean = regexp.MustCompile(`; did you mean (\S+)\?`)
	isWord     = regexp.MustCompile(`^[a-z][a-z-]*$`)
	badValue   = regexp.MustCompile(`(?s)^invalid value ".*" for flag (-[a-z-]+): (can't duplicate)?.*`)
	needsValue = regexp.MustCompile(`^flag needs an argument: --?([a-z-]+)`)
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
