package s3archive_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/middleware"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/s3archive"
	"github.com/kakaocert-go/kakaocert/s3archive/internal/s3test"
)

// locks returns until when the oldest version of each name is locked.
func (p *place) locks() map[string]time.Time {
	p.Helper()
	found := make(map[string]time.Time)
	for _, v := range p.versionsOf("") { // the oldest is the last
		out, err := p.client.GetObjectRetention(p.Context(), &s3.GetObjectRetentionInput{Bucket: aws.String(bucketName), Key: v.Key, VersionId: v.VersionId})
		if err != nil { // it has none
			found[strings.TrimPrefix(*v.Key, "bank/")] = time.Time{}
			continue
		}
		assert.Equal(p, types.ObjectLockRetentionModeCompliance, out.Retention.Mode)
		found[strings.TrimPrefix(*v.Key, "bank/")] = *out.Retention.RetainUntilDate
	}
	return found
}

func (p *place) retain(params s3archive.RetainParams) *s3archive.Retained {
	p.Helper()
	report, err := p.bucket.Retain(p.Context(), params)
	require.NoError(p, err)
	return report
}

// stamped makes a stamped checkpoint.
func (p *place) stamped() {
	p.Helper()
	checkpoints, _ := p.stamping()
	_, err := checkpoints.Make(p.Context())
	require.NoError(p, err)
}

// later is a time that locks can have.
func later(d time.Duration) time.Time { return time.Now().Add(d).UTC().Truncate(time.Second) }

func TestRetain_ExtendsEveryKindOfObject(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	id := p.keep(p.log, "tx-1")
	require.NoError(t, p.log.Attach(t.Context(), id, "note", []byte("checked")))
	p.stamped()
	p.archive()
	before := p.locks()
	until := later(24 * time.Hour)

	assert.Equal(t, &s3archive.Retained{Extended: 5}, p.retain(s3archive.RetainParams{Until: until, DryRun: true}))
	assert.Equal(t, before, p.locks(), "a dry run changes nothing")
	assert.Equal(t, &s3archive.Retained{Extended: 5}, p.retain(s3archive.RetainParams{Until: until.Add(-time.Millisecond)}))
	after := p.locks()
	kinds := make(map[string]bool)
	for name, ends := range after {
		assert.Equal(t, until, ends, "%s: never shorter than asked for", name)
		kinds[name[strings.LastIndexAny(name, "./"):]] = true
	}
	assert.Len(t, after, 5)
	for _, kind := range []string{".record", ".attachment", ".checkpoint", ".stamp", "/00000000000000000001"} {
		assert.True(t, kinds[kind], kind)
	}

	assert.Equal(t, &s3archive.Retained{Kept: 5}, p.retain(s3archive.RetainParams{Until: until}), "it was done")
	assert.Equal(t, &s3archive.Retained{Kept: 5}, p.retain(s3archive.RetainParams{Until: later(time.Minute)}), "nothing is shortened")
	assert.Equal(t, after, p.locks())
	p.keep(p.log, "tx-2")
	p.archive()
	assert.Equal(t, &s3archive.Retained{Extended: 2, Kept: 5}, p.retain(s3archive.RetainParams{Until: until}), "a new record, and a part of its chain")
	_, audit := p.fetch()
	require.NoError(t, audit.Err())
}

// A longer retention counts from when a record was put. What every record needs
// lasts as long as the newest can.
func TestRetain_LongerRetentionCountsFromThePut(t *testing.T) {
	t.Parallel()
	p := newPlace(t) // which locks for an hour
	p.keep(p.log, "tx-1")
	p.stamped()
	p.archive()
	put := make(map[string]time.Time)
	for _, v := range p.versionsOf("") {
		put[strings.TrimPrefix(*v.Key, "bank/")] = *v.LastModified
	}
	const day = 24 * time.Hour
	began := time.Now()
	assert.Equal(t, &s3archive.Retained{Kept: 4}, p.retain(s3archive.RetainParams{KeepFor: time.Hour}), "Archive did so, by its own clock")
	assert.Equal(t, &s3archive.Retained{Extended: 4}, p.retain(s3archive.RetainParams{KeepFor: 2 * day}))
	for name, ends := range p.locks() {
		if strings.HasPrefix(name, "records/") {
			assert.WithinDuration(t, put[name].Add(2*day), ends, time.Second, name)
		} else {
			assert.False(t, ends.Before(began.Add(2*day).Truncate(time.Second)), name)
		}
	}
	assert.Equal(t, &s3archive.Retained{Kept: 4}, p.retain(s3archive.RetainParams{KeepFor: 2 * day}))
}

