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
	options, err := readOptions(cmd)
	if err != nil {
		return nil, err
	}
	archive, err := evidence.OpenArchive(path, options...)
	if errors.Is(err, os.ErrNotExist) {
		return nil, &evidence.Fault{File: path, Err: fmt.Errorf("%w: its chains", evidence.ErrMissing)}
	}
	return archive, err
}

// readOptions are the keys and the private keys of the call.
func readOptions(cmd *cli.Command) (options []evidence.KeyOption, err error) {
	keys, err := readKeys(cmd)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		options = append(options, key)
	}
	for _, file := range cmd.StringSlice("archive-key") {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, call.Wrong("--archive-key: %w", err)
		}
		opener, err := evidence.ParseOpener(text)
		if err != nil {
			return nil, call.Wrong("--archive-key: %s: %w", file, err)
		}
		options = append(options, opener)
	}
	if len(options) == 0 {
		options = append(options, evidence.UnsafePlaintext())
	}
	return options, nil
}

// readKeys are the keys of the call, or none.
func readKeys(cmd *cli.Command) (keys []evidence.Key, err error) {
	for _, file := range cmd.StringSlice("key-file") {
		key, err := call.ReadKey(file)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// evidenceDir is the first argument. A directory that has neither chains nor
// records is no directory of evidence; one that has records without chains has
// lost them, and that is an answer.
func evidenceDir(cmd *cli.Command) (string, error) {
	if cmd.Args().Len() < 1 {
		return "", call.Wrong("which directory? run %s -h for usage", cmd.FullName())
	}
	path := cmd.Args().First()
	if _, err := os.ReadDir(path); err != nil {
		return "", call.Wrong("%w", err)
	}
	for _, name := range []string{"chains", "records", "journal"} {
		if _, err := os.Stat(filepath.Join(path, name)); !errors.Is(err, os.ErrNotExist) {
			return path, nil
		}
	}
	return "", call.Wrong("%s: is not a directory of evidence", path)
}

// onlyTheDirectory refuses further arguments.
func onlyTheDirectory(cmd *cli.Command) error {
	if cmd.Args().Len() > 1 {
		return call.Wrong("which directory? run %s -h for usage", cmd.FullName())
	}
	return nil
}
