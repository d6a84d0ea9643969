package evidence

import (
	"bufio"
	"bytes"
	"context"
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
// programs that run for years. What it holds in memory and what opening it costs
// depends on this month's records alone; directories of earlier months are
// opened when somebody asks for what is in them.
//
// Each is a directory as [Open] makes it, named after its month in UTC:
// "2026-11". Give it to [OpenArchive] to read and to audit it, and keep the
// [Head] of each. Months may be used by many goroutines and processes at once.
type Months struct {
	parent string
	key    Key
	older  []Key
	now    func() time.Time

	mu       sync.Mutex
	name     string // of current
	current  *Dir
	previous *Dir // the one before, whose last records may still be ending; or nil
	closed   bool
}

var (
	_ kakaocert.Sink     = (*Months)(nil)
	_ kakaocert.Recaller = (*Months)(nil)
)

const monthForm = "2006-01"

// OpenMonths opens this month's directory under parent, as [Open] does, and
// makes both where they do not exist. It also finishes what crashes left in the
// directory of the month before. The parent must be a folder of its own.
//
// Where this month's directory is refused with a [*Fault], it is kept as it is,
// and [RenewMonth] begins another next to it.
func OpenMonths(parent string, key Key, older ...Key) (*Months, error) {
	return openMonths(parent, time.Now, key, older...)
}

func openMonths(parent string, now func() time.Time, key Key, older ...Key) (*Months, error) {
	m := &Months{parent: parent, key: key, older: older, now: now}
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
	// Another's fault of long ago must not stop this month: an audit reports it.
	if before, err := m.open(names[len(names)-1]); err == nil {
		_ = before.Close()
	}
	return m, nil
}

// RenewMonth begins another directory for this month under parent: "2026-11.2"
// after "2026-11". Call it when the month's directory is refused with a
// [*Fault]: because a line was appended to its journal without a key, say. The
// refused one stays as it is, for an audit to report. All [Months] of that
// parent, in any process, go on in the new one by themselves.
func RenewMonth(parent string, key Key, older ...Key) error {
	names, err := monthsIn(parent)
	if err != nil {
		return err
	}
	month := time.Now().UTC().Format(monthForm)
	next := month
	if len(names) > 0 && names[len(names)-1] >= month {
		base, number := splitMonth(names[len(names)-1])
		next = base + "." + strconv.Itoa(number+1)
	}
	d, err := Open(filepath.Join(parent, next), key, older...)
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

// splitMonth is a directory's month and its number in the month; 0 for what is
// no such name.
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

func (m *Months) open(name string) (*Dir, error) {
	return Open(filepath.Join(m.parent, name), m.key, m.older...)
}

// turn goes on to the newest directory, or to this month's. It never goes back,
// whatever the clock says.
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
		// Its processes have long gone on: this ends what the last of them left.
		_ = m.previous.change(m.previous.recover)
		_ = m.previous.Close()
	}
	m.previous, m.current, m.name = m.current, next, name
	return nil
}

// dir is the directory for what begins now.
func (m *Months) dir() (*Dir, error) {
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

// Begin makes a record in this month's directory, as [Dir.Begin] does. When that
// directory is refused, and another has been begun with [RenewMonth], it goes on
// there.
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

// Recall reads the records of one transaction in all months, as [Dir.Recall]
// does. It looks through the journals of earlier months, and reads those alone
// that name the transaction.
func (m *Months) Recall(ctx context.Context, txID string) iter.Seq2[kakaocert.Recalled, error] {
	return func(yield func(kakaocert.Recalled, error) bool) {
		needle, err := json.Marshal(txID)
		if err != nil {
			yield(kakaocert.Recalled{}, err)
			return
		}
		err = m.with(m.read, append([]byte(`"tx_id":`), needle...), func(d *Dir) (bool, error) {
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

// Attach keeps data next to a record of any month, as [Dir.Attach] does.
func (m *Months) Attach(id, name string, data []byte) error {
	return m.of(id, func(d *Dir) error { return d.Attach(id, name, data) })
}

// AttachCheck keeps what a check rested on, as [Dir.AttachCheck] does.
func (m *Months) AttachCheck(id string, at time.Time, verified ...*kakaocert.Verified) error {
	return m.of(id, func(d *Dir) error { return d.AttachCheck(id, at, verified...) })
}

// Purge removes records of any month, as [Dir.Purge] does.
func (m *Months) Purge(reason string, ids ...string) error {
	for _, id := range ids {
		if err := m.of(id, func(d *Dir) error { return d.Purge(reason, id) }); err != nil {
			return err
		}
	}
	return nil
}

// of finds the directory of a record.
func (m *Months) of(id string, do func(*Dir) error) error {
	if !isID(id) {
		return ErrNotFound
	}
	result := error(ErrNotFound)
	err := m.with(m.open, []byte(`"record":"`+id+`"`), func(d *Dir) (bool, error) {
		result = do(d)
		return !errors.Is(result, ErrNotFound), nil
	})
	if err != nil {
		return err
	}
	return result
}

// read opens a directory to be read. A damaged one is read too.
func (m *Months) read(name string) (*Dir, error) {
	a, err := OpenArchive(filepath.Join(m.parent, name), append(slices.Clone(m.older), m.key)...)
	if err != nil {
		return nil, err
	}
	return &Dir{archive: a, key: m.key}, nil
}

// with gives do every directory whose journal has the text, the oldest first,
// until do has found what it looks for.
func (m *Months) with(open func(string) (*Dir, error), text []byte, do func(*Dir) (found bool, err error)) error {
	names, err := monthsIn(m.parent)
	if err != nil {
		return err
	}
	for _, name := range names {
		named, err := hasText(filepath.Join(m.parent, name, journalName), text)
		if err != nil || !named {
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
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

// borrow is an open directory, or one that is opened for the moment.
func (m *Months) borrow(name string, open func(string) (*Dir, error)) (d *Dir, done func(), err error) {
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

// hasText looks for a text within a line of a file.
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

// Close ends the use of all directories, as [Dir.Close] does.
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
