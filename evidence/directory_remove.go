package evidence

import (
	"errors"
	"os"

	"github.com/kakaocert-go/kakaocert/evidence/internal/disk"
)

// removeLogged overwrites the bytes of objects in log files, durably.
func (d *directory) removeLogged(objects []Object) error {
	places := make(map[*indexed][]pieceAt)
	for _, o := range objects {
		logged, err := d.find(o)
		if err != nil {
			return err
		}
		if logged == nil {
			continue
		}
		for _, at := range logged.pieces {
			places[at.in] = append(places[at.in], at)
		}
	}
	for in, pieces := range places {
		file, err := openFile(in.path, os.O_RDWR)
		if err != nil {
			return newFault(in.name(), "", err)
		}
		if err := errors.Join(overwrite(file, pieces), file.Close()); err != nil {
			return err
		}
	}
	d.index.removed(objects)
	return nil
}

// overwrite marks the pieces first: from then on a crash leaves pieces that are
// known as removed, however much of them is left.
func overwrite(file *os.File, pieces []pieceAt) error {
	var left []pieceAt
	for _, at := range pieces {
		p := make([]byte, at.length)
		if _, err := file.ReadAt(p, at.offset); err != nil {
			return err
		}
		if len(p) > 0 && !isRemoved(p) {
			left = append(left, at)
		}
	}
	if len(left) == 0 {
		return nil
	}
	for _, at := range left {
		if _, err := file.WriteAt([]byte{removedMark}, at.offset); err != nil {
			return err
		}
	}
	if err := syncFile(file); err != nil {
		return err
	}
	for _, at := range left {
		if _, err := file.WriteAt(make([]byte, at.length-1), at.offset+1); err != nil {
			return err
		}
	}
	if err := syncFile(file); err != nil {
		return err
	}
	for _, at := range left {
		disk.Punch(file, at.offset+1, int64(at.length)-1) // frees the space, where the system can
	}
	return nil
}
