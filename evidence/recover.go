package evidence

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// recover finishes what processes that died have left: records without an end,
// purges without a removal, and room that was kept for what never came. It is
// called within the journal's change, so that two who open the directory at
// once do not both do it. It removes nothing but what was purged.
func (d *Dir) recover() error {
	for _, a := range d.archive.journal.ledger.order {
		var err error
		switch {
		case a.purged != nil:
			err = d.removeFiles(a)
		case a.ended == nil:
			err = d.endOf(a)
		}
		if err != nil {
			return err
		}
	}
	if err := d.archive.journal.sync(); err != nil {
		return err
	}
	return d.release()
}

// release gives back the room of files that the journal never had.
func (d *Dir) release() error {
	names, err := d.archive.names()
	if err != nil {
		return err
	}
	for _, name := range names {
		if !isFileName(name) || d.archive.journal.ledger.names(name) {
			continue
		}
		if err := releaseFile(filepath.Join(d.archive.records(), name)); err != nil {
			return err
		}
	}
	return nil
}

// releaseFile gives back a file's room beyond its end. It holds the file's
// lock meanwhile: a process that is just making the file has not written to it then.
func releaseFile(path string) error {
	file, err := openFile(path, os.O_WRONLY)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, ErrDamaged) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // ends the lock
	if free, err := tryLock(file, exclusive); !free || err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	return file.Truncate(info.Size())
}

// endOf writes the end of a record into the journal when no process writes the
// record any more. What is damaged, missing or of an unknown key stays as it
// is, for Verify to report.
func (d *Dir) endOf(a *account) error {
	file, err := openFile(d.archive.recordPath(a.id), os.O_RDWR)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, ErrDamaged) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	if live, err := isLocked(file); live || err != nil {
		return err
	}
	c, err := d.archive.scanRecord(a, file, io.Discard)
	if errors.Is(err, ErrDamaged) || errors.Is(err, ErrKey) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := file.Truncate(c.size); err != nil { // gives back the room beyond
		return err
	}
	return d.append(entry{Event: eventEnded, Record: a.id, Outcome: c.outcome(), Bytes: c.size, SHA256: c.sum})
}
