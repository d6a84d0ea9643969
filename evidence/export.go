package evidence

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Store returns what the archive reads, for a copy such as that of module
// s3archive. It ends with the archive.
func (a *Archive) Store() StoreReader { return a.store }

// Export writes everything but recovery keys into a new directory at path, in the
// form that [OpenArchive] reads: for an audit elsewhere, offline. It needs no key.
// What is damaged is written as it is.
//
// While others write, what they begin after the call is not in the copy. A record
// that is purged meanwhile is missing in it.
func (a *Archive) Export(ctx context.Context, path string) error {
	for _, folder := range []string{"", recordsName, chainsName, checkpointsName} {
		if err := os.Mkdir(filepath.Join(path, folder), 0o700); err != nil {
			return err
		}
	}
	x := &exporting{ctx: ctx, store: a.store, path: path, objects: make(map[Object]bool)}
	// Checkpoints and objects before the entries: what is listed is then in the
	// chains, unless it is extra.
	for _, kind := range []Kind{KindCheckpoint, KindRecord, KindAttachment} {
		for o, err := range a.store.Objects(ctx, kind) {
			if err != nil {
				return err
			}
			x.objects[o] = true
		}
	}
	if err := x.chains(); err != nil {
		return err
	}
	for _, o := range slices.SortedFunc(maps.Keys(x.objects), compareObjects) {
		if err := x.object(o); err != nil {
			return err
		}
	}
	for _, folder := range []string{recordsName, chainsName, checkpointsName} {
		if err := syncFolder(filepath.Join(path, folder)); err != nil {
			return err
		}
	}
	return syncFolders(path)
}

func compareObjects(a, b Object) int {
	if a.Kind != b.Kind {
		return cmp.Compare(a.Kind, b.Kind)
	}
	return cmp.Compare(a.ID, b.ID)
}

// exporting is one run of Export.
type exporting struct {
	ctx     context.Context
	store   StoreReader
	path    string
	objects map[Object]bool
}

// chains writes all chains, and notes what they name.
func (x *exporting) chains() (err error) {
	var file *os.File
	var chain string
	defer func() {
		if file != nil {
			err = errors.Join(err, finish(file))
		}
	}()
	for e, err := range x.store.Entries(x.ctx, Query{}) {
		if err != nil {
			return err
		}
		if !isObjectID(e.Chain) {
			continue // no name of this format, and perhaps no name of a file
		}
		if file == nil || e.Chain != chain {
			if file != nil {
				if err := finish(file); err != nil {
					return err
				}
			}
			if file, err = x.create(chainFile(e.Chain)); err != nil {
				return err
			}
			chain = e.Chain
		}
		if _, err := file.Write(append(bytes.Clone(e.Line), '\n')); err != nil {
			return err
		}
		x.note(e.Line)
	}
	return nil
}

// note keeps what an entry names. A line that is damaged names nothing.
func (x *exporting) note(raw []byte) {
	l, err := decodeLine(raw)
	if err != nil {
		return
	}
	switch l.Event {
	case eventBegun:
		x.objects[Object{KindRecord, l.Record}] = true
	case eventAttached:
		x.objects[Object{KindAttachment, l.Attachment}] = true
	}
}

// object writes an object, where it is there.
func (x *exporting) object(o Object) error {
	if !isObjectID(o.ID) {
		return nil // no name of this format, and perhaps no name of a file
	}
	in, err := x.store.Read(x.ctx, o)
	if isGone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	file, err := x.create(o.file())
	if err != nil {
		return err
	}
	if _, err := io.Copy(file, in); err != nil {
		_ = file.Close()
		return err
	}
	return finish(file)
}

// finish closes a file that is on disk then.
func finish(file *os.File) error { return errors.Join(syncFile(file), file.Close()) }

func (x *exporting) create(name string) (*os.File, error) {
	return os.OpenFile(filepath.Join(x.path, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
}
