package main

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/judge"
	"github.com/kakaocert-go/kakaocert/s3archive/internal/s3test"
)

func TestMain(m *testing.M) { judge.Main(m) }

func run(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = program.Run(t.Context(), append([]string{"kakaocert-s3"}, args...), []string{"LANG=C"}, strings.NewReader(""), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// useServer has the command use a server of the test's own.
func useServer(t *testing.T) *s3.Client {
	t.Helper()
	client := s3test.Client(t, s3test.Start(t), nil)
	s3test.MakeBucket(t, client, "evidence", true)
	real := newClient
	newClient = func(context.Context, bool) (*s3.Client, error) { return client, nil }
	t.Cleanup(func() { newClient = real })
	return client
}

func testKey(t *testing.T) evidence.Key {
	t.Helper()
	key, err := evidence.NewKey(bytes.Repeat([]byte{7}, evidence.KeySize))
	require.NoError(t, err)
	return key
}

// directory is one of evidence, with one record.
func directory(t *testing.T) (dir, id string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "signed")
	log, err := evidence.Open(dir, testKey(t))
	require.NoError(t, err)
	record, err := log.Begin(t.Context(), kakaocert.EvidenceMeta{Product: "K3510T", TxID: "tx-1", BegunAt: time.Now(), Attempt: 1})
	require.NoError(t, err)
	require.NoError(t, record.Commit())
	require.NoError(t, log.Close())
	return dir, record.(interface{ ID() string }).ID()
}

// A directory is archived and fetched again, also after objects in the bucket
// were deleted.
func TestCommand_ArchivesAndFetches(t *testing.T) {
	client := useServer(t)
	dir, id := directory(t)
	archived := []string{"archive", dir, "--bucket", "evidence", "--prefix", "bank/", "--keep-days", "1"}
	code, out, errs := run(t, archived...)
	require.Equal(t, call.ExitDone, code, errs)
	assert.Contains(t, out, "archived: 1 objects")
	code, out, _ = run(t, append(archived, "--json")...)
	assert.Equal(t, call.ExitDone, code)
	assert.JSONEq(t, `{"objects":0,"entries":0,"waiting":[],"faults":[]}`, out)

	to := filepath.Join(t.TempDir(), "audit")
	fetched := []string{"fetch", "--bucket", "evidence", "--prefix", "bank/", "--to", to}
	code, out, errs = run(t, fetched...)
	require.Equal(t, call.ExitDone, code, errs)
	assert.Equal(t, "fetched: 1 objects, 1 chains\n", out)
	archive, err := evidence.OpenArchive(to, testKey(t))
	require.NoError(t, err)
	report, err := archive.Verify(t.Context())
	require.NoError(t, err)
	require.NoError(t, report.Err())
	assert.Equal(t, 1, report.Committed)
	code, _, _ = run(t, fetched...)
	assert.Equal(t, call.ExitNo, code, "nothing is overwritten")

	_, err = client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("evidence"), Key: aws.String("bank/records/" + id + ".record")})
	require.NoError(t, err)
	fetched[len(fetched)-1] = filepath.Join(t.TempDir(), "again")
	code, out, _ = run(t, fetched...)
	assert.Equal(t, call.ExitNo, code, "an auditor wants to know of it")
	assert.Contains(t, out, "fetched: 1 objects, 1 chains\n")
	assert.Contains(t, out, "records/"+id+".record")
}

func TestCommand_WrongCalls(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"archive"}, {"archive", "dir", "--bucket", "b"}, {"archive", "absent", "--bucket", "b", "--keep-days", "1"},
		{"retain", "--bucket", "b"}, {"retain", "--keep-days", "1"}, {"retain", "--bucket", "b", "--keep-days", "0"},
		{"retain", "--bucket", "b", "--keep-days", "36501"}, {"retain", "--bucket", "b", "--until", "2036-12-31"},
		{"retain", "--bucket", "b", "--until", "2036-12-31T00:00:00Z", "--keep-days", "1"}, {"retain", "dir", "--bucket", "b", "--keep-days", "1"},
		{"retain", "--bucket", "b", "--keep-days", "1", "--record", "one", "--without-records"},
		{"fetch", "--bucket", "b"}, {"fetch", "--to", "dir"}, {"fetch", "dir", "--bucket", "b", "--to", "dir"},
	} {
		code, _, errs := run(t, args...)
		assert.Equal(t, call.ExitWrong, code, "%v: %s", args, errs)
	}
}
