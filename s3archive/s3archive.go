// Package s3archive copies evidence into a bucket with object lock, where it
// cannot be deleted or changed before its time is over, and back into a
// directory for an audit.
//
//	bucket, err := s3archive.Open(ctx, s3archive.Config{
//		Client: s3.NewFromConfig(awsConfig), Bucket: "evidence", Retention: 10 * 365 * 24 * time.Hour,
//	})
//	report, err := bucket.Archive(ctx, store) // now and then: any evidence.StoreReader
//	fetched, err := bucket.Fetch(ctx, dir)    // then: kakaocert evidence verify dir
//
// Put the bucket into an account of its own, and give the archiving job only
// the rights to write there, to read, and to list versions. Seal the records to
// a recipient (see package evidence): a person who can read the bucket has
// their bytes for as long as the lock lasts.
//
// # What is in the bucket
//
// The names are those of an evidence directory (FORMAT.md of package evidence),
// except for chains, which are in parts:
//
//	records/<id>.record            a record that has ended
//	records/<id>.attachment        what was kept with one
//	checkpoints/<number>.checkpoint
//	checkpoints/<number>.stamp     the time stamp of one
//	chains/<id>/<number>           lines of a chain, from this entry on, each with a line feed
//
// Recovery keys are not copied. Each object is put on the condition that its
// name is free, locked in mode COMPLIANCE, and read back and compared. The part
// of a chain that names records is put after these records, so everything that
// a chain in the bucket names is in the bucket. A part in the bucket shows that
// its records are archived. A run that was cut off is continued by the next.
//
// # What a delete does
//
// COMPLIANCE refuses to delete a version before its time, even for the
// account's owner. A delete without a version only hides an object behind a
// delete marker, and a put without the condition adds a version. Therefore
// Fetch reads the oldest version of each name, whatever is in front of it.
//
// # What must be kept longer
//
// Retain extends the locks of what is in the bucket already: all of it, or the
// records that a court names, with what an audit of them needs.
package s3archive

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/kakaocert-go/kakaocert"
)

// Errors, which are matched with errors.Is.
var (
	// ErrNoLock: the bucket has no object lock, or an object in it is not locked as
	// required.
	ErrNoLock = errors.New("s3archive: object is not locked")
	// ErrDiffers: an object in the bucket has other bytes than the object to
	// archive, or than those that were put.
	ErrDiffers = errors.New("s3archive: object in the bucket is another")
	// ErrDamaged: the bucket contains something that Archive does not put there, or
	// what is to be archived differs from the chains.
	ErrDamaged = errors.New("s3archive: damaged")
)

// Config says where the archive is. Client and Bucket are required.
type Config struct {
	Client *s3.Client
	Bucket string
	// Prefix is put before every name, for example "evidence/".
	Prefix string
	// Retention is how long each object is locked, from when it is put: as long as
	// the law requires the signatures. It cannot be shortened afterwards. Archive
	// needs it.
	Retention time.Duration
}

// Bucket is an archive. It is safe for use by many goroutines and processes.
type Bucket struct {
	client    *s3.Client
	bucket    string
	prefix    string
	retention time.Duration

	mu       sync.Mutex
	compared map[string]bool // checkpoints and stamps in the bucket, by this value
}

// Open checks that the bucket has object lock, which is possible only for a
// bucket that was made with it.
func Open(ctx context.Context, config Config) (*Bucket, error) {
	refuse := func(field, reason string) (*Bucket, error) {
		return nil, &kakaocert.ArgumentError{Field: "Config." + field, Reason: reason}
	}
	switch {
	case config.Client == nil:
		return refuse("Client", "must be set")
	case config.Bucket == "":
		return refuse("Bucket", "must be set")
	case config.Retention < 0:
		return refuse("Retention", "must not be negative")
	case strings.HasPrefix(config.Prefix, "/"):
		return refuse("Prefix", "must not begin with a slash")
	}
	b := &Bucket{client: config.Client, bucket: config.Bucket, prefix: config.Prefix, retention: config.Retention, compared: make(map[string]bool)}
	out, err := b.client.GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: &b.bucket})
	switch {
	case isCode(err, "ObjectLockConfigurationNotFoundError"):
		return nil, fmt.Errorf("%w: bucket has no object lock", ErrNoLock)
	case err != nil:
		return nil, fmt.Errorf("s3archive: %w", err)
	case out.ObjectLockConfiguration == nil || out.ObjectLockConfiguration.ObjectLockEnabled != types.ObjectLockEnabledEnabled:
		return nil, fmt.Errorf("%w: bucket has no object lock", ErrNoLock)
	}
	return b, nil
}
