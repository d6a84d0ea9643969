package call

import (
	"bytes"
	"errors"
	"os"
)

// WriteNew makes a file appear with all its bytes or not at all, for its owner
// alone. It replaces nothing; a file that is there with the same bytes will do.
func WriteNew(path string, raw []byte) error {
	part := path + ".part"
	defer func() { _ = os.Remove(part) }()
	if err := WriteSynced(part, raw); err != nil {
		return err
	}
	err := os.Link(part, path) // replaces nothing
	if errors.Is(err, os.ErrExist) {
		if there, readErr := os.ReadFile(path); readErr == nil && bytes.Equal(there, raw) {
			return nil
		}
	}
	return err
}

// WriteSynced writes a file for its owner alone, replacing what is there.
func WriteSynced(path string, raw []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(raw)
	return errors.Join(err, file.Sync(), file.Close())
}

// SyncFolder makes names durable, where the system lets a folder be synced.
func SyncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	_ = folder.Sync()
	return folder.Close()
}
