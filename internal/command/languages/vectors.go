// Package languages defines the verb for implementations in other languages: it
// gives them the portable vectors, and says where they differ.
package languages

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/vectors"
)

// Command is the verb vectors.
func Command() *cli.Command {
	return &cli.Command{
		Name:      "vectors",
		Usage:     "check an implementation in another language against the portable vectors",
		UsageText: "kakaocert vectors [--part NAME]...\nkakaocert vectors [--part NAME]... [--json] ANSWERS",
		Description: `Without ANSWERS it prints the vectors as one JSON object: for each part what it is about,
what an answer contains, the fields that are common to every input, and the vectors, each with
its id and input. The parts are answers (what hosts send), cipher (AES), cms (signatures),
errors (error codes), session (abbreviated signatures) and vid.

ANSWERS is a file, or - for standard input, with one JSON object that maps ids to what the
implementation has made of the inputs:

   {"vid/one": {"vid": "063f0e4e..."},
    "cipher/gcm-decrypt-name": {"unsupported": true}}

It prints which vectors are answered otherwise. A part that is begun must be answered whole, and
so must one that --part names. Nothing in the vectors is real or secret.

Exit status: 0 all answers are right, 1 one is not or is missing, 2 wrong call or no such file.

Examples:
  kakaocert vectors > vectors.json
  java -cp out kakaocert.Vectors < vectors.json | kakaocert vectors -`,
		Flags: []cli.Flag{
			call.ListFlag("part", "only the part with this `NAME`; may be repeated"),
			call.JSONFlag("print the comparison as one JSON object"),
		},
		Action: func(_ context.Context, cmd *cli.Command) error {
			parts, err := chosen(cmd)
			if err != nil {
				return err
			}
			if !cmd.Args().Present() {
				return call.PrintJSON(call.Stdout(cmd), struct {
					Parts []vectors.Part `json:"parts"`
				}{vectors.Questions(parts)})
			}
			return compare(cmd, parts)
		},
	}
}

func chosen(cmd *cli.Command) ([]vectors.Part, error) {
	all, err := vectors.Parts()
	if err != nil {
		return nil, err
	}
	parts, err := vectors.Choose(all, cmd.StringSlice("part"))
	if err != nil {
		return nil, call.Wrong("--part must be one of %s", strings.Join(vectors.PartNames(all), ", "))
	}
	return parts, nil
}

// maxAnswers is far more than answers to all vectors take.
const maxAnswers = 16 << 20

func compare(cmd *cli.Command, parts []vectors.Part) error {
	if cmd.Args().Len() > 1 {
		return call.Wrong("one file of answers: %s -h says how", cmd.FullName())
	}
	file := cmd.Args().First()
	input, err := call.OpenInput(cmd, file)
	if err != nil {
		return call.WrongCall{Err: err}
	}
	defer func() { _ = input.Close() }()
	text, err := io.ReadAll(io.LimitReader(input, maxAnswers))
	if err != nil {
		return call.WrongCall{Err: err}
	}
	answers, err := vectors.ReadAnswers(text)
	if err != nil {
		return call.Wrong("%s: must be one JSON object that maps ids of vectors to answers, which are objects", file)
	}
	compared, err := vectors.Compare(parts, answers, cmd.StringSlice("part"))
	if unknown, is := errors.AsType[*vectors.UnknownError](err); is {
		return call.Wrong("%s: %q is no vector of these parts: %s", file, unknown.ID, strings.Join(vectors.PartNames(parts), ", "))
	}
	if err == nil && cmd.Bool("json") {
		err = call.PrintJSON(call.Stdout(cmd), compared)
	} else if err == nil {
		show(call.Stdout(cmd), compared)
	}
	if err == nil && !compared.Agrees {
		err = call.ErrNo
	}
	return err
}

// show prints a line a part, and then what differs.
func show(out *call.Console, compared *vectors.Comparison) {
	for _, part := range compared.Parts {
		text := out.Sprintf("%d of %d right", part.Right, part.Vectors)
		switch {
		case part.Wrong > 0:
			text = out.Paint(call.Red, out.Sprintf("%d DIFFER", part.Wrong)) + ", " + text
		case part.Right > 0:
			text = out.Paint(call.Green, text)
		case part.Unsupported == 0:
			text = out.T("not answered")
		}
		if part.Unsupported > 0 {
			text += out.Sprintf(", %d unsupported", part.Unsupported)
		}
		fmt.Fprintf(out, "%s %s\n", call.Pad(part.Part, 9), text)
	}
	for _, d := range compared.Differences {
		fmt.Fprintf(out, "\n%s: %s\n", d.ID, d.About)
		if d.Field == "" {
			call.Field(out, "answer", "there is none")
			continue
		}
		call.Field(out, "field", "%s", d.Field)
		call.Field(out, "expected", "%s", short(d.Expected))
		call.Field(out, "got", "%s", short(d.Got))
	}
}

// short is a value that fits a line or two.
func short(value json.RawMessage) string {
	const most = 120
	text := cmp.Or(string(value), "-")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