func TestRetain_KeepsOnlyTheRecordsThatAreNamed(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	named, other, purged := p.keep(p.log, "tx-1"), p.keep(p.log, "tx-2"), p.keep(p.log, "tx-3")
	for _, id := range []string{named, other, purged} {
		require.NoError(t, p.log.Attach(t.Context(), id, "note", []byte("checked")))
	}
	p.archive()
	require.NoError(t, p.log.Purge(t.Context(), "retention is over", purged))
	p.stamped()
	p.archive()
	until := later(24 * time.Hour)
	extended := func() (names []string) {
		for name, ends := range p.locks() {
			if ends.Equal(until) {
				names = append(names, strings.SplitN(name, "/", 2)[0])
			}
		}
		return names
	}
	assert.Equal(t, &s3archive.Retained{Extended: 4}, p.retain(s3archive.RetainParams{Until: until, WithoutRecords: true}))
	assert.ElementsMatch(t, []string{"chains", "chains", "checkpoints", "checkpoints"}, extended())
	assert.Equal(t, &s3archive.Retained{Extended: 2, Kept: 4}, p.retain(s3archive.RetainParams{Until: until, Records: []string{named}}))
	assert.Equal(t, until, p.locks()["records/"+named+".record"])
	assert.Equal(t, &s3archive.Retained{Extended: 2, Kept: 6, Purged: 2}, p.retain(s3archive.RetainParams{Until: until}), "the lock of a purged record ends")
	assert.Equal(t, &s3archive.Retained{Extended: 2, Kept: 4}, p.retain(s3archive.RetainParams{Until: until, Records: []string{purged}}), "if nobody asks for it")

	_, err := p.bucket.Retain(t.Context(), s3archive.RetainParams{Until: until.Add(time.Hour), Records: []string{named, "20260301T093015Z-00000000000000cc"}})
	require.ErrorAs(t, err, new(*kakaocert.ArgumentError))
	for name, ends := range p.locks() {
		assert.Equal(t, until, ends, "%s: nothing is extended for a record that is not there", name)
	}
	gone := p.keep(p.log, "tx-4")
	p.store.Edit(func(_ map[string][]evidence.Entry, objects map[evidence.Object][]byte) {
		delete(objects, evidence.Object{Kind: evidence.KindRecord, ID: gone})
	})
	assert.Len(t, p.archive().Faults, 1)
	report := p.retain(s3archive.RetainParams{Until: until, Records: []string{gone}})
	require.Len(t, report.Faults, 1)
	require.ErrorIs(t, report.Faults[0], s3archive.ErrDamaged)
	assert.ErrorContains(t, report.Faults[0], "records/"+gone+".record is not in the bucket")
}

// The version that Archive put is kept longer, whatever is in front of it.
func TestRetain_ExtendsTheVersionThatWasPutFirst(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	id := p.keep(p.log, "tx-1")
	p.archive()
	for _, v := range p.versionsOf("") {
		put(t, p.client, *v.Key, "forged")
		_, err := p.client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(bucketName), Key: v.Key})
		require.NoError(t, err)
	}
	put(t, p.client, "bank/elsewhere", "forged")
	put(t, p.client, "bank/chains/20260301T093015Z-00000000000000cc/00000000000000000001", "forged")
	until := later(24 * time.Hour)
	report := p.retain(s3archive.RetainParams{Until: until})
	assert.Equal(t, 3, report.Extended)
	assert.Equal(t, []string{"elsewhere"}, report.Strange)
	assert.Equal(t, []string{"chains/20260301T093015Z-00000000000000cc/00000000000000000001"}, report.Unlocked)
	require.Len(t, report.Faults, 1, "a line of it ends with no line feed")
	assert.Equal(t, until, p.locks()["records/"+id+".record"])
	assert.Zero(t, p.locks()["elsewhere"])
	newest := p.versionsOf("records/" + id)[0]
	_, err := p.client.GetObjectRetention(t.Context(), &s3.GetObjectRetentionInput{Bucket: aws.String(bucketName), Key: newest.Key, VersionId: newest.VersionId})
	require.Error(t, err, "what others put is not kept")
}

// A lock in mode GOVERNANCE can be removed, so it is no lock of an archive. The
// server of these tests does not change its mode.
func TestRetain_LockOfAnotherModeIsAFault(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.keep(p.log, "tx-1")
	p.archive()
	name, ends := "bank/checkpoints/00000000000000000001.checkpoint", later(48*time.Hour)
	_, err := p.client.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String(bucketName), Key: &name, Body: strings.NewReader("one"),
		ObjectLockMode: types.ObjectLockModeGovernance, ObjectLockRetainUntilDate: &ends,
	})
	require.NoError(t, err)
	until := later(24 * time.Hour)
	report := p.retain(s3archive.RetainParams{Until: until})
	assert.Equal(t, 2, report.Extended, "the others are extended")
	require.Len(t, report.Faults, 1)
	require.ErrorIs(t, report.Faults[0], s3archive.ErrNoLock)
	assert.ErrorContains(t, report.Faults[0], "checkpoints/00000000000000000001.checkpoint")
}

