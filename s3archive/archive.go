package s3archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
)

// Report is the result of one run of [Bucket.Archive].
type Report struct {
	Objects int // records, attachments, checkpoints and stamps that are new in the bucket
	Entries int // entries of chains that are new in the bucket
	// Waiting are records that have not ended. A later run archives the entries
	// after them in their chains. If a record waits for more than an hour, its
	// process has died: evidence.Log.Recover ends it.
	Waiting []string
	// Faults are objects that are missing in the store, or differ from its chains.
	// They are archived as they are, and an audit reports them in both places.
	Faults []error
}

// Archive copies what is new in the store: records that have ended, their
// attachments, checkpoints, stamps, and the entries of chains. After a fault of one
// record it continues with the others. It fails when the store or the bucket
// fails; then the report says what was done before, and the next run continues.
func (b *Bucket) Archive(ctx context.Context, from evidence.StoreReader) (*Report, error) {
	if b.retention == 0 {
		return nil, &kakaocert.ArgumentError{Field: "Config.Retention", Reason: "must be above zero"}
	}
	r := &run{bucket: b, from: from, tips: make(map[string]uint64), archived: make(map[string]uint64), report: new(Report)}
	err := r.all(ctx)
	slices.Sort(r.report.Waiting)
	r.report.Waiting = slices.Compact(r.report.Waiting)
	return r.report, err
}

// run is one run of Archive.
type run struct {
	bucket   *Bucket
	from     evidence.StoreReader
	chains   []string
	tips     map[string]uint64 // the last number of each chain in the store
	archived map[string]uint64 // and in the bucket
	report   *Report
}

func (r *run) all(ctx context.Context) error {
	if err := r.checkpoints(ctx); err != nil { // they wait for nothing
		return err
	}
	for tip, err := range r.from.Tips(ctx) {
		if err != nil {
			return err
		}
		r.chains, r.tips[tip.Chain] = append(r.chains, tip.Chain), tip.Number
		if r.archived[tip.Chain], err = r.bucket.archivedOf(ctx, tip.Chain); err != nil {
			return err
		}
	}
	for again := true; again; { // a chain may wait for another chain that it names
		again = false
		for _, chain := range r.chains {
			before := r.archived[chain]
			if err := r.chain(ctx, chain); err != nil {
				return err
			}
			again = again || r.archived[chain] > before
		}
	}
	return nil
}

// comparedAgain is how many of the newest checkpoints, and of their stamps, are
// compared with those in the bucket: another writer may have taken the names of future checkpoints.
// Older ones were compared when they were new.
const comparedAgain = 100

