package s3archive_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/evidence/evidencetest"
	"github.com/kakaocert-go/kakaocert/internal/judge"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
	"github.com/kakaocert-go/kakaocert/s3archive"
	"github.com/kakaocert-go/kakaocert/s3archive/internal/s3test"
	"github.com/kakaocert-go/kakaocert/timestamp"
)

func TestMain(m *testing.M) { judge.Main(m) }

const bucketName = "evidence"

func put(t *testing.T, client *s3.Client, name, content string) {
	t.Helper()
	_, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(bucketName), Key: &name, Body: strings.NewReader(content)})
	require.NoError(t, err)
}

// place is a store, the log of one process on it, and its archive.
type place struct {
	*testing.T
	store   *evidencetest.Memory
	log     *evidence.Log
	address string
	client  *s3.Client
	bucket  *s3archive.Bucket
}

func podsKey(t *testing.T) evidence.Key {
	t.Helper()
	key, err := evidence.NewKey(bytes.Repeat([]byte{7}, evidence.KeySize))
	require.NoError(t, err)
	return key
}

func newPlace(t *testing.T) *place {
	t.Helper()
	p := &place{T: t, store: evidencetest.NewMemory(), address: s3test.Start(t)}
	p.log = p.newLog()
	p.client = s3test.Client(t, p.address, nil)
	s3test.MakeBucket(t, p.client, bucketName, true)
	p.bucket = p.open(p.client)
	return p
}

// newLog is the log of another process.
func (p *place) newLog() *evidence.Log {
	p.Helper()
	log, err := evidence.NewLog(p.Context(), p.store, podsKey(p.T))
	require.NoError(p, err)
	return log
}

func (p *place) open(client *s3.Client) *s3archive.Bucket {
	p.Helper()
	bucket, err := s3archive.Open(p.Context(), s3archive.Config{Client: client, Bucket: bucketName, Prefix: "bank/", Retention: time.Hour})
	require.NoError(p, err)
	return bucket
}

func (p *place) begin(log *evidence.Log, txID string) kakaocert.RecordWriter {
	p.Helper()
	record, err := log.Begin(p.Context(), kakaocert.EvidenceMeta{Product: "K3510T", TxID: txID, BegunAt: time.Now(), Attempt: 1})
	require.NoError(p, err)
	_, err = record.Write([]byte("signed by 홍길동"))
	require.NoError(p, err)
	return record
}

// keep stores an answer and returns the record's ID.
func (p *place) keep(log *evidence.Log, txID string) string {
	p.Helper()
	record := p.begin(log, txID)
	require.NoError(p, record.Commit())
	return idOf(record)
}

func idOf(record kakaocert.RecordWriter) string { return record.(interface{ ID() string }).ID() }

func (p *place) archive() *s3archive.Report {
	p.Helper()
	report, err := p.bucket.Archive(p.Context(), p.store)
	require.NoError(p, err)
	return report
}

// fetch writes the archive into a directory and audits it there, offline.
func (p *place) fetch(known ...evidence.Known) (*s3archive.Fetched, *evidence.Report) {
	p.Helper()
	dir := filepath.Join(p.TempDir(), "fetched")
	fetched, err := p.bucket.Fetch(p.Context(), dir)
	require.NoError(p, err)
	archive, err := evidence.OpenArchive(dir, podsKey(p.T))
	require.NoError(p, err)
	defer func() { _ = archive.Close() }()
	report, err := archive.Verify(p.Context(), known...)
	require.NoError(p, err)
	return fetched, report
}

