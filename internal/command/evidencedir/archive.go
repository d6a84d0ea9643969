package evidencedir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
)

// openArchive opens the directory of the call. Records without encryption are
// read only where no key is given: beside a key, anybody could have put them
// there.
func openArchive(cmd *cli.Command) (*evidence.Archive, error) {
	path, err := evidenceDir(cmd)
	if err != nil {
		return nil, err
	}
	keys, err := readKeys(cmd)
	if err != nil {
		return nil, err
	}
	archive, err := evidence.OpenArchive(path, keys...)
	if errors.Is(err, os.ErrNotExist) {
		return nil, &evidence.Fault{File: path, Err: fmt.Errorf("%w: its journal", evidence.ErrMissing)}
	}
	return archive, err
}

func readKeys(cmd *cli.Command) (keys []evidence.Key, err error) {
	for _, file := range cmd.StringSlice("key-file") {
		key, err := call.ReadKey(file)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		keys = append(keys, evidence.UnsafePlaintext())
	}
	return keys, nil
}

// evidenceDir is the first argument. A directory that has neither journal nor
// records is no directory of evidence; one that has records without a journal
// has lost it, and that is an answer.
func evidenceDir(cmd *cli.Command) (string, error) {
	if cmd.Args().Len() < 1 {
		return "", call.Wrong("which directory? run %s -h for usage", cmd.FullName())
	}
	path := cmd.Args().First()
	if _, err := os.ReadDir(path); err != nil {
		return "", call.Wrong("%w", err)
	}
	_, noJournal := os.Stat(filepath.Join(path, "journal"))
	_, noRecords := os.Stat(filepath.Join(path, "records"))
	if errors.Is(noJournal, os.ErrNotExist) && errors.Is(noRecords, os.ErrNotExist) {
		return "", call.Wrong("%s: is not a directory of evidence", path)
	}
	return path, nil
}

// onlyTheDirectory refuses further arguments.
func onlyTheDirectory(cmd *cli.Command) error {
	if cmd.Args().Len() > 1 {
		return call.Wrong("which directory? run %s -h for usage", cmd.FullName())
	}
	return nil
}
