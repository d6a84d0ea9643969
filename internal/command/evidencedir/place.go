package evidencedir

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
)

// Place is where the evidence of a program is. The first argument of each verb
// names it.
type Place struct {
	// OpenArchive opens it for reading, and OpenLog for writing. Close ends what was
	// opened.
	OpenArchive func(ctx context.Context, where string, options ...evidence.KeyOption) (a *evidence.Archive, closes func() error, err error)
	OpenLog     func(ctx context.Context, where string, key evidence.Key, older ...evidence.KeyOption) (l *evidence.Log, closes func() error, err error)
	// Words replaces words of the help, which is about a directory: old and new in
	// turn. KoreanWords does so in the Korean help, after which Words replaces what is
	// a command there.
	Words, KoreanWords []string
}

// Korean are the texts of the verbs in Korean, for [call.Program].
func (p Place) Korean() map[string]string {
	return call.Reworded(strings.NewReplacer(p.Words...), strings.NewReplacer(append(slices.Clone(p.KoreanWords), p.Words...)...))
}

// directory is the place of the command kakaocert.
var directory = Place{
	OpenArchive: func(_ context.Context, path string, options ...evidence.KeyOption) (*evidence.Archive, func() error, error) {
		if err := isDirectory(path); err != nil {
			return nil, nil, err
		}
		archive, err := evidence.OpenArchive(path, options...)
		switch {
		case errors.Is(err, os.ErrNotExist):
			return nil, nil, &evidence.Fault{File: path, Err: fmt.Errorf("%w: its chains", evidence.ErrMissing)}
		case err != nil:
			return nil, nil, err
		}
		return archive, archive.Close, nil
	},
	OpenLog: func(_ context.Context, path string, key evidence.Key, older ...evidence.KeyOption) (*evidence.Log, func() error, error) {
		if err := isDirectory(path); err != nil {
			return nil, nil, err
		}
		log, err := evidence.Open(path, key, older...)
		if err != nil {
			return nil, nil, err
		}
		return log, log.Close, nil
	},
}

// isDirectory refuses a directory that contains neither chains nor records. One
// with records but without chains has lost them, and the audit reports that.
func isDirectory(path string) error {
	if _, err := os.ReadDir(path); err != nil {
		return call.Wrong("%w", err)
	}
	for _, name := range []string{"chains", "records", "journal"} {
		if _, err := os.Stat(filepath.Join(path, name)); !errors.Is(err, os.ErrNotExist) {
			return nil
		}
	}
	return call.Wrong("%s: is not a directory of evidence", path)
}

// reword puts the place's words into the help of a command and those below it.
func (p Place) reword(cmd *cli.Command) *cli.Command {
	words := strings.NewReplacer(p.Words...)
	_ = cmd.Walk(func(c *cli.Command) error {
		c.Usage, c.UsageText, c.Description = words.Replace(c.Usage), words.Replace(c.UsageText), words.Replace(c.Description)
		return nil
	})
	return cmd
}