func TestArchive_IsAuditedAsTheStoreIs(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	id := p.keep(p.log, "tx-1")
	require.NoError(t, p.log.Attach(t.Context(), id, "note", []byte("checked")))
	other := p.newLog()
	p.keep(other, "tx-2")
	require.NoError(t, p.begin(other, "tx-3").Abort("answer broke off"))
	report := p.archive()
	require.Empty(t, report.Faults)
	require.Empty(t, report.Waiting)
	assert.Equal(t, 4, report.Objects)
	heads, err := p.log.Archive().Heads(t.Context())
	require.NoError(t, err)

	var known []evidence.Known
	for _, head := range heads {
		known = append(known, head)
	}
	fetched, audit := p.fetch(known...)
	require.NoError(t, audit.Err())
	assert.Equal(t, 2, audit.Committed)
	assert.Equal(t, 1, audit.Aborted)
	assert.Equal(t, 1, audit.Attachments)
	assert.Equal(t, 4, fetched.Objects)
	assert.Equal(t, 2, fetched.Chains)
	assert.Empty(t, fetched.Hidden)
	assert.Empty(t, fetched.Replaced)

	assert.Equal(t, &s3archive.Report{}, p.archive(), "nothing is new")
	p.keep(p.log, "tx-4")
	report = p.archive()
	assert.Equal(t, 1, report.Objects)
	_, audit = p.fetch()
	require.NoError(t, audit.Err())
	assert.Equal(t, 3, audit.Committed)
}

func TestArchive_NeedsARetention(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.keep(p.log, "tx-1")
	bucket, err := s3archive.Open(t.Context(), s3archive.Config{Client: p.client, Bucket: bucketName, Prefix: "bank/"})
	require.NoError(t, err, "it may be read")
	_, err = bucket.Archive(t.Context(), p.store)
	require.ErrorAs(t, err, new(*kakaocert.ArgumentError))
	assert.Empty(t, p.versionsOf(""))
}

// A record that has not ended waits, and so does every entry that names it.
func TestArchive_WaitsForTheEndOfARecord(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.keep(p.log, "tx-1")
	running := p.begin(p.log, "tx-2")
	p.keep(p.log, "tx-3")
	p.keep(p.newLog(), "tx-4") // its chain names the end of the first
	report := p.archive()
	assert.Equal(t, []string{idOf(running)}, report.Waiting)
	assert.Equal(t, 1, report.Objects)
	_, audit := p.fetch()
	require.NoError(t, audit.Err())
	assert.Equal(t, 1, audit.Committed)

	require.NoError(t, running.Commit())
	report = p.archive()
	assert.Empty(t, report.Waiting)
	_, audit = p.fetch()
	require.NoError(t, audit.Err())
	assert.Equal(t, 4, audit.Committed)
}

func TestArchive_RecordsOfADeadProcessAreArchivedAfterRecovery(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	dead := p.begin(p.log, "tx-1")
	p.store.Kill()
	assert.Equal(t, []string{idOf(dead)}, p.archive().Waiting)
	p.log = p.newLog()
	require.NoError(t, p.log.Recover(t.Context()))
	assert.Empty(t, p.archive().Waiting)
	_, audit := p.fetch()
	require.NoError(t, audit.Err())
	assert.Equal(t, 1, audit.Interrupted)
}

// versionsOf lists all versions of a name, the newest first.
func (p *place) versionsOf(name string) []types.ObjectVersion {
	p.Helper()
	out, err := p.client.ListObjectVersions(p.Context(), &s3.ListObjectVersionsInput{Bucket: aws.String(bucketName), Prefix: aws.String("bank/" + name)})
	require.NoError(p, err)
	return out.Versions
}

