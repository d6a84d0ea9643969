// Package call holds what every verb of the command needs of a call: its
// flags and files, its output, and how it ends.
package call

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/env"
)

// Verbs makes the verbs of the command, in the order of its help. They read the
// environment through getenv.
type Verbs func(getenv func(string) string) []*cli.Command

// Program is a command with verbs.
type Program struct {
	Name, Usage, Description string
	Verbs                    Verbs
	// Korean are its texts in Korean, by the English ones; the description of a verb
	// is under its full name. Texts that kakaocert has too need not be there.
	Korean map[string]string
}

// Kakaocert is the command kakaocert with these verbs.
func Kakaocert(verbs Verbs) Program {
	return Program{
		Name: "kakaocert", Usage: "check signatures of the KakaoTalk Certification Service, call it, and simulate it", Description: description,
		Verbs: verbs, Korean: korean,
	}
}

// Run is the command kakaocert with these verbs.
func Run(ctx context.Context, verbs Verbs, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return Kakaocert(verbs).Run(ctx, args, environ, stdin, stdout, stderr)
}

// InKorean is a text of the program's in Korean, or the text itself.
func (p Program) InKorean(text string) string { return inKorean(text, p.Korean) }

// Run is the whole program, with an environment as of [os.Environ]. It returns
// the exit status.
func (p Program) Run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	getenv := lookUp(environ)
	lang, err := askedLanguage(args, getenv)
	out, errs := NewConsole(stdout, getenv, lang), NewConsole(stderr, getenv, lang)
	out.korean, errs.korean, errs.program = p.Korean, p.Korean, p.Name
	if err != nil {
		return exitCode(Wrong("--lang %w", err), errs)
	}
	root := p.root(getenv)
	root.Reader, root.Writer, root.ErrWriter = stdin, out, errs
	settle(root)
	for _, name := range env.Unknown(environ) {
		fmt.Fprintln(errs, errs.Sprintf("kakaocert: no variable of this command, and ignored: %s%s", name, suggestion(name, env.Variables())))
	}
	err = root.Run(ctx, args)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		SayError(errs, errors.New(errs.T("interrupted")))
		err = ErrInterrupted
	}
	code := exitCode(err, errs)
	if out.err != nil { // the answer was not given
		fmt.Fprintln(errs, "kakaocert: standard output:", out.err)
		return ExitWrong
	}
	return code
}

func (p Program) root(getenv func(string) string) *cli.Command {
	return &cli.Command{
		Name:                  p.Name,
		Usage:                 p.Usage,
		Description:           p.Description,
		Version:               kakaocert.Version,
		ExitErrHandler:        func(context.Context, *cli.Command, error) {},
		Action:                NeedVerb,
		Commands:              append(p.Verbs(getenv), helpCommand(p.Name)),
		EnableShellCompletion: true,
		ConfigureShellCompletionCommand: func(completion *cli.Command) {
			completion.Hidden = false
			completion.Usage = "print the script that completes verbs and flags in a shell: bash, zsh, fish or pwsh"
			settle(completion)
		},
	}
}

const description = `Every verb has its own -h, with an example.

Exit status: 0 done, 1 the answer is no, 2 wrong call or no such file, 3 cannot be checked with
the given keys, 130 interrupted.

Keys are read from the environment: KAKAOCERT_DEALER_KEY, KAKAOCERT_INSTITUTION_KEY,
KAKAOCERT_SETTLE_ID, KAKAOCERT_ENC_KEY and KAKAOCERT_ENC_IV, all or none. Without them the
built-in simulator is called. KAKAOCERT_ENC_VERSION is the number of the encryption key, if the
contract gives one. KAKAOCERT_ENV is test (the default) or production. KAKAOCERT_BASE_URL is an
address in place of Kakao's, KAKAOCERT_PROTOCOL a protocol file. KAKAOCERT_ROOTS and
KAKAOCERT_INTERMEDIATES take the place of --roots and --intermediates.

Completion in bash: source <(kakaocert completion bash). For other shells see
kakaocert completion -h.`

func init() { cli.HelpPrinter = printHelp }

// settle gives a command and those below it what all have in common. The help
// command is ours: cli's takes no -h, and h may be a file.
func settle(root *cli.Command) {
	_ = root.Walk(func(cmd *cli.Command) error {
		cmd.OnUsageError = usageError
		cmd.HideHelpCommand = true
		cmd.DisableSliceFlagSeparator = true // a file's name may have a comma
		cmd.Flags = append(cmd.Flags, languageFlag())
		return nil
	})
}

// helpCommand shows the help of a verb, and of a verb below it.
func helpCommand(program string) *cli.Command {
	return &cli.Command{
		Name:        "help",
		Usage:       "show the help of a verb",
		UsageText:   program + " help [VERB]...",
		Description: "Example: " + program + " help evidence verify",
		Action: func(ctx context.Context, cmd *cli.Command) error {
			of := cmd.Root()
			for _, name := range cmd.Args().Slice() {
				next := of.Command(name)
				if next == nil {
					return noSuchVerb(of, name)
				}
				of = next
			}
			printHelp(Stdout(cmd), "", of)
			return nil
		},
	}
}

// lookUp reads variables of the environment as [os.Getenv] does.
func lookUp(environ []string) func(string) string {
	variables := make(map[string]string, len(environ))
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if _, before := variables[name]; !before { // the first counts
			variables[name] = value
		}
	}
	return func(name string) string { return variables[name] }
}
