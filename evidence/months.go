package evidence

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/kakaocert-go/kakaocert"
)

// Months is a directory for each month under one parent: a [kakaocert.Sink] for
// programs that run for years. Its memory and the time to open it depend on
// this month's records alone. Directories of earlier months are opened when
// their records are read.
//
// Each is a directory as [Open] makes it, named after its month in UTC:
// "2026-11". Use [OpenArchive] to read and audit it, and keep the [Head] of
// each. Many goroutines and processes may use a Months at the same time.
type Months struct {
	parent  string
	key     Key
	options []KeyOption
	now     func() time.Time

	mu       sync.Mutex
	name     string // of current
	current  *Log
	previous *Log // the one before, whose last records may still be ending; or nil
	closed   bool
	makers   map[*Log]*Checkpointer
}

var (
	_ kakaocert.Sink     = (*Months)(nil)
	_ kakaocert.Recaller = (*Months)(nil)
)

const monthForm = "2006-01"

// OpenMonths opens this month's directory under parent, as [Open] does, and
// makes both where they do not exist. It also completes what crashes left in
// the directory of the month before. The parent must be a folder that is used
// for nothing else.
//
// Where this month's directory is refused with a [*Fault], it stays as it is,
// and [RenewMonth] begins another next to it.
func OpenMonths(parent string, key Key, options ...KeyOption) (*Months, error) {
	return openMonths(parent, time.Now, key, options...)
}

func openMonths(parent string, now func() time.Time, key Key, options ...KeyOption) (*Months, error) {
	m := &Months{parent: parent, key: key, options: options, now: now}
	names, err := monthsIn(parent)
	if err != nil {
		return nil, err
	}
	if err := m.turn(); err != nil {
		return nil, err
	}
	if at := slices.Index(names, m.name); at >= 0 {
		names = names[:at]
	}
	if len(names) == 0 {
		return m, nil
	}
	// An old fault of another month must not stop this month: an audit reports it.
	if before, err := m.open(names[len(names)-1]); err == nil {
		_ = before.Close()
	}
	return m, nil
}

// RenewMonth begins another directory for this month under parent: "2026-11.2"
// after "2026-11". Call it when the month's directory is refused with a
// [*Fault], for example because a line was appended to a chain without a key.
// The refused directory stays as it is, for an audit to report. All [Months] of
// that parent, in any process, switch to the new directory by themselves.
func RenewMonth(parent string, key Key, options ...KeyOption) error {
	return renewMonth(parent, time.Now, key, options...)
}

func renewMonth(parent string, now func() time.Time, key Key, options ...KeyOption) error {
	names, err := monthsIn(parent)
	if err != nil {
		return err
	}
	month := now().UTC().Format(monthForm)
	next := month
	if len(names) > 0 && names[len(names)-1] >= month {
		base, number := splitMonth(names[len(names)-1])
		next = base + "." + strconv.Itoa(number+1)
	}
	d, err := Open(filepath.Join(parent, next), key, options...)
	if err != nil {
		return err
	}
	return d.Close()
}

// monthsIn lists the directories under parent, the oldest first.
func monthsIn(parent string) ([]string, error) {
	entries, err := os.ReadDir(parent)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if base, number := splitMonth(e.Name()); e.IsDir() && number > 0 {
			if _, err := time.Parse(monthForm, base); err == nil {
				names = append(names, e.Name())
			}
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		monthA, numberA := splitMonth(a)
		monthB, numberB := splitMonth(b)
		if order := strings.Compare(monthA, monthB); order != 0 {
			return order
		}
		return numberA - numberB
	})
	return names, nil
}

// splitMonth returns a directory's month and its number within the month; 0 for
// any other name.
func splitMonth(name string) (month string, number int) {
	month, text, found := strings.Cut(name, ".")
	if !found {
		return month, 1
	}
	number, err := strconv.Atoi(text)
	if err != nil || number < 2 || strconv.Itoa(number) != text {
		return month, 0
	}
	return month, number
}

func (m *Months) open(name string) (*Log, error) {
	return Open(filepath.Join(m.parent, name), m.key, m.options...)
}

