package protocolfile_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/protocolfile"
)

// The written text is read by the strict reader, with the notes, and its lines
// replace the values that the protocol had.
func TestText_IsReadBack(t *testing.T) {
	t.Parallel()
	const before = `{"step.k1100.status": {"value": "GET /sign/v2/state", "found": "by hand"}, "field.title": "subject"}`
	p, err := kakaocert.ParseProtocol(strings.NewReader(before))
	require.NoError(t, err)
	for _, lines := range []map[string]protocolfile.Line{
		nil,
		{"field.title": {Value: "title", Found: "back at the default"}},
		{"field.desc": {Value: "display", Found: `"quoted" & <marked>`}, "step.k3100.signer": {Value: "GET /sign/doc/v1/user_info/{product}"}},
	} {
		back, err := kakaocert.ParseProtocol(bytes.NewReader(protocolfile.Text(p, lines)))
		require.NoError(t, err)
		for i, was := range p.Entries() {
			want := protocolfile.Line{Value: was.Value, Found: was.Found}
			if line, isNew := lines[was.Key]; isNew {
				want = line
			}
			is := back.Entries()[i]
			assert.Equal(t, want, protocolfile.Line{Value: is.Value, Found: is.Found}, was.Key)
		}
	}
	assert.Equal(t, "{}\n", string(protocolfile.Text(kakaocert.DefaultProtocol(), nil)))
}
