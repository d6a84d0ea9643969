//go:build unix

package evidence

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// replaced puts a link to a copy in the place of a file, and returns the copy.
func replaced(t *testing.T, file string) string {
	t.Helper()
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	writeFile(t, elsewhere, readFile(t, file))
	require.NoError(t, os.Remove(file))
	require.NoError(t, os.Symlink(elsewhere, file))
	return elsewhere
}

func TestArchive_LinkInThePlaceOfAFileIsDamage(t *testing.T) {
	t.Parallel()
	for name, choose := range map[string]func(faulty) string{
		"committed":   func(f faulty) string { return f.file(f.committed) },
		"aborted":     func(f faulty) string { return f.file(f.aborted) },
		"interrupted": func(f faulty) string { return f.file(f.interrupted) },
		"attachment":  func(f faulty) string { return f.attachment(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFaulty(t)
			elsewhere := replaced(t, choose(f))
			before := readFile(t, elsewhere)
			report := verify(t, f.path)
			require.ErrorIs(t, report.Err(), ErrDamaged)
			require.Len(t, report.Faults, 1)
			d := openDir(t, f.path) // finishes what crashes left, and follows no link
			assert.Equal(t, before, readFile(t, elsewhere))
			if name != "attachment" {
				require.ErrorIs(t, d.Purge(t.Context(), "time is over", f.interrupted, f.committed, f.aborted), ErrDamaged)
				assert.Equal(t, before, readFile(t, elsewhere))
			}
		})
	}
}

func TestOpen_RefusesALinkInThePlaceOfTheJournal(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	elsewhere := replaced(t, f.journal)
	before := readFile(t, elsewhere)
	_, err := Open(f.path, testKey(1))
	require.ErrorIs(t, err, ErrDamaged)
	_, err = OpenArchive(f.path, testKey(1))
	require.ErrorIs(t, err, ErrDamaged)
	assert.Equal(t, before, readFile(t, elsewhere))

	require.NoError(t, os.Remove(elsewhere))
	_, err = Open(f.path, testKey(1))
	require.ErrorIs(t, err, ErrDamaged)
	_, err = os.Lstat(elsewhere)
	require.ErrorIs(t, err, os.ErrNotExist, "nothing is made at the other end of a link")
}

func TestArchive_ExtraLinkIsNotFollowed(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	writeFile(t, elsewhere, []byte("somebody's"))
	require.NoError(t, os.Symlink(elsewhere, f.file(newID(begunAt))))
	require.NoError(t, openDir(t, f.path).Close())
	require.ErrorIs(t, verify(t, f.path).Err(), ErrExtra)
	assert.Equal(t, "somebody's", string(readFile(t, elsewhere)))
}

// Opening a pipe would wait for its other end.
func TestArchive_PipeDoesNotBlock(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	require.NoError(t, os.Remove(f.file(f.committed)))
	for _, id := range []string{f.committed, newID(begunAt)} {
		if err := syscall.Mkfifo(f.file(id), 0o600); errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOTSUP) {
			t.Skip("the file system has no pipes")
		} else {
			require.NoError(t, err)
		}
	}
	report := verify(t, f.path)
	require.Len(t, report.Faults, 2)
	require.ErrorIs(t, report.Err(), ErrDamaged)
	require.ErrorIs(t, report.Err(), ErrExtra)
	require.NoError(t, openDir(t, f.path).Close())
}
