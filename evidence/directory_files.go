package evidence

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Objects that have files of their own: checkpoints, stamps, and whatever a
// directory from before log files, or an export, contains.

// folderNames are the folders that the format knows.
var folderNames = []string{chainsName, recordsName, recoveryName, checkpointsName}

// writeFile makes a file for an object of one piece.
func (d *directory) writeFile(p Piece) error {
	path, err := d.place(p.Object)
	if err != nil {
		return err
	}
	if p.Number != 0 || !p.Last {
		return fmt.Errorf("evidence: a %s must be one piece", p.Object.Kind)
	}
	err = os.Mkdir(filepath.Dir(path), 0o700)
	if err == nil {
		err = syncFolder(d.path)
	}
	if err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%w: the %s is there", ErrExists, p.Object.Kind)
	}
	if err != nil {
		return err
	}
	_, err = writeTo(file, p.Bytes)
	if err == nil {
		err = atOnce([]func() error{func() error { return syncFile(file) }, d.folders[p.Object.folder()].sync})
	}
	if err != nil {
		_ = os.Remove(path)
	}
	return errors.Join(err, file.Close())
}

// removeFiles removes files.
func (d *directory) removeFiles(objects []Object) error {
	removed := make(map[string]bool)
	for _, o := range objects {
		path, err := d.place(o)
		if err != nil {
			continue
		}
		err = os.Remove(path)
		if err != nil && !isGone(err) {
			return err
		}
		if err == nil {
			removed[o.folder()] = true
		}
	}
	for name := range removed {
		if err := d.folders[name].sync(); err != nil {
			return err
		}
	}
	return nil
}

// objectFiles lists a folder.
func (d *directory) objectFiles(kind Kind) (found []Object, err error) {
	entries, err := os.ReadDir(filepath.Join(d.path, Object{Kind: kind}.folder()))
	if isGone(err) {
		return nil, nil
	}
	for _, e := range entries {
		if o, ok := objectOf(kind, e.Name()); ok {
			found = append(found, o)
		}
	}
	return found, err
}

// sharing are the kinds that share the folder of another kind.
var sharing = map[Kind]Kind{KindRecord: KindAttachment, KindCheckpoint: KindStamp}

// objectOf returns the object of a file in a folder. In the folders of records,
// recovery keys and checkpoints, a file whose name does not follow the format
// counts as one of these.
func objectOf(kind Kind, name string) (Object, bool) {
	id, found := strings.CutSuffix(name, suffixes[kind])
	if found && isObjectID(id) {
		return Object{kind, id}, true
	}
	if kind == KindAttachment || kind == KindStamp {
		return Object{}, false
	}
	if guest, shared := sharing[kind]; shared {
		if id, found := strings.CutSuffix(name, suffixes[guest]); found && isObjectID(id) {
			return Object{}, false
		}
	}
	return Object{kind, name}, true
}

// strays are files that the format does not define, and second ones of a chain
// or an object, in places where nothing else looks.
func (d *directory) strays() (names []string) {
	for folder, suffixes := range map[string][]string{
		chainsName: {logSuffix, chainSuffix}, recoveryName: {suffixes[KindRecovery]}, checkpointsName: {suffixes[KindCheckpoint], suffixes[KindStamp]},
	} {
		entries, _ := os.ReadDir(filepath.Join(d.path, folder)) // another check has read it already
		for _, e := range entries {
			suffix := filepath.Ext(e.Name())
			id := strings.TrimSuffix(e.Name(), suffix)
			known := slices.Contains(suffixes, suffix) && isObjectID(id) && (folder == checkpointsName || isID(id))
			if second := suffix == chainSuffix && exists(filepath.Join(d.path, folder, id+logSuffix)); !known || second {
				names = append(names, folder+"/"+e.Name())
			}
		}
	}
	for _, kind := range []Kind{KindRecord, KindAttachment, KindRecovery} {
		found, _ := d.objectFiles(kind)
		for _, o := range found {
			if d.index.has(o) {
				names = append(names, o.file())
			}
		}
	}
	return names
}