func TestArchive_CannotBeDeletedOrShortened(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	id := p.keep(p.log, "tx-1")
	p.archive()
	versions := p.versionsOf("")
	require.Len(t, versions, 2, "the record, and its chain")
	for _, v := range versions {
		bucket := aws.String(bucketName)
		_, err := p.client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: bucket, Key: v.Key, VersionId: v.VersionId, BypassGovernanceRetention: aws.Bool(true)})
		require.Error(t, err, "COMPLIANCE refuses to delete a version")
		for _, mode := range []types.ObjectLockRetentionMode{types.ObjectLockRetentionModeGovernance, types.ObjectLockRetentionModeCompliance} {
			_, err = p.client.PutObjectRetention(t.Context(), &s3.PutObjectRetentionInput{
				Bucket: bucket, Key: v.Key, VersionId: v.VersionId, BypassGovernanceRetention: aws.Bool(true),
				Retention: &types.ObjectLockRetention{Mode: mode, RetainUntilDate: aws.Time(time.Now().Add(time.Minute))},
			})
			require.Error(t, err, "and to shorten its lock")
		}
		_, err = p.client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: bucket, Key: v.Key})
		require.NoError(t, err, "a delete without a version puts a marker in front")
		_, err = p.client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: v.Key})
		require.Error(t, err, "which hides the object from a reader of names")
	}
	fetched, audit := p.fetch()
	require.NoError(t, audit.Err())
	assert.Equal(t, 1, audit.Committed)
	assert.Len(t, fetched.Hidden, 2)
	assert.Contains(t, fetched.Hidden, "records/"+id+".record")
	assert.Empty(t, p.archive().Faults, "and the next run is not fooled")
}

func TestArchive_ReplacedObjectIsNotFetched(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	id := p.keep(p.log, "tx-1")
	p.archive()
	for _, v := range p.versionsOf("") {
		put(t, p.client, *v.Key, "forged")
	}
	put(t, p.client, "bank/chains/20260301T093015Z-00000000000000cc/00000000000000000007", "forged\n")
	put(t, p.client, "bank/elsewhere", "forged")
	fetched, audit := p.fetch()
	require.NoError(t, audit.Err())
	assert.Equal(t, 1, audit.Committed)
	assert.Len(t, fetched.Replaced, 2)
	assert.Contains(t, fetched.Replaced, "records/"+id+".record")
	assert.Equal(t, []string{"elsewhere"}, fetched.Strange)
	require.Len(t, fetched.Faults, 1)
	require.ErrorIs(t, fetched.Faults[0], s3archive.ErrDamaged)
}

// Another writer takes a name before Archive does.
func TestArchive_TakenNameIsAFault(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	id := p.keep(p.log, "tx-1")
	put(t, p.client, "bank/records/"+id+".record", "forged")
	report := p.archive()
	require.Len(t, report.Faults, 1)
	require.ErrorIs(t, report.Faults[0], s3archive.ErrDiffers)
	_, audit := p.fetch()
	require.ErrorIs(t, audit.Err(), evidence.ErrDamaged)

	// An equal object that is not locked is not an archive.
	second := p.keep(p.log, "tx-2")
	in, err := p.store.Read(t.Context(), evidence.Object{Kind: evidence.KindRecord, ID: second})
	require.NoError(t, err)
	content, err := io.ReadAll(in)
	require.NoError(t, err)
	put(t, p.client, "bank/records/"+second+".record", string(content))
	_, err = p.bucket.Archive(t.Context(), p.store)
	require.ErrorIs(t, err, s3archive.ErrNoLock)
}

func TestArchive_DamageInTheStoreShowsInBothPlaces(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	changed, missing := p.keep(p.log, "tx-1"), p.keep(p.log, "tx-2")
	p.keep(p.log, "tx-3")
	p.store.Edit(func(_ map[string][]evidence.Entry, objects map[evidence.Object][]byte) {
		o := evidence.Object{Kind: evidence.KindRecord, ID: changed}
		objects[o] = append(bytes.Clone(objects[o]), 'x')
		delete(objects, evidence.Object{Kind: evidence.KindRecord, ID: missing})
	})
	report := p.archive()
	require.Len(t, report.Faults, 2)
	for _, fault := range report.Faults {
		require.ErrorIs(t, fault, s3archive.ErrDamaged)
	}
	_, audit := p.fetch()
	assert.Len(t, audit.Faults, 2)
	require.ErrorIs(t, audit.Err(), evidence.ErrDamaged)
	require.ErrorIs(t, audit.Err(), evidence.ErrMissing)
}