// A run that was cut off at any request is continued by the next.
func TestRetain_GoesOnAfterACut(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for n := range 3 {
		p.keep(p.log, fmt.Sprint("tx-", n))
	}
	p.archive()
	until := later(24 * time.Hour)
	for cut := int64(1); ; cut++ {
		ctx, cancel := context.WithCancel(t.Context())
		var requests atomic.Int64
		client := s3test.Client(t, p.address, func(*http.Request, *http.Response) {
			if requests.Add(1) == cut+1 { // the first is Open's
				cancel() // the server has done it, but the answer is lost
			}
		})
		report, err := p.open(client).Retain(ctx, s3archive.RetainParams{Until: until})
		cancel()
		done := 0
		for _, ends := range p.locks() {
			if ends.Equal(until) {
				done++
			}
		}
		assert.GreaterOrEqual(t, done, report.Extended+report.Kept, "what is reported is done")
		if err == nil {
			assert.Equal(t, 4, report.Extended+report.Kept)
			break
		}
		require.ErrorIs(t, err, context.Canceled)
	}
	for name, ends := range p.locks() {
		assert.Equal(t, until, ends, name)
	}
}

// Each lock is read back, so that a bucket that confirms and does nothing is
// noticed.
func TestRetain_ReadsBackWhatItPut(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func([]byte) []byte{
		"another mode": func(content []byte) []byte {
			return bytes.ReplaceAll(content, []byte("COMPLIANCE"), []byte("GOVERNANCE"))
		},
		"a shorter lock": func(content []byte) []byte {
			return regexp.MustCompile(`<RetainUntilDate>[^<]*<`).ReplaceAll(content, []byte("<RetainUntilDate>2026-01-01T00:00:00Z<"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			p.keep(p.log, "tx-1")
			p.archive()
			client := s3test.Client(t, p.address, func(req *http.Request, r *http.Response) {
				if req.Method == http.MethodGet && strings.Contains(req.URL.RawQuery, "retention") {
					content, _ := io.ReadAll(r.Body)
					content = spoil(content)
					r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(content)), int64(len(content))
				}
			})
			report, err := p.open(client).Retain(t.Context(), s3archive.RetainParams{Until: later(24 * time.Hour)})
			require.ErrorIs(t, err, s3archive.ErrNoLock)
			assert.Zero(t, report.Extended)
		})
	}
}

func TestRetain_RefusesWhatCannotBeMeant(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for _, c := range []struct {
		field  string
		params s3archive.RetainParams
	}{
		{"Until", s3archive.RetainParams{}},
		{"Until", s3archive.RetainParams{Until: later(time.Hour), KeepFor: time.Hour}},
		{"Until", s3archive.RetainParams{Until: later(-time.Hour)}},
		{"Until", s3archive.RetainParams{Until: later(101 * 366 * 24 * time.Hour)}},
		{"KeepFor", s3archive.RetainParams{KeepFor: -1}},
		{"KeepFor", s3archive.RetainParams{KeepFor: 101 * 366 * 24 * time.Hour}},
		{"Records", s3archive.RetainParams{Until: later(time.Hour), Records: []string{"one"}, WithoutRecords: true}},
	} {
		_, err := p.bucket.Retain(t.Context(), c.params)
		wrong := new(kakaocert.ArgumentError)
		require.ErrorAs(t, err, &wrong)
		assert.Equal(t, "RetainParams."+c.field, wrong.Field)
	}
	_, err := p.bucket.Retain(t.Context(), s3archive.RetainParams{Until: later(time.Hour)})
	require.ErrorIs(t, err, s3archive.ErrDamaged, "the prefix is wrong, or nothing was archived")
}

// Listings come in pages, and the versions of a name may be on two of them.
func TestRetain_ReadsListingsPageByPage(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for n := range 4 {
		p.keep(p.log, fmt.Sprint("tx-", n))
	}
	p.archive()
	for _, v := range p.versionsOf("records/") {
		for range 2 {
			put(t, p.client, *v.Key, "forged")
		}
		_, err := p.client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(bucketName), Key: v.Key})
		require.NoError(t, err)
	}
	whole := p.versionsOf("")
	for size := int32(2); size <= 7; size++ {
		paged := s3.New(s3test.Client(t, p.address, nil).Options(), inPages(size))
		until := later(time.Duration(size) * 24 * time.Hour)
		report, err := p.open(paged).Retain(t.Context(), s3archive.RetainParams{Until: until})
		require.NoError(t, err)
		assert.Equal(t, 5, report.Extended, "pages of %d", size)
		for name, ends := range p.locks() {
			assert.Equal(t, until, ends, "%s, pages of %d", name, size)
		}
	}
	assert.Len(t, whole, 13)

	// The server of these tests goes on for ever with pages of 1.
	stuck := s3.New(s3test.Client(t, p.address, nil).Options(), inPages(1))
	_, err := p.open(stuck).Retain(t.Context(), s3archive.RetainParams{Until: later(time.Hour)})
	require.ErrorContains(t, err, "bucket lists the same page again")
}

// inPages is an option of a client that asks for listings in pages of a size.
func inPages(size int32) func(*s3.Options) {
	ask := middleware.InitializeMiddlewareFunc("pages", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		if list, ok := in.Parameters.(*s3.ListObjectVersionsInput); ok {
			list.MaxKeys = &size
		}
		return next.HandleInitialize(ctx, in)
	})
	return func(o *s3.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error { return stack.Initialize.Add(ask, middleware.Before) })
	}
}
