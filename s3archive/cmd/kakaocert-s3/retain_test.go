package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/command/call"
)

// lockOf returns until when the only version of an object is locked.
func lockOf(t *testing.T, client *s3.Client, name string) time.Time {
	t.Helper()
	out, err := client.GetObjectRetention(t.Context(), &s3.GetObjectRetentionInput{Bucket: aws.String("evidence"), Key: aws.String(name)})
	require.NoError(t, err)
	return *out.Retention.RetainUntilDate
}

func TestCommand_RetainExtendsOnlyWithYes(t *testing.T) {
	client := useServer(t)
	dir, id := directory(t)
	name := "bank/records/" + id + ".record"
	code, _, errs := run(t, "archive", dir, "--bucket", "evidence", "--prefix", "bank/", "--keep-days", "1")
	require.Equal(t, call.ExitDone, code, errs)
	before := lockOf(t, client, name)
	until := time.Now().Add(48 * time.Hour).Truncate(time.Second)
	args := []string{"retain", "--bucket", "evidence", "--prefix", "bank/", "--until", until.Format(time.RFC3339)}

	code, out, errs := run(t, args...)
	require.Equal(t, call.ExitDone, code, errs)
	assert.Equal(t, "locked long enough: 0 objects; of purged records: 0\n", out)
	assert.Equal(t, "kakaocert-s3: nothing was extended: 2 objects would be with --yes\n", errs)
	assert.Equal(t, before, lockOf(t, client, name))
	code, out, errs = run(t, append(args, "--record", id, "--yes")...)
	require.Equal(t, call.ExitDone, code, errs)
	assert.Equal(t, "extended: 2 objects\nlocked long enough: 0 objects; of purged records: 0\n", out)
	assert.Empty(t, errs)
	assert.True(t, until.Equal(lockOf(t, client, name)))
	code, out, _ = run(t, "retain", "--bucket", "evidence", "--prefix", "bank/", "--keep-days", "2", "--without-records", "--json", "--lang", "ko")
	assert.Equal(t, call.ExitDone, code)
	assert.JSONEq(t, `{"dry_run":true,"extended":0,"kept":1,"purged":0,"unlocked":[],"strange":[],"faults":[]}`, out, "an hour less is long enough")

	code, _, errs = run(t, append(args, "--record", "20260301T093015Z-00000000000000cc", "--yes")...)
	assert.Equal(t, call.ExitWrong, code)
	assert.Contains(t, errs, "must be records that a chain in the bucket begins")
	code, _, _ = run(t, "retain", "--bucket", "evidence", "--until", until.Format(time.RFC3339), "--yes")
	assert.Equal(t, call.ExitNo, code, "the prefix is missing")
	_, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("evidence"), Key: aws.String("bank/elsewhere"), Body: strings.NewReader("forged")})
	require.NoError(t, err)
	code, out, _ = run(t, append(args, "--yes")...)
	assert.Equal(t, call.ExitNo, code, "an auditor wants to know of it")
	assert.Contains(t, out, "elsewhere")
}

func TestCommand_InterruptionHasItsStatus(t *testing.T) {
	useServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	code := program.Run(ctx, []string{"kakaocert-s3", "retain", "--bucket", "evidence", "--keep-days", "1"}, []string{"LANG=C"}, strings.NewReader(""), &out, &errs)
	assert.Equal(t, call.ExitInterrupted, code)
	assert.Equal(t, "kakaocert-s3: interrupted\n", errs.String())
}
