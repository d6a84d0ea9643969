package evidencedir

import (
	"context"
	"os"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
)

// openArchive opens what the call names. Records without encryption are read
// only where no key is given: where one is, anybody could have put them there.
func (p Place) openArchive(ctx context.Context, cmd *cli.Command) (a *evidence.Archive, closes func(), err error) {
	if cmd.Args().Len() < 1 {
		return nil, nil, missingPlace(cmd)
	}
	options, err := readOptions(cmd)
	if err != nil {
		return nil, nil, err
	}
	archive, closeAll, err := p.OpenArchive(ctx, cmd.Args().First(), options...)
	if err != nil {
		return nil, nil, err
	}
	return archive, func() { _ = closeAll() }, nil
}

// openToWrite opens what the call names, with the keys of the call, the first of
// which is the one that it is written with.
func (p Place) openToWrite(ctx context.Context, cmd *cli.Command) (l *evidence.Log, closes func() error, err error) {
	if cmd.Args().Len() < 1 {
		return nil, nil, missingPlace(cmd)
	}
	keys, err := readKeys(cmd)
	if err != nil {
		return nil, nil, err
	}
	if len(keys) == 0 {
		keys = append(keys, evidence.UnsafePlaintext())
	}
	older := make([]evidence.KeyOption, len(keys))
	for i, key := range keys {
		older[i] = key
	}
	return p.OpenLog(ctx, cmd.Args().First(), keys[0], older...)
}

func missingPlace(cmd *cli.Command) error {
	return call.Wrong("which evidence? run %s -h for usage", cmd.FullName())
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

// onlyTheDirectory refuses further arguments.
func onlyTheDirectory(cmd *cli.Command) error {
	if cmd.Args().Len() > 1 {
		return missingPlace(cmd)
	}
	return nil
}
