package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/pgtest"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
	"github.com/kakaocert-go/kakaocert/pgstore"
)

var prepared = pgtest.Template{Prepare: func(t testing.TB, db *pgtest.Database) {
	schema, err := pgstore.Schema(0)
	require.NoError(t, err)
	db.Exec(t, "begin; "+schema+"commit; create role pod login in role kakaocert_pod; create role audit login in role kakaocert_auditor; "+
		"create role retention login in role kakaocert_pod, kakaocert_purge;")
}}

// kept is a database with the evidence of a withdrawal that was signed, the key
// and the roots.
func kept(t *testing.T) (db *pgtest.Database, keyFile, roots, txID string) {
	t.Helper()
	db = prepared.New(t)
	secret := bytes.Repeat([]byte{7}, evidence.KeySize)
	keyFile, roots = filepath.Join(t.TempDir(), "key"), filepath.Join(t.TempDir(), "roots.pem")
	require.NoError(t, os.WriteFile(keyFile, secret, 0o600))
	key, err := evidence.NewKey(secret)
	require.NoError(t, err)
	pool, err := pgxpool.New(t.Context(), db.URLAs("pod"))
	require.NoError(t, err)
	defer pool.Close()
	store, err := pgstore.Open(t.Context(), pool, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	log, err := evidence.NewLog(t.Context(), store.Evidence(), key)
	require.NoError(t, err)

	service := kakaocerttest.NewService()
	config := service.Config()
	config.Evidence = log
	client, err := kakaocert.NewClient(config)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(roots, service.RootPEM(), 0o600))
	documents := []kakaocert.Document{kakaocert.TextDocument("약관", "제1조 목적")}
	user := kakaocert.ByPerson(kakaocert.Person{Name: "홍길동", Birthday: "19900101", Phone: "01012345678"})
	tx, err := client.K3500.Prepare(t.Context(), &kakaocert.K3500PrepareParams{Product: kakaocert.K3510, User: user})
	require.NoError(t, err)
	_, err = client.K3500.Request(t.Context(), tx, &kakaocert.K3500RequestParams{Title: "대출 계약", Documents: documents})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err = client.K3500.Wait(ctx, tx, kakaocert.WithPoll(time.Millisecond, time.Millisecond))
	require.NoError(t, err)
	_, err = client.K3500.Verify(t.Context(), tx, documents)
	require.NoError(t, err)
	return db, keyFile, roots, tx.TxID()
}

func keyOf(t *testing.T, file string) evidence.Key {
	t.Helper()
	secret, err := os.ReadFile(file)
	require.NoError(t, err)
	key, err := evidence.NewKey(secret)
	require.NoError(t, err)
	return key
}

