package kakaocert

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
)

// BenchmarkVerifyHostile shows what messages of 1 MiB that are made to cost time
// cost, as a multiple of one full check of an ordinary message made in the same
// run.
func BenchmarkVerifyHostile(b *testing.B) {
	root, messages := cmstest.Hostile()
	v, err := NewVerifier(cmstest.Pool(root), WithTime(cmstest.Now), WithMaxSize(2<<20), WithSigners(16), UnsafeNoRevocation())
	require.NoError(b, err)
	full := verifyWays(b)[0]
	for _, name := range slices.Sorted(maps.Keys(messages)) {
		message := messages[name]
		b.Run(name, func(b *testing.B) {
			var hostile, ordinary time.Duration
			for b.Loop() {
				began := time.Now()
				_, err := v.Verify(message, ExpectContent(cmstest.Content))
				between := time.Now()
				if err == nil || full.check() != nil {
					b.Fatal("accepted, or the ordinary message is not")
				}
				hostile, ordinary = hostile+between.Sub(began), ordinary+time.Since(between)
			}
			b.ReportMetric(float64(hostile)/float64(ordinary), "full-checks")
		})
	}
}
