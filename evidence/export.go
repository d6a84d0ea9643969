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

// Export writes everything but recovery keys into a new directory at path, in
// the form that [OpenArchive] reads: for an audit elsewhere, offline. It needs
// no key. Damaged parts are copied as they are.
//
// The copy does not contain what others begin to write after the call, nor a
// record that is purged meanwhile.
func (a *Archive) Export(ctx context.Context, path string) error {
	for _, folder := range []string{"", recordsName, chainsName, checkpointsName} {
		if err := os.Mkdir(filepath.Join(path, folder), 0o700); err != nil {
			return err
		}
	}
	x := &exporting{ctx: ctx, store: a.store, path: path, objects: make(map[Object]bool)}
	// Checkpoints and objects come before the entries, so every listed object is
	// then in the chains, unless it is extra.
	for _, kind := range []Kind{KindStamp, KindCheckpoint, KindRecord, KindAttachment} {
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

// chains writes all chains, and collects the objects that they name.
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
			continue // not a name of this format, and perhaps not a valid file name
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

// note collects the object that an entry names. A damaged line names nothing.
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

// object writes an object, if it is there.
func (x *exporting) object(o Object) error {
	if !isObjectID(o.ID) {
		return nil // not a name of this format, and perhaps not a valid file name
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

// finish closes a file after syncing it.
func finish(file *os.File) error { return errors.Join(syncFile(file), file.Close()) }

func (x *exporting) create(name string) (*os.File, error) {
	return os.OpenFile(filepath.Join(x.path, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
}