func TestArchive_PurgedRecordsAreLeftOut(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	before, after := p.keep(p.log, "tx-1"), p.keep(p.log, "tx-2")
	require.NoError(t, p.log.Purge(t.Context(), "retention is over", before))
	p.archive()
	require.NoError(t, p.log.Attach(t.Context(), after, "note", []byte("checked")))
	p.archive()
	require.NoError(t, p.log.Purge(t.Context(), "retention is over", after))
	require.Empty(t, p.archive().Faults)
	fetched, audit := p.fetch()
	require.NoError(t, audit.Err())
	assert.Equal(t, 2, audit.Purged)
	assert.Zero(t, fetched.Objects)
	assert.NotEmpty(t, p.versionsOf("records/"+after), "the bucket keeps it until its lock ends")
}

// A checkpoint does not wait for a record that has not ended: under its lock it
// shows later changes to the store at once.
func TestArchive_CheckpointsDoNotWait(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	_, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	public, err := evidence.NewCheckpointKey("bank.example", private.Public())
	require.NoError(t, err)
	checkpoints, err := p.log.Checkpointer("bank.example", private)
	require.NoError(t, err)
	p.keep(p.log, "tx-1")
	_, err = checkpoints.Make(t.Context())
	require.NoError(t, err)
	running := p.begin(p.log, "tx-2")
	_, err = checkpoints.Make(t.Context())
	require.NoError(t, err)
	require.Len(t, p.archive().Waiting, 1)
	fetched, audit := p.fetch(public)
	require.NoError(t, audit.Err())
	assert.Equal(t, 1, audit.Checkpoints)
	assert.Equal(t, []string{"checkpoints/00000000000000000002.checkpoint"}, fetched.Ahead)
	require.Len(t, p.versionsOf("checkpoints/"), 2)

	require.NoError(t, running.Commit())
	p.archive()
	fetched, audit = p.fetch(public)
	require.NoError(t, audit.Err())
	assert.Equal(t, 2, audit.Checkpoints)
	assert.Empty(t, fetched.Ahead)
	assert.True(t, audit.Signed)
	require.Len(t, p.versionsOf("checkpoints/"), 2)
}

// Stamps are archived with their checkpoints, and fetched with them.
// stamping makes checkpoints with stamps of an authority, which is trusted.
func (p *place) stamping() (*evidence.Checkpointer, *timestamp.Verifier) {
	p.Helper()
	authority := kakaocerttest.NewService()
	trusted, err := timestamp.NewVerifier(timestamp.Config{Roots: authority.Roots()})
	require.NoError(p, err)
	stamper, err := timestamp.NewStamper(timestamp.StamperConfig{Authority: authority, Verifier: trusted})
	require.NoError(p, err)
	_, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(p, err)
	checkpoints, err := p.log.Checkpointer("bank.example", private, evidence.WithStamps(stamper, 0))
	require.NoError(p, err)
	return checkpoints, trusted
}

func TestArchive_KeepsStamps(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	checkpoints, trusted := p.stamping()
	id := p.keep(p.log, "tx-1")
	_, err := checkpoints.Make(t.Context())
	require.NoError(t, err)
	running := p.begin(p.log, "tx-2")
	_, err = checkpoints.Make(t.Context())
	require.NoError(t, err)
	p.archive()
	fetched, audit := p.fetch(evidence.StampedBy(trusted))
	require.NoError(t, audit.Err())
	assert.Equal(t, []string{"checkpoints/00000000000000000002.checkpoint", "checkpoints/00000000000000000002.stamp"}, fetched.Ahead)
	stamp, found := audit.Stamp(id)
	assert.True(t, found)
	assert.Equal(t, uint64(1), stamp.Checkpoint)

	require.NoError(t, running.Commit())
	_, err = checkpoints.Make(t.Context())
	require.NoError(t, err)
	report := p.archive()
	assert.Equal(t, 3, report.Objects, "a record, a checkpoint and its stamp")
	fetched, audit = p.fetch(evidence.StampedBy(trusted))
	require.NoError(t, audit.Err())
	assert.Empty(t, fetched.Ahead)
	assert.Empty(t, fetched.Strange)
	assert.Equal(t, 3, audit.Stamps)
	assert.Equal(t, 2, audit.Stamped)
}