// turn switches to the newest directory, or to this month's. It never goes
// back, whatever the clock says.
func (m *Months) turn() error {
	names, err := monthsIn(m.parent)
	if err != nil {
		return err
	}
	name := m.now().UTC().Format(monthForm)
	if len(names) > 0 {
		if newest := names[len(names)-1]; newest >= name {
			name = newest
		}
	}
	if name == m.name {
		return nil
	}
	next, err := m.open(name)
	if err != nil {
		if _, refused := errors.AsType[*Fault](err); refused {
			err = fmt.Errorf("%w (evidence.RenewMonth does so)", err)
		}
		return fmt.Errorf("%s: %w", name, err)
	}
	if m.previous != nil {
		// All processes have switched long ago: this completes what the last of them
		// left.
		ctx, cancel := limited()
		_ = m.previous.Recover(ctx)
		cancel()
		_ = m.previous.Close()
	}
	m.previous, m.current, m.name = m.current, next, name
	return nil
}

// dir is the directory for new records.
func (m *Months) dir() (*Log, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, os.ErrClosed
	}
	if m.now().UTC().Format(monthForm) <= m.name {
		return m.current, nil
	}
	err := m.turn()
	return m.current, err
}

// Begin makes a record in this month's directory, as [Log.Begin] does. When
// that directory is refused, and [RenewMonth] has begun another, it uses that
// one.
func (m *Months) Begin(ctx context.Context, meta kakaocert.EvidenceMeta) (kakaocert.RecordWriter, error) {
	d, err := m.dir()
	if err != nil {
		return nil, err
	}
	record, err := d.Begin(ctx, meta)
	if _, refused := errors.AsType[*Fault](err); !refused {
		return record, err
	}
	m.mu.Lock()
	turnErr := m.turn()
	next := m.current
	m.mu.Unlock()
	if turnErr != nil || next == d {
		return nil, err
	}
	return next.Begin(ctx, meta)
}

// Directories returns the path of each month's directory, the oldest first.
func (m *Months) Directories() ([]string, error) {
	names, err := monthsIn(m.parent)
	for i, name := range names {
		names[i] = filepath.Join(m.parent, name)
	}
	return names, err
}

// Recall reads the records of one transaction in all months, as [Log.Recall]
// does. It searches the chains of earlier months, and reads only those that
// name the transaction.
func (m *Months) Recall(ctx context.Context, txID string) iter.Seq2[kakaocert.Recalled, error] {
	return func(yield func(kakaocert.Recalled, error) bool) {
		needle, err := json.Marshal(txID)
		if err != nil {
			yield(kakaocert.Recalled{}, err)
			return
		}
		err = m.with(m.read, append([]byte(`"tx_id":`), needle...), func(d *Log) (bool, error) {
			for r, err := range d.Recall(ctx, txID) {
				if !yield(r, err) {
					return true, nil
				}
			}
			return false, nil
		})
		if err != nil {
			yield(kakaocert.Recalled{}, err)
		}
	}
}

// Attach keeps data next to a record of any month, as [Log.Attach] does.
func (m *Months) Attach(ctx context.Context, id, name string, data []byte) error {
	return m.of(id, func(l *Log) error { return l.Attach(ctx, id, name, data) })
}

// AttachCheck keeps what a check was based on, as [Log.AttachCheck] does.
func (m *Months) AttachCheck(ctx context.Context, id string, at time.Time, verified ...*kakaocert.Verified) error {
	return m.of(id, func(l *Log) error { return l.AttachCheck(ctx, id, at, verified...) })
}

// Purge removes records of any month, as [Log.Purge] does.
func (m *Months) Purge(ctx context.Context, reason string, ids ...string) error {
	for _, id := range ids {
		if err := m.of(id, func(l *Log) error { return l.Purge(ctx, reason, id) }); err != nil {
			return err
		}
	}
	return nil
}

