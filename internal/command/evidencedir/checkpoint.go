package evidencedir

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
)

func (p Place) checkpointCommand(getenv func(string) string) *cli.Command {
	return &cli.Command{
		Name:      "checkpoint",
		Usage:     "sign a checkpoint over all chains, and print it",
		UsageText: "kakaocert evidence checkpoint DIR --origin NAME --sign-key PEM [--key-file FILE]... [--tsa-url URL --tsa-roots PEM]",
		Description: `Makes a checkpoint: a signed head over everything that is in the chains of DIR. It is stored in
DIR and printed. Keep what is printed where those who can write DIR cannot write, and give it to
kakaocert evidence verify --checkpoint later: then a removed end, an older copy and a rewritten
chain show. If nothing has happened since the last checkpoint, that one is printed.

With --tsa-url a time stamping authority stamps the checkpoint. It learns a digest, nothing else.
The stamp is stored in DIR and proves, to kakaocert evidence verify --tsa-roots, when the records
were there at the latest. If the authority gives none, the checkpoint is kept and printed all the
same, and the exit status is 1: run it again.

An authority that wants a password, a key or a certificate of yours gets it by --tsa-user-file,
--tsa-header-file or --tsa-client-cert, over https, or over http on this machine. A command line
must contain no secret: every user of the machine can read it.

--sign-key must be a private key of Ed25519 or ECDSA in PEM. Keep it apart from the key of
--key-file: whoever has both can rewrite the evidence. A program signs with a KMS or an HSM by
evidence.Checkpointer.

Exit status: 0 printed, 1 the directory is not as it was written, or there is no stamp yet, 2 wrong
call.

Example: kakaocert evidence checkpoint signed --origin evidence.bank.example \
           --sign-key sign.pem > /elsewhere/2026-11-27`,
		Flags: append([]cli.Flag{
			call.TextFlag("origin", "the `NAME` of this evidence in its checkpoints"),
			call.TextFlag("sign-key", "sign with the private key in this `PEM` file"),
			keyFilesFlag(),
		}, stampFlags()...),
		Action: func(ctx context.Context, cmd *cli.Command) error { return p.makeCheckpoint(ctx, cmd, getenv) },
	}
}

func (p Place) makeCheckpoint(ctx context.Context, cmd *cli.Command, getenv func(string) string) error {
	if err := onlyTheDirectory(cmd); err != nil {
		return err
	}
	signer, err := readSigner(cmd)
	if err != nil {
		return err
	}
	stamping, err := readStamping(cmd, getenv)
	if err != nil {
		return err
	}
	log, closes, err := p.openToWrite(ctx, cmd)
	if err != nil {
		return err
	}
	defer func() { _ = closes() }()
	maker, err := log.Checkpointer(cmd.String("origin"), signer, stamping...)
	if err != nil {
		return call.Wrong("%w", err)
	}
	made, err := maker.Make(ctx)
	if err == nil && made.Size == 0 {
		return call.Wrong("%s: contains no record yet", cmd.Args().First())
	}
	_, printErr := call.Stdout(cmd).Write(made.Note)
	return errors.Join(err, printErr)
}

func readSigner(cmd *cli.Command) (crypto.Signer, error) {
	if cmd.String("origin") == "" || cmd.String("sign-key") == "" {
		return nil, call.Wrong("--origin and --sign-key must be given")
	}
	text, err := call.ReadFile("sign-key", cmd.String("sign-key"))
	if err != nil {
		return nil, err
	}
	refusal := call.Wrong("--sign-key: must be a PRIVATE KEY of Ed25519 or ECDSA in PEM")
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, refusal
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, refusal
	}
	signer, ok := parsed.(crypto.Signer)
	if !ok {
		return nil, refusal
	}
	return signer, nil
}

// checkpointFlags say which checkpoints an audit knows.
func checkpointFlags() []cli.Flag {
	return []cli.Flag{
		call.ListFlag("checkpoint", "the evidence must still contain the checkpoint in this `FILE`; may be repeated"),
		call.TextFlag("checkpoint-key", "all checkpoints must be signed with the key whose public half is in this `PEM` file"),
		call.TextFlag("origin", "the `NAME` for which --checkpoint-key signs"),
	}
}

// readCheckpoints is what the call knows of checkpoints.
func readCheckpoints(cmd *cli.Command) (known []evidence.Known, err error) {
	var key evidence.CheckpointKey
	signed := cmd.String("checkpoint-key") != ""
	if signed != (cmd.String("origin") != "") {
		return nil, call.Wrong("--checkpoint-key and --origin must be given together")
	}
	if signed {
		text, err := call.ReadFile("checkpoint-key", cmd.String("checkpoint-key"))
		if err != nil {
			return nil, err
		}
		if key, err = evidence.ParseCheckpointKey(cmd.String("origin"), text); err != nil {
			return nil, call.Wrong("--checkpoint-key: %w", err)
		}
		known = append(known, key)
	}
	for _, file := range cmd.StringSlice("checkpoint") {
		text, err := call.ReadFile("checkpoint", file)
		if err != nil {
			return nil, err
		}
		read := evidence.ParseCheckpoint
		if signed {
			read = key.Open
		}
		checkpoint, err := read(text)
		if err != nil {
			return nil, call.Wrong("--checkpoint: %s: %w", file, err)
		}
		known = append(known, checkpoint)
	}
	return known, nil
}
