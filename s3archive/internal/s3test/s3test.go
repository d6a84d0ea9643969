// Package s3test starts an S3 server with versions and object lock for tests:
// versitygw, which judge.Need finds. TestMain must call judge.Main.
package s3test

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/judge"
	"github.com/kakaocert-go/kakaocert/internal/sockets"
)

// Start starts an S3 server with versions and object lock, on a Unix socket of
// the test's own.
func Start(t *testing.T) (address string) {
	t.Helper()
	program := judge.Need(t, "versitygw")
	dir := t.TempDir()
	socketDir, err := sockets.MakeDir("s3", "socket")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(socketDir) })
	for _, folder := range []string{"buckets", "versions", "metadata"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, folder), 0o700))
	}
	address = filepath.Join(socketDir, "socket")
	server := exec.Command(program, "--port", address, "--access", "archive", "--secret", "test-secret", "--quiet",
		"posix", "--sidecar", filepath.Join(dir, "metadata"), "--versioning-dir", filepath.Join(dir, "versions"), filepath.Join(dir, "buckets"))
	server.Dir = dir
	var said output
	server.Stdout, server.Stderr = &said, &said
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	require.Eventually(t, func() bool {
		conn, err := net.Dial("unix", address)
		if err != nil {
			return false
		}
		return conn.Close() == nil
	}, 5*time.Minute, 5*time.Millisecond, "the server: %s", &said)
	return address
}

// output collects the output of a process.
type output struct {
	mu   sync.Mutex
	text []byte
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, p...)
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.text)
}

// Client returns a client of the server. Spoil may change the server's answers;
// it may be nil.
func Client(t *testing.T, address string, spoil func(*http.Request, *http.Response)) *s3.Client {
	t.Helper()
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", address)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: aws.String("http://s3.test"), UsePathStyle: true, RetryMaxAttempts: 1,
		Credentials:                credentials.NewStaticCredentialsProvider("archive", "test-secret", ""),
		HTTPClient:                 &http.Client{Transport: spoiling{transport, spoil}},
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired, ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
	})
}

type spoiling struct {
	inner http.RoundTripper
	spoil func(*http.Request, *http.Response)
}

func (s spoiling) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := s.inner.RoundTrip(req)
	if err == nil && s.spoil != nil {
		s.spoil(req, resp)
	}
	return resp, err
}

// MakeBucket makes a bucket, with object lock or without.
func MakeBucket(t *testing.T, client *s3.Client, name string, locked bool) {
	t.Helper()
	_, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name, ObjectLockEnabledForBucket: &locked})
	require.NoError(t, err)
}