func TestArchive_TakenNameOfACheckpointIsAFault(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.keep(p.log, "tx-1")
	p.archive()
	put(t, p.client, "bank/checkpoints/00000000000000000001.checkpoint", "forged")
	_, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	checkpoints, err := p.log.Checkpointer("bank.example", private)
	require.NoError(t, err)
	_, err = checkpoints.Make(t.Context())
	require.NoError(t, err)
	report := p.archive()
	require.Len(t, report.Faults, 1)
	require.ErrorIs(t, report.Faults[0], s3archive.ErrDiffers)
}

// A run that was cut off at any request is continued by the next.
func TestArchive_GoesOnAfterACut(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for n := range 3 {
		p.keep(p.log, fmt.Sprint("tx-", n))
	}
	for cut := int64(1); ; cut++ {
		ctx, cancel := context.WithCancel(t.Context())
		var requests atomic.Int64
		client := s3test.Client(t, p.address, func(*http.Request, *http.Response) {
			if requests.Add(1) == cut+1 { // the first is Open's
				cancel() // the server has done it, but the answer is lost
			}
		})
		_, err := p.open(client).Archive(ctx, p.store)
		cancel()
		if err == nil {
			require.Greater(t, cut, int64(8), "there are that many requests")
			break
		}
		require.ErrorIs(t, err, context.Canceled)
	}
	_, audit := p.fetch()
	require.NoError(t, audit.Err())
	assert.Equal(t, 3, audit.Committed)
	assert.Len(t, p.versionsOf("records/"), 3, "each was put once")
}

// Archive compares what it reads back, so it notices a store that confirms but
// keeps something else.
func TestArchive_ReadsBackWhatItPut(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		request string
		spoil   func([]byte) []byte
		want    error
	}{
		"other bytes": {"x-id=GetObject", func(content []byte) []byte { return append(content[:len(content)-1:len(content)-1], 'x') }, s3archive.ErrDiffers},
		"another lock": {"retention", func(content []byte) []byte {
			return bytes.ReplaceAll(content, []byte("COMPLIANCE"), []byte("GOVERNANCE"))
		}, s3archive.ErrNoLock},
		"a shorter lock": {"retention", func(content []byte) []byte {
			return regexp.MustCompile(`<RetainUntilDate>[^<]*<`).ReplaceAll(content, []byte("<RetainUntilDate>2026-01-01T00:00:00Z<"))
		}, s3archive.ErrNoLock},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			p.keep(p.log, "tx-1")
			client := s3test.Client(t, p.address, func(req *http.Request, r *http.Response) {
				if req.Method == http.MethodGet && strings.Contains(req.URL.Path, "/records/") && strings.Contains(req.URL.RawQuery, c.request) {
					content, _ := io.ReadAll(r.Body)
					content = c.spoil(content)
					r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(content)), int64(len(content))
				}
			})
			report, err := p.open(client).Archive(t.Context(), p.store)
			require.ErrorIs(t, err, c.want)
			assert.Zero(t, report.Objects)
			assert.Empty(t, p.versionsOf("chains/"), "what names it is not archived")
		})
	}
}

func TestArchive_SeveralAtOnce(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for n := range 20 {
		p.keep(p.log, fmt.Sprint("tx-", n))
	}
	var group sync.WaitGroup
	var objects atomic.Int64
	for range 4 {
		group.Go(func() {
			report, err := p.bucket.Archive(t.Context(), p.store)
			assert.NoError(t, err)
			assert.Empty(t, report.Faults)
			objects.Add(int64(report.Objects))
		})
	}
	group.Wait()
	assert.EqualValues(t, 20, objects.Load())
	_, audit := p.fetch()
	require.NoError(t, audit.Err())
	assert.Equal(t, 20, audit.Committed)
}
