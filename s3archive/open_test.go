package s3archive_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/s3archive"
	"github.com/kakaocert-go/kakaocert/s3archive/internal/s3test"
)

func TestOpen_RefusesABucketWithoutObjectLock(t *testing.T) {
	t.Parallel()
	client := s3test.Client(t, s3test.Start(t), nil)
	s3test.MakeBucket(t, client, "locked", true)
	s3test.MakeBucket(t, client, "open", false)
	config := s3archive.Config{Client: client, Bucket: "locked", Retention: time.Hour}
	_, err := s3archive.Open(t.Context(), config)
	require.NoError(t, err)
	config.Bucket = "open"
	_, err = s3archive.Open(t.Context(), config)
	require.ErrorIs(t, err, s3archive.ErrNoLock)
	config.Bucket = "absent"
	_, err = s3archive.Open(t.Context(), config)
	require.Error(t, err)
	require.NotErrorIs(t, err, s3archive.ErrNoLock)
}

func TestOpen_RefusesAConfigThatCannotWork(t *testing.T) {
	t.Parallel()
	client := s3test.Client(t, "", nil)
	for field, config := range map[string]s3archive.Config{
		"Config.Client": {Bucket: "b", Retention: 1}, "Config.Bucket": {Client: client, Retention: 1},
		"Config.Retention": {Client: client, Bucket: "b", Retention: -1}, "Config.Prefix": {Client: client, Bucket: "b", Retention: 1, Prefix: "/a"},
	} {
		_, err := s3archive.Open(t.Context(), config)
		wrong := new(kakaocert.ArgumentError)
		require.ErrorAs(t, err, &wrong)
		require.Equal(t, field, wrong.Field)
	}
}
