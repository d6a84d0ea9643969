package s3archive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/kakaocert-go/kakaocert"
)

// RetainParams says what [Bucket.Retain] keeps longer. Until or KeepFor must be
// set, and not both.
type RetainParams struct {
	// Until is when the locks may end at the earliest, for example by order of a
	// court.
	Until time.Time
	// KeepFor is how long the lock of each record and each attachment must last from
	// when it was put: Config.Retention, where that has become longer. Chains,
	// checkpoints and stamps are locked for this long from now on, since the newest
	// record needs them all. A lock that ends up to an hour before that is long
	// enough: the clocks of the writer and of the server differ.
	KeepFor time.Duration
	// Records are IDs. If there are any, only these records and their attachments
	// are kept longer, also those that were purged from the store. Chains,
	// checkpoints and stamps always are: no record can be audited without them.
	Records []string
	// WithoutRecords leaves all records and attachments as they are.
	WithoutRecords bool
	// DryRun counts, and changes nothing.
	DryRun bool
}

// Retained is the result of one run of [Bucket.Retain].
type Retained struct {
	Extended int // objects whose lock is longer now; in a dry run, that would be
	Kept     int // objects whose lock is long enough
	// Purged are objects of records that were purged from the store. Their locks stay
	// as they are, so that they end.
	Purged int
	// Unlocked are those among Extended that had no lock in mode COMPLIANCE, which
	// Archive gives every object.
	Unlocked []string
	// Strange are names that Archive does not use. Their locks stay as they are.
	Strange []string
	// Faults are objects of RetainParams.Records that are not in the bucket, objects
	// whose lock has another mode that the bucket does not change, and chains that
	// cannot be read.
	Faults []error
}

// Retain extends the locks of what is in the bucket. It never shortens one, and
// mode COMPLIANCE lets nobody take an extension back: try DryRun first. As Fetch,
// it takes the version of each name that was put first; versions that were put
// over it stay as they are. Each new lock is read back.
//
// It fails when the bucket fails, with the result so far. The next run passes
// over what was done.
func (b *Bucket) Retain(ctx context.Context, params RetainParams) (*Retained, error) {
	now := time.Now()
	if err := params.check(now); err != nil {
		return nil, err
	}
	r := &retaining{bucket: b, params: params, now: now, index: newIndex(), chosen: make(map[string]bool), report: new(Retained)}
	for _, record := range params.Records {
		r.chosen[record] = true
	}
	err := r.all(ctx)
	slices.Sort(r.report.Unlocked)
	slices.SortFunc(r.report.Faults, func(a, b error) int { return cmp.Compare(a.Error(), b.Error()) })
	return r.report, err
}

// longest is how long a lock may be: a mistyped year cannot be taken back.
const longest = 100 * 366 * 24 * time.Hour

func (p *RetainParams) check(now time.Time) error {
	refuse := func(field, reason string) error {
		return &kakaocert.ArgumentError{Field: "RetainParams." + field, Reason: reason}
	}
	switch {
	case p.Until.IsZero() == (p.KeepFor == 0):
		return refuse("Until", "must be set, or KeepFor, and not both")
	case p.KeepFor < 0 || p.KeepFor > longest:
		return refuse("KeepFor", "must be above zero, and at most 100 years")
	case p.KeepFor == 0 && (!p.Until.After(now) || p.Until.After(now.Add(longest))):
		return refuse("Until", "must be in the future, and at most 100 years away")
	case p.WithoutRecords && len(p.Records) > 0:
		return refuse("Records", "must be empty with WithoutRecords")
	}
	return nil
}

// retaining is one run of Retain.
type retaining struct {
	bucket *Bucket
	params RetainParams
	now    time.Time
	index  *index
	chosen map[string]bool // RetainParams.Records

	mu     sync.Mutex
	report *Retained
}

