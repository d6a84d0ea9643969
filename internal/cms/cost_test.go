package cms

import (
	"crypto/rsa"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
)

// TestCheck_HostileMessagesKeepToTheBudget: a message of 167 KB with issuers of
// 262,144-bit keys cost 17 s of CPU.
func TestCheck_HostileMessagesKeepToTheBudget(t *testing.T) {
	t.Parallel()
	root, messages := cmstest.Hostile()
	for name, message := range messages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			operations, largest := 0, 0
			r := &Rules{Trust: trust(cmstest.Pool(root)), MaxSize: 2 * DefaultMaxSize, MaxSigners: MaxSigners}
			r.observe = func(key any) {
				operations++
				if k, ok := key.(*rsa.PublicKey); ok {
					largest = max(largest, k.N.BitLen())
					assert.LessOrEqual(t, k.E, 65537)
				}
			}
			_, err := r.Check(t.Context(), message, Content{Bytes: []byte(cmstest.Content)})
			require.ErrorAs(t, err, new(*Failure))
			assert.LessOrEqual(t, operations, maxOperations)
			assert.LessOrEqual(t, largest, maxRSABits)
			t.Log(err, operations, len(message))
		})
	}
}