func TestEvidence_VerbsReadADatabase(t *testing.T) {
	t.Parallel()
	db, key, roots, txID := kept(t)
	auditor := db.URLAs("audit")
	code, out, errs := run(t, nil, "evidence", "verify", auditor, "--key-file", key, "--roots", roots, "--json")
	require.Equal(t, call.ExitDone, code, out+errs)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, lines, 2)
	var whole struct {
		Verified bool
		Heads    []string
	}
	require.NoError(t, json.Unmarshal([]byte(lines[1]), &whole))
	assert.True(t, whole.Verified)
	code, out, _ = run(t, nil, "evidence", "list", auditor, "--key-file", key)
	assert.Equal(t, call.ExitDone, code)
	assert.Contains(t, out, txID)
	code, out, _ = run(t, nil, "evidence", "show", auditor, txID, "--key-file", key)
	assert.Equal(t, call.ExitDone, code)
	assert.Contains(t, out, "answer")
	to := filepath.Join(t.TempDir(), "out")
	code, _, errs = run(t, nil, "evidence", "export", auditor, txID, "--key-file", key, "--to", to)
	assert.Equal(t, call.ExitDone, code, errs)
	assert.FileExists(t, filepath.Join(to, "signature-001.p7s"))

	offline := filepath.Join(t.TempDir(), "copy")
	code, _, errs = run(t, nil, "evidence", "copy", auditor, "--to", offline)
	require.Equal(t, call.ExitDone, code, errs)
	code, out, errs = run(t, nil, "evidence", "verify", auditor, "--key-file", key, "--since", whole.Heads[0])
	require.Equal(t, call.ExitDone, code, out+errs)
	archive, err := evidence.OpenArchive(offline, keyOf(t, key))
	require.NoError(t, err)
	report, err := archive.Verify(t.Context())
	require.NoError(t, err)
	require.NoError(t, report.Err())
	assert.Equal(t, 1, report.Committed)

	purge := []string{txID, "--key-file", key, "--reason", "kept for 5 years", "--yes"}
	code, _, errs = run(t, nil, append([]string{"evidence", "purge", auditor}, purge...)...)
	assert.Equal(t, call.ExitNo, code)
	assert.Contains(t, errs, "role lacks privileges")
	code, _, errs = run(t, nil, append([]string{"evidence", "purge", db.URLAs("retention")}, purge...)...)
	require.Equal(t, call.ExitDone, code, errs)
	code, out, errs = run(t, nil, "evidence", "verify", auditor, "--key-file", key, "--since", whole.Heads[0])
	assert.Equal(t, call.ExitDone, code, out+errs)
	assert.Contains(t, out, "purged")
}

func TestEvidence_VerifyFindsAChange(t *testing.T) {
	t.Parallel()
	db, key, _, txID := kept(t)
	db.Exec(t, "set session_replication_role = replica; update kakaocert.evidence_piece set bytes = set_byte(bytes, 20, get_byte(bytes, 20) # 1) where number = 1")
	code, out, _ := run(t, nil, "evidence", "verify", db.URLAs("audit"), "--key-file", key)
	assert.Equal(t, call.ExitNo, code)
	assert.Contains(t, out, "damaged")
	assert.Contains(t, out, txID)
}

func TestEvidence_AddressIsWrong(t *testing.T) {
	t.Parallel()
	db := prepared.New(t)
	for address, want := range map[string]string{
		"postgres://audit:secret@db.test/bank":          "must not contain a password",
		"host=db.test password=secret":                  "must not contain a password",
		"postgres://audit@db.test/bank?password=secret": "must not contain a password",
		"postgres://db.test:port/bank":                  "address must be as for psql",
		pgtest.New(t).URL():                             "schema is missing",
		db.URLAs("absent"):                              "absent",
	} {
		code, out, errs := run(t, nil, "evidence", "verify", address)
		assert.NotEqual(t, call.ExitDone, code)
		assert.Contains(t, errs, want)
		assert.NotContains(t, out+errs, "secret")
	}
	code, _, errs := run(t, nil, "evidence", "verify")
	assert.Equal(t, call.ExitWrong, code)
	assert.Contains(t, errs, "which evidence?")
}

func TestEvidence_HelpIsAboutADatabase(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"", "verify", "list", "show", "export", "copy", "purge", "checkpoint"} {
		args := []string{"evidence", verb, "-h"}
		if verb == "" {
			args = []string{"evidence", "-h"}
		}
		_, out, _ := run(t, []string{"LANG=C"}, args...)
		assert.Contains(t, out, "ADDRESS", verb)
		assert.NotContains(t, strings.ReplaceAll(strings.Join(strings.Fields(out), " "), "elsewhere with kakaocert evidence verify", ""), "kakaocert evidence", verb)
		assert.NotRegexp(t, `evidence [a-z]+ signed\b`, out, verb)
		out = strings.NewReplacer("a new evidence directory", "", "a new directory", "").Replace(strings.Join(strings.Fields(out), " "))
		assert.NotRegexp(t, `(?i)directory|never uses the network`, out, verb)
	}
}