// Forget removes recovery keys of any month, as [Log.Forget] does.
func (m *Months) Forget(ctx context.Context, ids ...string) error {
	for _, id := range ids {
		err := m.of(id, func(l *Log) error { return l.Forget(ctx, id) })
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return nil
}

// Checkpoint makes checkpoints, as [Checkpointer.Make] does: of this month's
// directory, and of the month before, whose last records may still be ending.
// It appends a slash and the directory's name to the origin. An error of one
// does not stop the other: checkpoints are returned together with errors. The
// options must be the same in every call.
func (m *Months) Checkpoint(ctx context.Context, origin string, signer crypto.Signer, options ...CheckpointOption) (made []Checkpoint, err error) {
	if _, err := m.dir(); err != nil { // a month may have begun
		return nil, err
	}
	m.mu.Lock()
	logs := []*Log{m.previous, m.current}
	m.mu.Unlock()
	for _, l := range logs {
		if l == nil {
			continue
		}
		c, makerErr := m.makerOf(l, origin, signer, options)
		if makerErr != nil {
			return made, errors.Join(err, makerErr)
		}
		checkpoint, makeErr := c.Make(ctx)
		err = errors.Join(err, makeErr)
		if checkpoint.Number > 0 {
			made = append(made, checkpoint)
		}
	}
	return made, err
}

// makerOf keeps what a directory's Checkpointer has read.
func (m *Months) makerOf(l *Log, origin string, signer crypto.Signer, options []CheckpointOption) (*Checkpointer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c := m.makers[l]; c != nil && c.origin == origin+"/"+filepath.Base(l.store.(*directory).path) {
		return c, nil
	}
	c, err := l.Checkpointer(origin+"/"+filepath.Base(l.store.(*directory).path), signer, options...)
	if err != nil {
		return nil, err
	}
	if m.makers == nil {
		m.makers = make(map[*Log]*Checkpointer)
	}
	for other := range m.makers {
		if other != m.current && other != m.previous {
			delete(m.makers, other)
		}
	}
	m.makers[l] = c
	return c, nil
}

// of finds the directory of a record.
func (m *Months) of(id string, do func(*Log) error) error {
	if !isID(id) {
		return ErrNotFound
	}
	result := error(ErrNotFound)
	err := m.with(m.open, []byte(`"record":"`+id+`"`), func(l *Log) (bool, error) {
		result = do(l)
		return !errors.Is(result, ErrNotFound), nil
	})
	if err != nil {
		return err
	}
	return result
}

// read opens a directory for reading, even a damaged one.
func (m *Months) read(name string) (*Log, error) {
	a, err := OpenArchive(filepath.Join(m.parent, name), append(slices.Clone(m.options), m.key)...)
	if err != nil {
		return nil, err
	}
	return &Log{archive: a, store: a.store.(Store), commits: new(commits), finish: a.Close}, nil
}

// with calls do for every directory whose chains contain the text, the oldest
// first, until do has found what it looks for.
func (m *Months) with(open func(string) (*Log, error), text []byte, do func(*Log) (found bool, err error)) error {
	names, err := monthsIn(m.parent)
	if err != nil {
		return err
	}
	for _, name := range names {
		named, err := m.names(name, text)
		if err != nil {
			return err
		}
		if !named {
			continue
		}
		d, done, err := m.borrow(name, open)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		found, err := do(d)
		done()
		if found || err != nil {
			return err
		}
	}
	return nil
}

// names searches the chains of a directory for a text.
func (m *Months) names(name string, text []byte) (bool, error) {
	path := filepath.Join(m.parent, name)
	for _, file := range append(chainFiles(path), filepath.Join(path, journalName)) {
		found, err := hasText(file, text)
		if found || err != nil && !isGone(err) {
			return found, err
		}
	}
	return false, nil
}

// borrow returns an open directory, or opens one for a short time.
func (m *Months) borrow(name string, open func(string) (*Log, error)) (d *Log, done func(), err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, nil, os.ErrClosed
	}
	if name == m.name {
		return m.current, func() {}, nil
	}
	if d, err = open(name); err != nil {
		return nil, nil, err
	}
	return d, func() { _ = d.Close() }, nil
}

// hasText searches for a text within a line of a file.
func hasText(path string, text []byte) (bool, error) {
	file, err := openFile(path, os.O_RDONLY)
	if err != nil {
		return false, err
	}
	defer func() { _ = file.Close() }()
	in := bufio.NewReaderSize(file, 64<<10)
	for {
		line, err := in.ReadSlice('\n')
		switch {
		case bytes.Contains(line, text):
			return true, nil
		case errors.Is(err, io.EOF):
			return false, nil
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return false, err
		}
	}
}

// Close releases all directories, as [Log.Close] does.
func (m *Months) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil
	}
	m.closed = true
	var err error
	if m.previous != nil {
		err = m.previous.Close()
	}
	return errors.Join(err, m.current.Close())
}

// Format keeps the key and the contents out of what fmt writes.
func (m *Months) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "evidence.Months") }
