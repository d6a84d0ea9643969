//go:build unix

package evidence

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// place is the name of a place within the directory.
func (f faulty) place(name string) string {
	if name == "chain" {
		return chainsName + "/" + filepath.Base(f.journal)
	}
	return name
}

// A writer refuses a directory that others can change, and a file with a second
// name.
func TestOpen_RefusesPlacesThatOthersCanChange(t *testing.T) {
	t.Parallel()
	original := newFaulty(t)
	mode := func(name string, mode os.FileMode) func(*testing.T, faulty) {
		return func(t *testing.T, f faulty) {
			t.Helper()
			require.NoError(t, os.Chmod(filepath.Join(f.path, f.place(name)), mode))
		}
	}
	for name, c := range map[string]struct {
		change func(*testing.T, faulty)
		file   string
		want   error // nil: taken
	}{
		"directory 0777":      {mode(".", 0o777), ".", ErrUnprotected},
		"directory 1777":      {mode(".", 0o777|os.ModeSticky), ".", ErrUnprotected},
		"directory 0702":      {mode(".", 0o702), ".", ErrUnprotected},
		"records 0777":        {mode(recordsName, 0o777), recordsName, ErrUnprotected},
		"chain 0666":          {mode("chain", 0o666), "chain", ErrUnprotected},
		"chain 0602":          {mode("chain", 0o602), "chain", ErrUnprotected},
		"a group's directory": {mode(".", 0o770), "", nil},
		"a readable chain":    {mode("chain", 0o644), "", nil},
		"chain hard-linked": {func(t *testing.T, f faulty) {
			t.Helper()
			require.NoError(t, os.Link(f.journal, filepath.Join(t.TempDir(), "second")))
		}, "chain", ErrUnprotected},
		"chains 0777": {mode(chainsName, 0o777), chainsName, ErrUnprotected},
		"records a link": {func(t *testing.T, f faulty) {
			t.Helper()
			elsewhere := filepath.Join(t.TempDir(), "elsewhere")
			require.NoError(t, os.Rename(filepath.Join(f.path, recordsName), elsewhere))
			require.NoError(t, os.Symlink(elsewhere, filepath.Join(f.path, recordsName)))
		}, recordsName, ErrDamaged},
		"records a file": {func(t *testing.T, f faulty) {
			t.Helper()
			require.NoError(t, os.RemoveAll(filepath.Join(f.path, recordsName)))
			writeFile(t, filepath.Join(f.path, recordsName), nil)
		}, recordsName, ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := original.copied(t)
			require.NoError(t, os.Chmod(f.path, 0o700))
			require.NoError(t, os.Chmod(f.journal, 0o600))
			c.change(t, f)
			before := readFile(t, f.journal)
			d, err := Open(f.path, testKey(1))
			if c.want == nil {
				require.NoError(t, err)
				require.NoError(t, d.Close())
				return
			}
			require.ErrorIs(t, err, c.want)
			var fault *Fault
			require.ErrorAs(t, err, &fault)
			assert.Equal(t, f.place(c.file), fault.File)
			assert.Equal(t, before, readFile(t, f.journal))
			_, err = OpenArchive(f.path, testKey(1))
			if c.want == ErrUnprotected {
				require.NoError(t, err, "a copy may have any mode, and is read")
			} else {
				require.ErrorIs(t, err, ErrDamaged)
			}
		})
	}
}

// The directory itself may be reached through a link.
func TestOpen_TakesALinkToTheDirectory(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(f.path, link))
	commit(t, openDir(t, link), "tx", "body")
	require.NoError(t, verify(t, f.path).Err())
}
