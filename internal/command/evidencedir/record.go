package evidencedir

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/internal/cms"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/env"
)

// The verbs for single records. RECORD is a record's ID or a tx_id, which means the
// last of the transaction's records.

func (p Place) showCommand(getenv func(string) string) *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "show one record, without its answer",
		UsageText: "kakaocert evidence show DIR RECORD [--key-file FILE]... [--json]",
		Description: `RECORD is the record's ID or the transaction's tx_id. Shows the record's data and
the names and sizes of its parts; kakaocert evidence export writes the bytes.

Exit status: 0 shown, 1 the record is not as it was written, 2 wrong call or no such record, 3 it
cannot be read with the given keys.

Example: kakaocert evidence show signed 0123456789abcdef`,
		Flags: []cli.Flag{keyFilesFlag(), archiveKeysFlag(), call.JSONFlag("print one JSON object")},
		Action: func(ctx context.Context, cmd *cli.Command) error {
			return p.withRecord(ctx, cmd, getenv, func(record *evidence.Record, protocol *kakaocert.Protocol, readErr error) error {
				shown, err := shownOf(record, protocol)
				if err := errors.Join(readErr, err); err != nil {
					shown.Faults = append(shown.Faults, err.Error())
				}
				if err := shown.printAll(cmd); err != nil {
					return err
				}
				switch {
				case errors.Is(readErr, evidence.ErrKey):
					return withoutKey(cmd)
				case len(shown.Faults) > 0:
					return call.ErrNo
				}
				return nil
			})
		},
	}
}

// shownRecord is all there is to say about a record.
type shownRecord struct {
	recordLine
	Asked       []string    `json:"asked"` // digests of what was asked, SHA-256 in hex
	AnswerSize  int         `json:"answer_size"`
	Signatures  []int       `json:"signature_sizes"`
	Attachments []shownFile `json:"attachments"`
}

type shownFile struct {
	Name string    `json:"name"`
	At   time.Time `json:"at"`
	Size int       `json:"size"`
}

func shownOf(record *evidence.Record, protocol *kakaocert.Protocol) (shownRecord, error) {
	shown := shownRecord{recordLine: recordLineOf(record), Asked: []string{}, Signatures: []int{}, Attachments: []shownFile{}}
	for _, digest := range record.Meta.Asked {
		shown.Asked = append(shown.Asked, fmt.Sprintf("%x", digest))
	}
	shown.AnswerSize = len(record.Body())
	if record.Outcome == evidence.Committed {
		signatures, err := kakaocert.SignedDataIn(record.Body(), protocol)
		if err != nil {
			return shown, err
		}
		for _, signature := range signatures {
			shown.Signatures = append(shown.Signatures, len(signature))
		}
	}
	for attachment, err := range record.Attachments() {
		if err != nil {
			return shown, err
		}
		shown.Attachments = append(shown.Attachments, shownFile{attachment.Name, attachment.At, len(attachment.Data())})
	}
	return shown, nil
}

func (s shownRecord) printAll(cmd *cli.Command) error {
	if cmd.Bool("json") {
		return call.PrintJSON(call.Stdout(cmd), s)
	}
	if err := s.print(cmd); err != nil {
		return err
	}
	out := call.Stdout(cmd)
	for _, digest := range s.Asked {
		call.Field(out, "asked", "SHA-256 %s", digest)
	}
	call.Field(out, "answer", "%d bytes", s.AnswerSize)
	for _, size := range s.Signatures {
		call.Field(out, "signature", "%d bytes", size)
	}
	for _, file := range s.Attachments {
		call.Field(out, "attachment", "%s, %d bytes, %s", file.Name, file.Size, call.TimeText(file.At))
	}
	return nil
}

