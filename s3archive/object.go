package s3archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

func isCode(err error, codes ...string) bool {
	failed, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return false
	}
	for _, code := range codes {
		if failed.ErrorCode() == code {
			return true
		}
	}
	return false
}

// version is one version of an object.
type version struct {
	name string // without the prefix
	id   string
}

// put makes a locked object and reads it back. It reports whether the object is
// new; an existing object must have the same bytes.
func (b *Bucket) put(ctx context.Context, name string, content []byte) (made bool, err error) {
	digest := sha256.Sum256(content)
	until := time.Now().UTC().Add(b.retention).Truncate(time.Second)
	out, err := b.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &b.bucket, Key: aws.String(b.prefix + name), Body: bytes.NewReader(content), IfNoneMatch: aws.String("*"),
		ObjectLockMode: types.ObjectLockModeCompliance, ObjectLockRetainUntilDate: &until,
		ChecksumAlgorithm: types.ChecksumAlgorithmSha256, ChecksumSHA256: aws.String(base64.StdEncoding.EncodeToString(digest[:])),
	})
	switch {
	case isCode(err, "PreconditionFailed", "ConditionalRequestConflict"):
		return false, b.compareOldest(ctx, name, content)
	case err != nil:
		return false, fmt.Errorf("s3archive: %w", err)
	}
	return true, b.compare(ctx, version{name, aws.ToString(out.VersionId)}, content, until)
}

// Another run may be putting the object: some stores other than Amazon's show
// an object before its version and its lock.
const (
	looks = 5
	look  = 200 * time.Millisecond
)

// compareOldest compares the first version of a name.
func (b *Bucket) compareOldest(ctx context.Context, name string, content []byte) error {
	for n := 1; ; n++ {
		oldest, err := b.oldest(ctx, name)
		if err == nil {
			err = b.compare(ctx, oldest, content, time.Now())
		}
		if n == looks || !errors.Is(err, ErrNoLock) && !errors.Is(err, ErrDamaged) {
			return err
		}
		select {
		case <-time.After(look):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// oldest returns the first version of a name.
func (b *Bucket) oldest(ctx context.Context, name string) (version, error) {
	for v, err := range b.list(ctx, name) {
		if err != nil || v.name == name {
			return v.version, err
		}
	}
	return version{}, fmt.Errorf("%w: there is no version of %s", ErrDamaged, name)
}

// compare reads a version back. It must have the same bytes, and a lock until
// the given time or later.
func (b *Bucket) compare(ctx context.Context, v version, content []byte, until time.Time) error {
	got, err := b.read(ctx, v)
	switch {
	case err != nil:
		return err
	case !bytes.Equal(got, content):
		return fmt.Errorf("%w: %s", ErrDiffers, v.name)
	}
	if has, err := b.lockOf(ctx, v); err != nil || has.mode == types.ObjectLockRetentionModeCompliance && !has.until.Before(until) {
		return err
	}
	return fmt.Errorf("%w: %s", ErrNoLock, v.name)
}

// lock is until when a version cannot be deleted; zero where it can.
type lock struct {
	mode  types.ObjectLockRetentionMode
	until time.Time
}

func (b *Bucket) lockOf(ctx context.Context, v version) (lock, error) {
	out, err := b.client.GetObjectRetention(ctx, &s3.GetObjectRetentionInput{Bucket: &b.bucket, Key: aws.String(b.prefix + v.name), VersionId: &v.id})
	switch {
	case isCode(err, "NoSuchObjectLockConfiguration"):
		return lock{}, nil
	case err != nil:
		return lock{}, fmt.Errorf("s3archive: %s: %w", v.name, err)
	case out.Retention == nil:
		return lock{}, nil
	}
	return lock{out.Retention.Mode, aws.ToTime(out.Retention.RetainUntilDate)}, nil
}

// maxObject is far larger than the longest record, of 200 documents.
const maxObject = 256 << 20

// read returns the bytes of a version.
func (b *Bucket) read(ctx context.Context, v version) ([]byte, error) {
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.bucket, Key: aws.String(b.prefix + v.name), VersionId: &v.id})
	if err != nil {
		return nil, fmt.Errorf("s3archive: %s: %w", v.name, err)
	}
	defer func() { _ = out.Body.Close() }()
	content, err := io.ReadAll(io.LimitReader(out.Body, maxObject+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("s3archive: %s: %w", v.name, err)
	case len(content) > maxObject:
		return nil, fmt.Errorf("%w: %s must be at most %d bytes", ErrDamaged, v.name, maxObject)
	}
	return content, nil
}

// listed is the oldest version of an object, and the versions and markers after
// it.
type listed struct {
	version
	put    time.Time
	hidden bool // by a delete marker
	newer  int  // versions
}

// list yields the oldest version of each object below a prefix, ordered by name.
// It keeps one page of the listing in memory.
func (b *Bucket) list(ctx context.Context, below string) iter.Seq2[listed, error] {
	return func(yield func(listed, error) bool) {
		names := newVersions(b.prefix)
		pages := s3.NewListObjectVersionsPaginator(b.client, &s3.ListObjectVersionsInput{Bucket: &b.bucket, Prefix: aws.String(b.prefix + below)})
		at := [2]string{}
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(listed{}, fmt.Errorf("s3archive: %w", err))
				return
			}
			next := [2]string{aws.ToString(page.NextKeyMarker), aws.ToString(page.NextVersionIdMarker)}
			if aws.ToBool(page.IsTruncated) && next == at {
				yield(listed{}, errNoProgress)
				return
			}
			at = next
			for _, l := range names.add(page) {
				if !yield(l, nil) {
					return
				}
			}
		}
	}
}

// errNoProgress ends a listing that would go on for ever.
var errNoProgress = errors.New("s3archive: bucket lists the same page again")

// versions collects pages of a listing, which is ordered by name. For each name
// the newest version comes first.
type versions struct {
	prefix string
	order  []string // of the names that are not complete
	oldest map[string]*listed
}

func newVersions(prefix string) *versions {
	return &versions{prefix: prefix, oldest: make(map[string]*listed)}
}

func (vs *versions) named(key *string) *listed {
	name := strings.TrimPrefix(aws.ToString(key), vs.prefix)
	l := vs.oldest[name]
	if l == nil {
		l = &listed{version: version{name: name}}
		vs.oldest[name] = l
		vs.order = append(vs.order, name)
	}
	return l
}

// add returns the objects that are complete with this page. The last ones of a
// page may have more versions on the next.
func (vs *versions) add(page *s3.ListObjectVersionsOutput) (complete []listed) {
	var last [2]string // a version and a marker
	for _, v := range page.Versions {
		l := vs.named(v.Key)
		if l.id != "" {
			l.newer++
		}
		l.id, l.put = aws.ToString(v.VersionId), aws.ToTime(v.LastModified)
		last[0] = l.name
	}
	for _, m := range page.DeleteMarkers {
		l := vs.named(m.Key)
		l.hidden = l.hidden || aws.ToBool(m.IsLatest)
		last[1] = l.name
	}
	order := vs.order
	vs.order = nil
	for _, name := range order {
		l := vs.oldest[name]
		switch {
		case aws.ToBool(page.IsTruncated) && slices.Contains(last[:], name):
			vs.order = append(vs.order, name)
			continue
		case l.id != "":
			complete = append(complete, *l)
		}
		delete(vs.oldest, name)
	}
	return complete
}
