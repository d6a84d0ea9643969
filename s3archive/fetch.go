package s3archive

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Fetched is the result of [Bucket.Fetch].
type Fetched struct {
	Objects int // records, attachments, checkpoints and stamps
	Chains  int
	// Ahead are checkpoints that cover entries which are not archived yet, and their
	// stamps. They are in the folder "ahead" of the directory, which is not part of it. Compare the
	// store with them, with evidence.ParseCheckpoint or kakaocert evidence verify
	// --checkpoint.
	Ahead []string
	// Hidden are objects that were deleted without a version: a delete marker hides
	// them, but they are still there.
	Hidden []string
	// Replaced are objects that were put again. The first version was fetched.
	Replaced []string
	// Strange are names that Archive does not use. They were not fetched.
	Strange []string
	// Faults are parts of chains that do not follow one another. They were not
	// fetched, so that an audit reports a cut or a missing entry.
	Faults []error
}

// Fetch writes the archive into a new directory, in the form of package
// evidence. Audit it with evidence.OpenArchive, or with the command kakaocert
// evidence verify, like any other. It writes the first version of each object.
// Records that were purged from the store, according to the chains, are left
// out, although the bucket keeps them until their lock ends.
func (b *Bucket) Fetch(ctx context.Context, dir string) (*Fetched, error) {
	for _, folder := range []string{"", "records", "chains", "checkpoints", "ahead"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
			return nil, err
		}
	}
	f := &fetching{bucket: b, dir: dir, index: newIndex(), next: make(map[string]uint64), found: new(Fetched)}
	return f.found, f.all(ctx)
}

// fetching is one run of Fetch.
type fetching struct {
	bucket *Bucket
	dir    string
	index  *index
	next   map[string]uint64 // of each chain, the number that follows
	found  *Fetched
}

func (f *fetching) all(ctx context.Context) error {
	var objects []listed
	for v, err := range f.bucket.list(ctx, "") { // chains come before records
		if err != nil {
			return err
		}
		if v.hidden {
			f.found.Hidden = append(f.found.Hidden, v.name)
		}
		if v.newer > 0 {
			f.found.Replaced = append(f.found.Replaced, v.name)
		}
		switch {
		case chainName.MatchString(v.name):
			if err := f.part(ctx, v); err != nil {
				return err
			}
		case objectName.MatchString(v.name):
			objects = append(objects, v)
		default:
			f.found.Strange = append(f.found.Strange, v.name)
		}
	}
	f.found.Chains = len(f.next)
	for _, v := range objects {
		if err := f.object(ctx, v); err != nil {
			return err
		}
	}
	return nil
}

// part adds a part of a chain to its file. Parts come in order.
func (f *fetching) part(ctx context.Context, v listed) error {
	match := chainName.FindStringSubmatch(v.name)
	chain := match[1]
	first, err := strconv.ParseUint(match[2], 10, 64)
	if err != nil || first != max(1, f.next[chain]) {
		f.found.Faults = append(f.found.Faults, fmt.Errorf("%w: %s does not follow entry %d", ErrDamaged, v.name, max(1, f.next[chain])-1))
		return nil
	}
	content, err := f.bucket.read(ctx, v.version)
	if err != nil {
		return err
	}
	lines, err := linesOf(content)
	if err != nil {
		f.found.Faults = append(f.found.Faults, fmt.Errorf("%w: %s", err, v.name))
		return nil
	}
	f.index.add(lines, nil)
	f.next[chain] = first + uint64(len(lines))
	path := filepath.Join("chains", chain+".chain")
	if chain == journal {
		path = journal
	}
	return f.write(path, content)
}

func (f *fetching) object(ctx context.Context, v listed) error {
	match := objectName.FindStringSubmatch(v.name)
	if f.index.purged[f.index.recordOf(match[1])] {
		return nil
	}
	content, err := f.bucket.read(ctx, v.version)
	if err != nil {
		return err
	}
	f.found.Objects++
	name := filepath.FromSlash(v.name)
	if match[4] != "" && (len(f.found.Ahead) > 0 || f.isAhead(content)) {
		f.found.Ahead = append(f.found.Ahead, v.name)
		name = filepath.Join("ahead", filepath.Base(name))
	}
	return f.write(name, content)
}

// isAhead reports whether a checkpoint covers more of a chain than was fetched.
func (f *fetching) isAhead(checkpoint []byte) bool {
	text, _, _ := bytes.Cut(checkpoint, []byte("\n\n"))
	for line := range bytes.Lines(text) {
		words := strings.Fields(string(line))
		if len(words) != 3 || words[0] != "chain" {
			continue
		}
		if count, err := strconv.ParseUint(words[2], 10, 64); err == nil && count >= max(1, f.next[words[1]]) {
			return true
		}
	}
	return false
}

// write adds to a file that no other process writes.
func (f *fetching) write(name string, content []byte) error {
	file, err := os.OpenFile(filepath.Join(f.dir, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := file.Write(content); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}
