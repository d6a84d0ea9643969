package evidencedir

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/command/call"
)

func TestEvidenceCopy(t *testing.T) {
	t.Parallel()
	dir, roots := archived(t)
	to := filepath.Join(t.TempDir(), "copy")
	got := run(t, nil, "", "evidence", "copy", dir, "--to", to)
	require.Equal(t, call.ExitDone, got.Code, got.Errors)
	assert.Equal(t, call.ExitDone, run(t, nil, "", "evidence", "verify", to, "--roots", roots).Code)
	assert.Equal(t, call.ExitNo, run(t, nil, "", "evidence", "copy", dir, "--to", to).Code, "nothing is overwritten")
	assert.Equal(t, call.ExitWrong, run(t, nil, "", "evidence", "copy", dir).Code)
}
