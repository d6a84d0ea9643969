package flow

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
)

// store is the directory of --out: evidence, and the files made of what was
// verified. A nil store keeps nothing. An answer is kept and noted also when the
// flow's context has ended.
type store struct {
	path string
	dir  *evidence.Log
	key  storeKey
}

// storeFlags are those of flows whose signature comes once.
func storeFlags() []cli.Flag {
	return []cli.Flag{
		call.TextFlag("out", "keep evidence in this `DIR`, and write the signatures and the signed texts there as files"),
		call.TextFlag("key-file", "encrypt the evidence with the key in this `FILE`: 32 bytes, or their Base64 or hex"),
	}
}

// storeHelp says what becomes of a signature.
const storeHelp = `
Kakao hands a signature over once. With --out it is kept as evidence from its first byte on,
encrypted with the key of --key-file (openssl rand -out key 32 makes one). Verified signatures and
texts are also written as files, in clear, readable for their owner alone. What kakaocert resume
needs is written there before the person is asked. If the host is not on loopback, --out and
--key-file must be given. On loopback people are invented, and evidence without a key is not
encrypted.
`

// checkStore finds what is wrong with the directory and the key before anything
// is sent or made. None of the files that will be written may be there, unless a
// flow is resumed that may have written some.
func (f *flow) checkStore(files []string) error {
	path, keyFile := f.cmd.String("out"), f.cmd.String("key-file")
	switch {
	case f.setting.Remote() && (path == "" || keyFile == ""):
		return call.Wrong("the signature comes once: give --out and --key-file to keep it")
	case path == "" && keyFile != "":
		return call.Wrong("--key-file is for --out")
	case path == "":
		return nil
	}
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return call.Wrong("--out: %s must be a directory", path)
	}
	if f.resuming {
		return nil
	}
	if _, err := os.Lstat(filepath.Join(path, stateFile)); err == nil {
		return call.Wrong("--out: a flow in %s is not finished: type kakaocert resume --out, or give another directory", path)
	}
	for _, file := range files {
		if _, err := os.Lstat(filepath.Join(path, file)); !errors.Is(err, os.ErrNotExist) {
			return call.Wrong("--out: %s contains a file %s, which is not overwritten: give another directory", path, file)
		}
	}
	return nil
}

// openStore opens the directory before the person is asked.
func (f *flow) openStore() (*store, error) {
	path := f.cmd.String("out")
	if path == "" {
		return nil, nil
	}
	dir, err := evidence.Open(path, f.key.evidence())
	if err != nil {
		return nil, call.Wrong("--out: %w", err)
	}
	return &store{path: path, dir: dir, key: f.key}, nil
}

// sink takes what verify fetches.
func (s *store) sink() kakaocert.Sink {
	if s == nil {
		return kakaocert.UnsafeNoEvidence()
	}
	return s.dir
}

// note finds the record of a transaction's answer, the last where an answer
// allowed another try; nil where nothing is kept.
func (s *store) note(txID string) (*evidenceNote, error) {
	if s == nil {
		return nil, nil
	}
	var note *evidenceNote
	for record, err := range s.dir.Archive().ByTxID(context.Background(), txID) {
		if err != nil {
			return nil, err
		}
		note = &evidenceNote{Dir: s.path, Record: record.ID}
	}
	return note, nil
}

// noteHead adds the head of the chain.
func (s *store) noteHead(note *evidenceNote) *evidenceNote {
	if s == nil || note == nil {
		return nil
	}
	if heads, err := s.dir.Archive().Heads(context.Background()); err == nil {
		var texts []string
		for _, head := range heads {
			texts = append(texts, head.String())
		}
		note.Head = strings.Join(texts, " ")
	}
	return note
}

func (s *store) attach(note *evidenceNote, at time.Time, verified []*kakaocert.Verified) error {
	if s == nil || note == nil || len(verified) == 0 {
		return nil
	}
	return s.dir.AttachCheck(context.Background(), note.Record, at, verified...)
}

// rootsFile is the name under which the roots are exported.
const rootsFile = "roots.pem"

// export is a file to be written, and what is in it.
type export struct {
	name string
	raw  []byte
}

// export writes files durably, replacing none, and returns their paths. A file
// that is there already with the same bytes was written before an interruption.
func (s *store) export(files []export) ([]string, error) {
	if s == nil {
		return nil, nil
	}
	var written []string
	for _, file := range files {
		path := filepath.Join(s.path, file.name)
		if err := call.WriteNew(path, file.raw); err != nil {
			return written, err
		}
		written = append(written, path)
	}
	return written, call.SyncFolder(s.path)
}

func (s *store) close() {
	if s != nil {
		_ = s.dir.Close()
	}
}
