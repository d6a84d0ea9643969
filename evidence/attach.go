package evidence

import (
	"context"
	"errors"
	"time"

	"github.com/kakaocert-go/kakaocert"
)

// Attach keeps data with a record, durably and encrypted like the record. Keep
// what a check years later needs, such as the chain's certificates, CRLs and
// OCSP answers, and the findings of a check today. The caller chooses the name,
// of at most 256 bytes; several attachments may have the same name, and none
// replaces another.
func (l *Log) Attach(ctx context.Context, id, name string, data []byte) error {
	if name == "" || len(name) > maxWord {
		return &kakaocert.ArgumentError{Field: "name", Reason: "is not 1 to 256 bytes"}
	}
	if _, err := l.present(ctx, id); err != nil {
		return err
	}
	now := time.Now()
	attachment := newID(now)
	object, first, _, err := l.newObject(fileHead{Kind: KindAttachment, ID: attachment, At: now.UTC(), Record: id}, sealedHead{Name: name})
	if err != nil {
		return err
	}
	pieces, err := object.whole(first, data)
	if err != nil {
		return err
	}
	attached := entry{Event: eventAttached, Record: id, Attachment: attachment}
	attached.Bytes, attached.SHA256 = object.digestWith(nil)
	if err := l.commits.submit(ctx, attached, pieces...); err != nil {
		return err
	}
	// Another process may have purged it meanwhile, without seeing this.
	if _, err = l.present(ctx, id); errors.Is(err, ErrPurged) {
		return errors.Join(err, l.store.Remove(ctx, object.object))
	}
	return nil
}

// whole are all pieces of an object that is known at once.
func (o *sealedObject) whole(first Piece, data []byte) ([]Piece, error) {
	pieces := []Piece{first}
	for len(data) > 0 {
		part := data[:min(len(data), maxPiece)]
		data = data[len(part):]
		p := o.piece(o.dataFrames(part))
		o.kept(p.Bytes)
		pieces = append(pieces, p)
	}
	last, err := o.ending(frameCommitted, "")
	if err != nil {
		return nil, err
	}
	o.kept(last.Bytes)
	return append(pieces, last), nil
}

// present is the account of a record that is there.
func (l *Log) present(ctx context.Context, id string) (*account, error) {
	of, err := l.archive.account(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case of.purged != nil:
		return nil, ErrPurged
	case !l.archive.isThere(ctx, Object{KindRecord, id}):
		return nil, newFault(recordFile(id), id, errGone)
	}
	return of, nil
}
