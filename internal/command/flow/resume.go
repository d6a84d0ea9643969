package flow

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/shell"
)

// ResumeCommand is the verb resume.
func ResumeCommand(getenv func(string) string) *cli.Command {
	return &cli.Command{
		Name:  "resume",
		Usage: "continue a flow that was interrupted or ran out of time",
		UsageText: "kakaocert resume --out DIR [--key-file FILE] [options]\n" +
			"kakaocert resume TRANSACTION [--nonce NONCE | --text FILE... | consent] [options]",
		Description: `An interrupted flow prints the command line that continues it. With --out the directory contains
what was asked for. Without --out, give it again: the nonce of an identity check, the texts of a
contract in their order, the six items of a consent.

Asks for the status, sends the request only if that was not done yet, waits, takes the answer from
the evidence or else fetches it, checks it, and compares the signer with the person. Without
--name, --birthday and --phone the signer is not compared.

The built-in simulator ends with its command, so nothing is left to resume.

Exit status: 0 verified, 1 not, 2 wrong call, 130 interrupted.

Examples:
  kakaocert resume --out signed --key-file key
  kakaocert resume K1110T:0123456789abcdef --nonce 7ZQ2M4KXW5JH3RFT6YB4NCDPLA`,
		Flags: flowFlags("", append(append([]cli.Flag{
			call.TextFlag("nonce", "the `NONCE` of an identity check"),
			call.ListFlag("text", "the text to be signed is in this `FILE`; may be repeated"),
		}, consentFlags()...), storeFlags()...)...),
		Action: flowAction(getenv, (*flow).resume),
	}
}

// resume continues a transaction of any service.
func (f *flow) resume(ctx context.Context) error {
	if !f.setting.Set {
		return call.Wrong("no keys in the environment: the built-in simulator has ended with the call that it served, and there is nothing to resume")
	}
	f.resuming = true
	if given, whole := f.givenPerson(); whole {
		f.person = &given
	} else if (given != kakaocert.Person{}) {
		return errHalfAPerson
	}
	text, err := f.findTransaction()
	if err != nil {
		return err
	}
	if tx, err := kakaocert.ParseTransaction[kakaocert.K1100Product](text); err == nil {
		if f.asked.Nonce = cmp.Or(f.cmd.String("nonce"), f.asked.Nonce); f.asked.Nonce == "" {
			return call.Wrong("an identity check is resumed with its --nonce")
		}
		return perform(ctx, f, f.identityScript(), tx.Product(), tx)
	}
	if tx, err := kakaocert.ParseTransaction[kakaocert.K3100Product](text); err == nil {
		return f.resumeWithdrawal(ctx, tx)
	}
	tx, err := kakaocert.ParseTransaction[kakaocert.K3500Product](text)
	if err != nil {
		return call.Wrong("TRANSACTION must be a product code, a colon and a tx_id, such as K3510T:0123456789abcdef")
	}
	if f.asked.Texts == nil {
		if f.asked.Texts, err = f.texts(f.cmd.Args().Tail()); err != nil {
			return err
		}
	}
	return perform(ctx, f, f.contractScript(), tx.Product(), tx)
}

// findTransaction takes the argument, or what the directory remembers, and what
// was asked for with it.
func (f *flow) findTransaction() (string, error) {
	out, given := f.cmd.String("out"), f.cmd.Args().First()
	if out == "" && given == "" {
		return "", call.Wrong("which transaction? run %s -h for usage", f.cmd.FullName())
	}
	// Texts may follow the transaction, as they follow contract --text.
	if f.cmd.Args().Len() > 1 && !f.cmd.IsSet("text") {
		return "", call.Wrong("%s takes one transaction; a value with spaces needs quotes", f.cmd.FullName())
	}
	if out == "" {
		return given, nil
	}
	text, asked, err := recollect(out, f.key)
	switch {
	case isMissing(err) && given != "":
		return given, nil
	case isMissing(err):
		return "", call.Wrong("--out: no flow in %s is unfinished", out)
	case errors.Is(err, errState):
		return "", call.Wrong("--out: what %s remembers %w", out, err)
	case err != nil:
		return "", call.Wrong("--out: %w", err)
	case given != "" && given != text:
		return "", call.Wrong("--out: %s remembers another transaction", out)
	}
	if f.asked.Title != "" {
		asked.Title = f.asked.Title
	}
	if f.asked.Desc != nil {
		asked.Desc = f.asked.Desc
	}
	f.asked = asked
	return text, nil
}

func (f *flow) resumeWithdrawal(ctx context.Context, tx kakaocert.K3100Transaction) error {
	if f.asked.Consent == nil {
		for _, name := range consentNames {
			if f.cmd.String(name) == "" {
				return call.Wrong("a consent is resumed with its items: give --%s", name)
			}
		}
		var err error
		if f.asked.Consent, err = f.itemsOf(f.cmd.String); err != nil {
			return err
		}
	}
	return perform(ctx, f, f.withdrawalScript(), tx.Product(), tx)
}

// resumeLine is what to type to go on, for a POSIX shell. It contains neither
// the person nor a key, nor what a consent is about.
func (f *flow) resumeLine() string {
	words := []string{"kakaocert", "resume"}
	if f.store != nil {
		words = append(words, "--out", f.store.path)
	} else {
		words = append(words, f.transaction)
		if f.asked.Nonce != "" {
			words = append(words, "--nonce", f.asked.Nonce)
		}
		if f.asked.Title != "" {
			words = append(words, "--title", f.asked.Title)
		}
		if f.cmd.IsSet("desc") {
			words = append(words, "--desc", f.cmd.String("desc"))
		}
		for _, text := range f.asked.Texts {
			words = append(words, "--text", text.File)
		}
	}
	for _, name := range []string{"key-file", "roots", "intermediates", "revocation"} {
		if value := f.cmd.String(name); value != "" {
			words = append(words, "--"+name, value)
		}
	}
	for i, word := range words {
		words[i] = shell.Word(word)
	}
	return strings.Join(words, " ")
}

// resumable reports that the flow is not at its end: the transaction goes on.
func (f *flow) resumable(err error) bool {
	if f.transaction == "" || f.simulator != nil || isFinal(err) {
		return false
	}
	_, unsaved := errors.AsType[*kakaocert.EvidenceError](err)
	_, unreached := errors.AsType[*kakaocert.ConnectionError](err)
	return unsaved || unreached || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, kakaocert.ErrOutcomeUnknown)
}