func (r *retaining) all(ctx context.Context) error {
	missing, err := r.asked(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	work := make(chan listed)
	var workers sync.WaitGroup
	for range retainers {
		workers.Go(func() {
			for v := range work {
				if err := r.object(ctx, v); err != nil {
					cancel(err)
				}
			}
		})
	}
	err = r.each(ctx, work, missing)
	close(work)
	workers.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if err != nil {
		return err
	}
	if r.report.Extended+r.report.Kept+r.report.Purged == 0 {
		return fmt.Errorf("%w: there is no archive below the prefix", ErrDamaged)
	}
	for name := range missing {
		r.fault(fmt.Errorf("%w: %s is not in the bucket", ErrDamaged, name))
	}
	return nil
}

// retainers is how many objects are asked about at a time. An object takes one to
// three requests, and an archive has millions of them.
const retainers = 16

// asked reads what the chains say about records, and returns the names of the
// objects of RetainParams.Records.
func (r *retaining) asked(ctx context.Context) (names map[string]bool, err error) {
	names = make(map[string]bool)
	if r.params.WithoutRecords {
		return names, nil
	}
	begun := make(map[string]bool)
	for v, err := range r.bucket.list(ctx, "chains/") {
		if err != nil {
			return nil, err
		}
		content, err := r.bucket.read(ctx, v.version)
		if err != nil {
			return nil, err
		}
		lines, err := linesOf(content)
		if err != nil { // an audit sees a cut chain
			r.fault(fmt.Errorf("%w: %s", err, v.name))
			continue
		}
		r.index.add(lines, func(said entry) {
			asked := r.chosen[said.Record]
			switch {
			case asked && said.Event == "begun":
				begun[said.Record] = true
				names["records/"+said.Record+".record"] = true
			case asked && said.Event == "attached":
				names["records/"+said.Attachment+".attachment"] = true
			}
		})
	}
	for _, record := range r.params.Records {
		if !begun[record] {
			return nil, &kakaocert.ArgumentError{Field: "RetainParams.Records", Reason: "must be records that a chain in the bucket begins"}
		}
	}
	return names, nil
}

// each passes on the objects that are to be kept longer, and takes them out of
// the missing ones.
func (r *retaining) each(ctx context.Context, work chan<- listed, missing map[string]bool) error {
	for v, err := range r.bucket.list(ctx, "") {
		if err != nil {
			return err
		}
		delete(missing, v.name)
		if !r.concerns(v.name) {
			continue
		}
		select {
		case work <- v:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// concerns reports whether an object is to be kept longer, and notes why not.
func (r *retaining) concerns(name string) bool {
	if chainName.MatchString(name) {
		return true
	}
	match := objectName.FindStringSubmatch(name)
	switch {
	case match == nil:
		r.note(func(report *Retained) { report.Strange = append(report.Strange, name) })
		return false
	case match[1] == "":
		return true
	case r.params.WithoutRecords:
		return false
	}
	record := r.index.recordOf(match[1])
	if len(r.params.Records) > 0 {
		return r.chosen[record]
	}
	if r.index.purged[record] {
		r.note(func(report *Retained) { report.Purged++ })
		return false
	}
	return true
}

// slack is by how much a lock may be shorter than RetainParams.KeepFor.
const slack = time.Hour

// neededOf returns when the lock of an object may end, and when a lock that is
// there is long enough. Locks are in seconds.
func (r *retaining) neededOf(v listed) (until, enough time.Time) {
	if r.params.KeepFor == 0 {
		until = r.params.Until.Add(time.Second - 1).Truncate(time.Second)
		return until, until
	}
	from := r.now
	if match := objectName.FindStringSubmatch(v.name); match != nil && match[1] != "" {
		from = v.put
	}
	until = from.Add(r.params.KeepFor).Truncate(time.Second)
	return until, until.Add(-slack)
}

// object extends the lock of one object, if it is too short.
func (r *retaining) object(ctx context.Context, v listed) error {
	until, enough := r.neededOf(v)
	had, err := r.bucket.lockOf(ctx, v.version)
	if err != nil {
		return err
	}
	compliant := had.mode == types.ObjectLockRetentionModeCompliance
	if compliant && !had.until.Before(enough) || !until.After(time.Now()) {
		r.note(func(report *Retained) { report.Kept++ })
		return nil
	}
	if until.Before(had.until) { // another mode may have a longer lock
		until = had.until
	}
	if !r.params.DryRun {
		kept, err := r.extend(ctx, v.version, until, enough)
		switch {
		case err != nil && !compliant && isRefusal(err):
			r.fault(fmt.Errorf("%w: %w", ErrNoLock, err))
			return nil
		case err != nil:
			return err
		case kept: // by another run meanwhile
			r.note(func(report *Retained) { report.Kept++ })
			return nil
		}
	}
	r.note(func(report *Retained) {
		report.Extended++
		if !compliant {
			report.Unlocked = append(report.Unlocked, v.name)
		}
	})
	return nil
}

// extend gives a version a lock, and reads it back. It reports whether a lock
// that is long enough was there already: then the bucket refuses one that is
// shorter.
func (r *retaining) extend(ctx context.Context, v version, until, enough time.Time) (kept bool, err error) {
	_, refused := r.bucket.client.PutObjectRetention(ctx, &s3.PutObjectRetentionInput{
		Bucket: &r.bucket.bucket, Key: aws.String(r.bucket.prefix + v.name), VersionId: &v.id,
		Retention: &types.ObjectLockRetention{Mode: types.ObjectLockRetentionModeCompliance, RetainUntilDate: &until},
	})
	has, err := r.bucket.lockOf(ctx, v)
	switch {
	case err != nil && refused == nil:
		return false, err
	case err == nil && has.mode == types.ObjectLockRetentionModeCompliance && !has.until.Before(enough):
		return refused != nil, nil
	case refused != nil:
		return false, fmt.Errorf("s3archive: %s: %w", v.name, refused)
	}
	return false, fmt.Errorf("%w: %s", ErrNoLock, v.name)
}

// isRefusal reports whether the bucket has answered that it does not do what was
// asked, and not that it cannot do it now.
func isRefusal(err error) bool {
	answer, answered := errors.AsType[*awshttp.ResponseError](err)
	return answered && answer.HTTPStatusCode() >= 400 && answer.HTTPStatusCode() < 500 && answer.HTTPStatusCode() != http.StatusTooManyRequests
}

func (r *retaining) note(change func(*Retained)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(r.report)
}

func (r *retaining) fault(err error) {
	r.note(func(report *Retained) { report.Faults = append(report.Faults, err) })
}