func (p Place) exportCommand(getenv func(string) string) *cli.Command {
	return &cli.Command{
		Name:      "export",
		Usage:     "write the answer, the signatures and the attachments of one record to files",
		UsageText: "kakaocert evidence export DIR RECORD --to DIR [--key-file FILE]...",
		Description: `RECORD is the record's ID or the transaction's tx_id. Writes answer.json (the bytes that came),
signature-001.p7s and so on (DER, in request order) and the attachments, for their owner alone.
They are in clear, and contain personal data. Nothing is overwritten, and no signature is
checked.

Exit status: 0 written, 1 the record is not as it was written, 2 wrong call or no such record.

Example:
  kakaocert evidence export signed 0123456789abcdef --key-file key --to out`,
		Flags: []cli.Flag{
			keyFilesFlag(),
			archiveKeysFlag(),
			call.TextFlag("to", "write the files into this `DIR`"),
			call.JSONFlag("print one JSON object"),
		},
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if cmd.String("to") == "" {
				return call.Wrong("--to is missing: say where to write the files")
			}
			return p.withRecord(ctx, cmd, getenv, func(record *evidence.Record, protocol *kakaocert.Protocol, readErr error) error {
				if readErr != nil {
					return readErr
				}
				return exportRecord(cmd, record, protocol)
			})
		},
	}
}

func exportRecord(cmd *cli.Command, record *evidence.Record, protocol *kakaocert.Protocol) error {
	files := map[string][]byte{}
	names := []string{}
	add := func(name string, raw []byte) {
		files[name] = raw
		names = append(names, name)
	}
	add("answer.json", record.Body())
	if record.Outcome == evidence.Committed {
		signatures, err := kakaocert.SignedDataIn(record.Body(), protocol)
		if err != nil {
			return err
		}
		for i, signature := range signatures {
			der, err := cms.DER(signature)
			if err != nil {
				der = signature // as it came, so that it can be examined
			}
			add(fmt.Sprintf("signature-%03d.p7s", i+1), der)
		}
	}
	count := 0
	for attachment, err := range record.Attachments() {
		if err != nil {
			return err
		}
		count++
		add(fmt.Sprintf("attachment-%03d-%s", count, filepath.Base(attachment.Name)), attachment.Data())
	}
	to := cmd.String("to")
	if err := os.MkdirAll(to, 0o700); err != nil {
		return call.Wrong("--to: %w", err)
	}
	for i, name := range names {
		path := filepath.Join(to, name)
		if err := call.WriteNew(path, files[name]); err != nil {
			return call.Wrong("--to: %w", err)
		}
		names[i] = path
	}
	if cmd.Bool("json") {
		return call.PrintJSON(call.Stdout(cmd), struct {
			Record string   `json:"record"`
			Files  []string `json:"files"`
		}{record.ID, names})
	}
	for _, path := range names {
		fmt.Fprintln(call.Stdout(cmd), call.Printable(path))
	}
	return call.SyncFolder(to)
}

// withRecord gives the record that the call names, the protocol in which its answer
// is read, and what is wrong with the record.
func (p Place) withRecord(ctx context.Context, cmd *cli.Command, getenv func(string) string, do func(*evidence.Record, *kakaocert.Protocol, error) error) error {
	if cmd.Args().Len() != 2 {
		return call.Wrong("which record? run %s -h for usage", cmd.FullName())
	}
	protocol, err := env.ReadProtocol(getenv)
	if err != nil {
		return call.Wrong("%w", err)
	}
	archive, closes, err := p.openArchive(ctx, cmd)
	if err != nil {
		return err
	}
	defer closes()
	record, err := findRecord(ctx, archive, cmd.Args().Get(1))
	if record == nil {
		return err
	}
	return do(record, protocol, err)
}

func findRecord(ctx context.Context, archive *evidence.Archive, name string) (*evidence.Record, error) {
	record, err := archive.Record(ctx, name)
	if record != nil || !errors.Is(err, evidence.ErrNotFound) {
		return record, err
	}
	for next, nextErr := range archive.ByTxID(ctx, name) {
		if next != nil {
			record, err = next, nextErr
		}
	}
	if record == nil {
		return nil, call.Wrong("no such record")
	}
	return record, err
}
