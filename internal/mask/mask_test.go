package mask

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestText_LeavesTheEnds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "홍": "홍", "홍동": "홍*", "홍길동": "홍*동", "남궁길동": "남**동", "19900101": "1******1",
		"01012345678": "010*****678", "110-123-456789": "110********789",
	} {
		assert.Equal(t, want, Text(text))
	}
}
