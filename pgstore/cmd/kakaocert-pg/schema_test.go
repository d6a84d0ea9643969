package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/judge"
	"github.com/kakaocert-go/kakaocert/internal/pgtest"
	"github.com/kakaocert-go/kakaocert/pgstore"
)

func TestMain(m *testing.M) { judge.Main(m) }

// run calls the program.
func run(t *testing.T, environ []string, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = program.Run(t.Context(), append([]string{"kakaocert-pg"}, args...), environ, strings.NewReader(""), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func TestSchema_IsWhatADatabaseNeeds(t *testing.T) {
	t.Parallel()
	code, sql, errs := run(t, nil, "schema")
	require.Equal(t, call.ExitDone, code, errs)
	db := pgtest.New(t)
	db.Exec(t, "begin; "+sql+"commit;")
	db.Exec(t, "do $$ begin assert (select version = 1 from kakaocert.schema_version); end $$")

	code, sql, errs = run(t, nil, "schema", "--from", "1")
	require.Equal(t, call.ExitDone, code, errs)
	assert.Empty(t, sql, "it is up to date")
	code, _, errs = run(t, nil, "schema", "--from", "99")
	assert.Equal(t, call.ExitWrong, code)
	assert.Equal(t, "kakaocert-pg: --from must be from 0 to 1\n", errs)
	require.Equal(t, 1, pgstore.SchemaVersion, "the versions above are these")
	code, _, _ = run(t, nil, "schema", "address")
	assert.Equal(t, call.ExitWrong, code)
}
