package main

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
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
	"github.com/kakaocert-go/kakaocert/internal/judge"
	"github.com/kakaocert-go/kakaocert/internal/pgtest"
	"github.com/kakaocert-go/kakaocert/internal/pyreader"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
	"github.com/kakaocert-go/kakaocert/pgstore"
	"github.com/kakaocert-go/kakaocert/timestamp"
)

var prepared = pgtest.Template{Prepare: func(t testing.TB, db *pgtest.Database) {
	schema, err := pgstore.Schema(0)
	require.NoError(t, err)
	db.Exec(t, "begin; "+schema+"commit; create role pod login in role kakaocert_pod; create role audit login in role kakaocert_auditor; "+
		"create role retention login in role kakaocert_pod, kakaocert_purge;")
}}

const origin = "evidence.bank.example"

// bank is an institution with evidence in PostgreSQL, sealed to an archive, and
// with what its auditor gets, as files in a folder.
type bank struct {
	*testing.T
	db      *pgtest.Database
	service *kakaocerttest.Service
	folder  string
	log     *evidence.Log
	client  *kakaocert.Client
}

func newBank(t *testing.T) *bank {
	t.Helper()
	b := &bank{T: t, db: prepared.New(t), service: kakaocerttest.NewService(), folder: t.TempDir()}
	archive, err := ecdh.P256().GenerateKey(rand.Reader)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(archive)
	require.NoError(t, err)
	b.file("archive.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	b.file("evidence.key", bytes.Repeat([]byte{7}, evidence.KeySize))
	b.file("roots.pem", b.service.RootPEM())
	recipient, err := evidence.ParseRecipient(publicPEM(t, archive.PublicKey()))
	require.NoError(t, err)
	b.log = b.logAs("pod", recipient)
	config := b.service.Config()
	config.Evidence = b.log
	b.client, err = kakaocert.NewClient(config)
	require.NoError(t, err)
	return b
}

func publicPEM(t *testing.T, key crypto.PublicKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func (b *bank) file(name string, content []byte) {
	b.Helper()
	require.NoError(b, os.WriteFile(filepath.Join(b.folder, name), content, 0o600))
}

// logAs opens the log as a role.
func (b *bank) logAs(role string, options ...evidence.KeyOption) *evidence.Log {
	b.Helper()
	store, err := pgstore.Open(b.Context(), b.pool(role), slog.New(slog.DiscardHandler))
	require.NoError(b, err)
	key, err := evidence.NewKey(bytes.Repeat([]byte{7}, evidence.KeySize))
	require.NoError(b, err)
	log, err := evidence.NewLog(b.Context(), store.Evidence(), key, options...)
	require.NoError(b, err)
	return log
}

// sign has a document signed, checks it, keeps what the check rested on, and
// returns the record's ID.
func (b *bank) sign(text string) string {
	b.Helper()
	ctx := b.Context()
	documents := []kakaocert.Document{kakaocert.TextDocument("약관", text)}
	user := kakaocert.ByPerson(kakaocert.Person{Name: "홍길동", Birthday: "19900101", Phone: "01012345678"})
	tx, err := b.client.K3500.Prepare(ctx, &kakaocert.K3500PrepareParams{Product: kakaocert.K3510, User: user})
	require.NoError(b, err)
	_, err = b.client.K3500.Request(ctx, tx, &kakaocert.K3500RequestParams{Title: "대출 계약", Documents: documents})
	require.NoError(b, err)
	result, err := b.client.K3500.Verify(ctx, tx, documents)
	require.NoError(b, err)
	crl, err := b.service.CRL()
	require.NoError(b, err)
	root, err := b.service.RootCRL()
	require.NoError(b, err)
	verifier, err := kakaocert.NewVerifier(b.service.Roots(), kakaocert.WithRevocation(kakaocert.RevocationHard, kakaocert.RevocationData{CRLs: [][]byte{crl, root}}))
	require.NoError(b, err)
	checked, err := result.Check(verifier)
	require.NoError(b, err)
	for record, err := range b.log.Recall(ctx, tx.TxID()) {
		require.NoError(b, err)
		id := record.ID
		require.NoError(b, b.log.AttachCheck(ctx, id, time.Now(), checked.Verified()...))
		require.NoError(b, b.log.Forget(ctx, id))
		return id
	}
	b.Fatal("there is no record")
	return ""
}

// checkpoint makes a stamped checkpoint and keeps its note elsewhere.
func (b *bank) checkpoint() {
	b.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(b, err)
	b.file("checkpoint.pub", publicPEM(b.T, public))
	trusted, err := timestamp.NewVerifier(timestamp.Config{Roots: b.service.Roots()})
	require.NoError(b, err)
	stamper, err := timestamp.NewStamper(timestamp.StamperConfig{Authority: b.service, Verifier: trusted})
	require.NoError(b, err)
	maker, err := b.log.Checkpointer(origin, private, evidence.WithStamps(stamper, 0))
	require.NoError(b, err)
	made, err := maker.Make(b.Context())
	require.NoError(b, err)
	b.file("kept.txt", made.Note)
}

// shell runs a line as an auditor does: in the folder, without an environment.
func (b *bank) shell(line string) string {
	b.Helper()
	command := exec.CommandContext(b.Context(), "sh", "-c", line)
	command.Dir, command.Env = b.folder, []string{"PATH=" + filepath.Join(b.folder, "bin") + ":/usr/bin:/bin", "LC_ALL=C.UTF-8"}
	out, err := command.CombinedOutput()
	require.NoError(b, err, "%s\n%s", line, out)
	return string(out)
}

// From signing in front of PostgreSQL to the audit of a fetched archive, in one
// go. The auditor has files, and no network.
func TestCommand_DatabaseIsArchivedAndAuditedOffline(t *testing.T) {
	python := judge.Python(t)
	judge.Need(t, "openssl")
	useServer(t)
	b := newBank(t)
	id, purged := b.sign("제1조 목적"), b.sign("제2조 파기")
	require.NoError(t, b.logAs("retention").Purge(t.Context(), "retention is over", purged))
	b.checkpoint()
	b.archiveAndFetch(b.db.URLAs("audit"), "direct/", "audit")

	build := exec.CommandContext(t.Context(), "go", "build", "-C", "../../..", "-o", filepath.Join(b.folder, "bin")+string(filepath.Separator), "./cmd/kakaocert")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	require.NoError(t, os.Symlink(python, filepath.Join(b.folder, "bin", "python3")))
	require.NoError(t, os.Symlink(pyreader.Path(), filepath.Join(b.folder, "read_evidence.py")))
	const keys = " --key-file evidence.key --archive-key archive.pem --checkpoint kept.txt --checkpoint-key checkpoint.pub --origin " + origin
	assert.Contains(t, b.shell("kakaocert evidence verify audit --roots roots.pem"+keys), "as it was written, 1 signatures verified")
	said := b.shell("python3 -B read_evidence.py audit --out opened" + keys)
	assert.Contains(t, said, id+" K3510T")
	assert.Contains(t, said, ": purged at ")
	assert.Contains(t, said, "faults: 0, not checked: 0")
	b.checkByOpenSSL(id)

	// The long way, by a copy in a directory, leads to the same bytes.
	store, err := pgstore.OpenReader(t.Context(), b.pool("audit"))
	require.NoError(t, err)
	reader, err := evidence.NewArchive(store)
	require.NoError(t, err)
	require.NoError(t, reader.Export(t.Context(), filepath.Join(b.folder, "copy")))
	b.archiveAndFetch(filepath.Join(b.folder, "copy"), "copied/", "again")
	assert.Equal(t, treeOf(t, filepath.Join(b.folder, "audit")), treeOf(t, filepath.Join(b.folder, "again")))

	// What somebody with all rights does to the database later is in its audit, and
	// not in the archive.
	b.db.Exec(t, "set session_replication_role = replica; delete from kakaocert.evidence_piece where id = '"+id+"'")
	require.NoError(t, reader.Export(t.Context(), filepath.Join(b.folder, "changed")))
	assert.Contains(t, b.shell("! python3 -B read_evidence.py changed"+keys), "fault missing: record "+id)
	assert.Contains(t, b.shell("! kakaocert evidence verify changed"+keys), "records/"+id+".record: missing")
	b.archiveAndFetch(b.db.URLAs("audit"), "direct/", "later")
	b.shell("kakaocert evidence verify later --roots roots.pem" + keys)
}

// checkByOpenSSL does what docs/auditor.md says, and runs its lines about stamps.
func (b *bank) checkByOpenSSL(id string) {
	b.Helper()
	b.shell("cat roots.pem opened/" + id + "/crls.pem >trust.pem")
	b.shell("openssl cms -verify -binary -inform DER -in opened/" + id + "/signature-001.p7s -CAfile trust.pem -crl_check_all -purpose any" +
		" -attime $(cat opened/" + id + "/time) -out document")
	assert.Equal(b, "제1조 목적", b.shell("cat document"))
	b.shell("cmp opened/" + id + "/checkpoint kept.txt && cp roots.pem tsa-roots.pem")
	document, err := os.ReadFile("../../../docs/auditor.md")
	require.NoError(b, err)
	said := ""
	for line := range strings.Lines(string(document)) {
		if strings.HasPrefix(line, "openssl ts ") {
			said += b.shell(line)
		}
	}
	assert.Contains(b, said, "Verification: OK")
	assert.Contains(b, said, "Time stamp: ")
}

func (b *bank) archiveAndFetch(from, prefix, to string) {
	b.Helper()
	code, _, errs := run(b.T, "archive", from, "--bucket", "evidence", "--prefix", prefix, "--keep-days", "1")
	require.Equal(b, call.ExitDone, code, errs)
	code, _, errs = run(b.T, "fetch", "--bucket", "evidence", "--prefix", prefix, "--to", filepath.Join(b.folder, to))
	require.Equal(b, call.ExitDone, code, errs)
}

func (b *bank) pool(role string) *pgxpool.Pool {
	b.Helper()
	pool, err := pgxpool.New(b.Context(), b.db.URLAs(role))
	require.NoError(b, err)
	b.Cleanup(pool.Close)
	return pool
}

// treeOf returns the files below a folder, by name.
func treeOf(t *testing.T, path string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	require.NoError(t, fs.WalkDir(os.DirFS(path), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(path, name))
		files[name] = string(content)
		return err
	}))
	return files
}

func TestCommand_AddressHasNoPassword(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"postgres://audit:secret@db/bank", "postgresql://db/bank?password=secret", "postgres://db:port/bank"} {
		code, _, errs := run(t, "archive", address, "--bucket", "evidence", "--keep-days", "1")
		assert.Equal(t, call.ExitWrong, code)
		assert.NotContains(t, errs, "secret")
		assert.Equal(t, 1, strings.Count(errs, "\n"), errs)
	}
}
