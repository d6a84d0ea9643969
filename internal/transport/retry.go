package transport

import (
	"context"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	firstPause    = 200 * time.Millisecond
	longestPause  = 5 * time.Second
	retryAfterCap = 30 * time.Second
)

// LongestPause is the longest that a call waits before it is tried again.
const LongestPause = retryAfterCap

// Pause sleeps before the next try of something that failed, and returns why the
// context ended when it ends first.
func Pause(ctx context.Context, attempt int) error { return sleep(ctx, pause(attempt, 0)) }

// pause is how long to wait before the next try: twice as long each time, of
// which a random half, so that callers who failed together do not come back
// together. A pause that the service asks for is honoured up to a cap.
func pause(attempt int, asked time.Duration) time.Duration {
	if asked > 0 {
		return min(asked, retryAfterCap)
	}
	full := min(firstPause<<min(attempt-1, 10), longestPause)
	return full/2 + rand.N(full/2)
}

// retryAfter reads the header's two forms, seconds and date (RFC 9110,
// section 10.2.3); 0 when there is none to go by.
func retryAfter(value string, now func() time.Time) time.Duration {
	if value == "" {
		return 0
	}
	if seconds, isNumber := wholeNumber(value); isNumber {
		return time.Duration(min(seconds, uint64(math.MaxInt64/time.Second))) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(0, date.Sub(now()))
	}
	return 0
}

// wholeNumber reads digits. A number that is too large to count is the largest
// there is: a long time, not none.
func wholeNumber(text string) (n uint64, ok bool) {
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		n = math.MaxUint64
	}
	return n, true
}

// sleep returns why the context ended when it ends first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ended(ctx)
	case <-timer.C:
		return nil
	}
}