// checkpoints archives the checkpoints and the stamps that are new.
func (r *run) checkpoints(ctx context.Context) error {
	there := make(map[string]bool)
	for v, err := range r.bucket.list(ctx, "checkpoints/") {
		if err != nil {
			return err
		}
		there[v.name] = true
	}
	// Stamps are listed first and put last: the checkpoint of each is then listed
	// too, and in the bucket before it.
	stamps, err := r.list(ctx, evidence.KindStamp)
	if err != nil {
		return err
	}
	checkpoints, err := r.list(ctx, evidence.KindCheckpoint)
	if err != nil {
		return err
	}
	for _, all := range [][]evidence.Object{checkpoints, stamps} {
		if err := r.missing(ctx, all, there); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) list(ctx context.Context, kind evidence.Kind) (all []evidence.Object, err error) {
	for o, err := range r.from.Objects(ctx, kind) {
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

// missing archives the objects that are not in the bucket.
func (r *run) missing(ctx context.Context, all []evidence.Object, there map[string]bool) error {
	for i, o := range all {
		if there[nameOf(o)] && (i < len(all)-comparedAgain || r.bucket.hasCompared(nameOf(o))) {
			continue
		}
		if err := r.object(ctx, o, nil); err != nil {
			return err
		}
		r.bucket.setCompared(nameOf(o))
	}
	return nil
}

func (b *Bucket) hasCompared(name string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.compared[name]
}

func (b *Bucket) setCompared(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.compared[name] = true
}

// archivedOf returns the number of the last entry of a chain in the bucket.
func (b *Bucket) archivedOf(ctx context.Context, chain string) (last uint64, err error) {
	var part version
	for v, err := range b.list(ctx, "chains/"+chain+"/") {
		if err != nil {
			return 0, err
		}
		part = v.version
	}
	if part.id == "" {
		return 0, nil
	}
	content, err := b.read(ctx, part)
	if err != nil {
		return 0, err
	}
	lines, err := linesOf(content)
	if err != nil || len(lines) == 0 {
		return 0, fmt.Errorf("%w: %s", ErrDamaged, part.name)
	}
	e, err := readLine(lines[len(lines)-1])
	return e.Number, err
}

// partEntries is the largest number of entries in a part.
const partEntries = 1000

// chain archives the entries of a chain, as long as the objects that they name
// can be archived.
func (r *run) chain(ctx context.Context, chain string) error {
	first := r.archived[chain] + 1
	var lines [][]byte
	for e, err := range r.from.Entries(ctx, evidence.Query{Chain: chain, After: r.archived[chain]}) {
		if err != nil {
			return err
		}
		ready, err := r.entry(ctx, e)
		if err != nil {
			return err
		}
		if !ready {
			break
		}
		if lines = append(lines, bytes.Clone(e.Line)); len(lines) == partEntries {
			if err := r.part(ctx, chain, first, lines); err != nil {
				return err
			}
			first, lines = r.archived[chain]+1, nil
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return r.part(ctx, chain, first, lines)
}

func (r *run) part(ctx context.Context, chain string, first uint64, lines [][]byte) error {
	made, err := r.bucket.put(ctx, partOf(chain, first), append(bytes.Join(lines, []byte("\n")), '\n'))
	if errors.Is(err, ErrDiffers) && !made {
		return r.behind(ctx, chain, err)
	}
	if err != nil {
		return err
	}
	r.archived[chain] = first + uint64(len(lines)) - 1
	if made {
		r.report.Entries += len(lines)
	}
	return nil
}

// behind continues after another run that has archived the same chain
// meanwhile.
func (r *run) behind(ctx context.Context, chain string, differs error) error {
	archived, err := r.bucket.archivedOf(ctx, chain)
	switch {
	case err != nil:
		return err
	case archived <= r.archived[chain]:
		return differs
	}
	r.archived[chain] = archived
	return nil
}

// entry archives the object that an entry names. It returns false if the object
// must wait.
func (r *run) entry(ctx context.Context, e evidence.Entry) (ready bool, err error) {
	said, err := readLine(e.Line)
	if err != nil {
		r.fault(fmt.Errorf("%w, entry %d of %s", err, e.Number, e.Chain))
		return true, nil
	}
	switch said.Event {
	case "linked":
		needed := said.linked()
		return r.archived[said.Chain] >= needed || r.tips[said.Chain] < needed, nil
	case "begun":
		ended, purged, err := r.end(ctx, said.Record)
		switch {
		case err != nil || purged:
			return true, err
		case ended == nil:
			r.report.Waiting = append(r.report.Waiting, said.Record)
			return false, nil
		}
		return true, r.object(ctx, evidence.Object{Kind: evidence.KindRecord, ID: said.Record}, ended)
	case "attached":
		_, purged, err := r.end(ctx, said.Record)
		if err != nil || purged {
			return true, err
		}
		return true, r.object(ctx, evidence.Object{Kind: evidence.KindAttachment, ID: said.Attachment}, &said)
	}
	return true, nil
}

// end finds the end of a record, in any chain.
func (r *run) end(ctx context.Context, record string) (ended *entry, purged bool, err error) {
	for e, err := range r.from.Entries(ctx, evidence.Query{About: record}) {
		if err != nil {
			return nil, false, err
		}
		switch said, err := readLine(e.Line); {
		case err != nil: // an audit reports it
		case said.Event == "ended":
			ended = &said
		case said.Event == "purged":
			purged = true
		}
	}
	return ended, purged, nil
}

// object archives an object as it is. A difference from the chain is a fault,
// but the object is archived all the same.
func (r *run) object(ctx context.Context, o evidence.Object, is *entry) error {
	content, err := r.readObject(ctx, o)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.fault(fmt.Errorf("%w: %s is missing", ErrDamaged, nameOf(o)))
		return nil
	case err != nil:
		return err
	}
	if digest := sha256.Sum256(content); is != nil && (is.SHA256 != hex.EncodeToString(digest[:]) || is.Bytes != int64(len(content))) {
		r.fault(fmt.Errorf("%w: %s is not as the chain has it", ErrDamaged, nameOf(o)))
	}
	made, err := r.bucket.put(ctx, nameOf(o), content)
	switch {
	case errors.Is(err, ErrDiffers) && !made: // another writer has taken its name
		r.fault(err)
		return nil
	case err == nil && made:
		r.report.Objects++
	}
	return err
}

func (r *run) readObject(ctx context.Context, o evidence.Object) ([]byte, error) {
	in, err := r.from.Read(ctx, o)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(in)
	return content, errors.Join(err, in.Close())
}

func (r *run) fault(err error) { r.report.Faults = append(r.report.Faults, err) }
