package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// audited is what evidence verify --json prints.
type audited struct {
	records []recordLine
	whole   findings
}

func auditOf(t *testing.T, got called) audited {
	t.Helper()
	lines := strings.SplitAfter(strings.TrimSuffix(got.out, "\n"), "\n")
	last := len(lines) - 1
	whole := objects[findings](t, lines[last])
	require.Len(t, whole, 1, got.errors)
	return audited{records: objects[recordLine](t, strings.Join(lines[:last], "")), whole: whole[0]}
}

// archived is a directory of three records: two answers with signatures, and
// one that broke off.
func archived(t *testing.T, more ...string) (dir, roots string) {
	t.Helper()
	h := newHost(t)
	dir = filepath.Join(t.TempDir(), "evidence")
	texts := []string{"contract", "--text", write(t, "contract.txt", []byte(contractText)), write(t, "terms.txt", []byte("제2조\r\n"))}
	for _, args := range [][]string{texts, {"withdrawal"}, {"withdrawal"}} {
		if len(h.Transactions()) == 2 {
			require.NoError(t, h.Inject(kakaocerttest.Fault{Step: "verify", Kind: kakaocerttest.CutBody}))
		}
		_, result := h.flow(append(append(args, "--out", dir), more...)...)
		require.NotEqual(t, exitWrong, result.code, result.errors)
		exported, err := filepath.Glob(filepath.Join(dir, "*.*"))
		require.NoError(t, err)
		for _, file := range exported { // which would be in the way of the next
			require.NoError(t, os.Remove(file))
		}
	}
	return dir, write(t, "roots.pem", h.RootPEM())
}

func TestEvidenceVerify(t *testing.T) {
	t.Parallel()
	dir, roots := archived(t)
	got := call(t, nil, "", "evidence", "verify", dir, "--roots", roots, "--json")
	require.Equal(t, exitDone, got.code, got.errors)
	audit := auditOf(t, got)
	require.Len(t, audit.records, 3)
	assert.Len(t, audit.records[0].Signatures, 2)
	assert.Len(t, audit.records[1].Signatures, 1)
	assert.Contains(t, audit.records[1].Signatures[0].Checks, "chain")
	assert.Empty(t, audit.records[2].Signatures, "what broke off has none")
	assert.Equal(t, evidence.Aborted, audit.records[2].Outcome)
	assert.Equal(t, findings{
		Dir: dir, Intact: true, Verified: true, SignaturesChecked: true, Head: audit.whole.Head,
		Records: 3, Committed: 2, Aborted: 1, Attachments: 2, Signatures: 3, SignaturesGood: 3, Faults: []faultFinding{},
	}, audit.whole)
	assertNothingPersonal(t, got)

	people := call(t, nil, "", "evidence", "verify", dir, "--roots", roots)
	assert.Equal(t, exitDone, people.code)
	assert.Contains(t, people.out, "as it was written, 3 signatures verified")
	assertNothingPersonal(t, people)

	got = call(t, nil, "", "evidence", "verify", dir, "--json")
	assert.Equal(t, exitDone, got.code)
	assert.False(t, auditOf(t, got).whole.SignaturesChecked)
	assert.False(t, auditOf(t, got).whole.Verified)
	assert.Contains(t, call(t, nil, "", "evidence", "verify", dir).out, "signatures were not checked")

	got = call(t, nil, "", "evidence", "verify", dir, "--roots", vector("root.pem"), "--json")
	assert.Equal(t, exitNo, got.code, "another root")
	assert.Equal(t, "chain", auditOf(t, got).records[0].Signatures[0].Reason)
	assert.Contains(t, call(t, nil, "", "evidence", "verify", dir, "--roots", vector("root.pem")).out, "ONLY 0 OF 3")
}

// A cut tail shows to those who know the head.
func TestEvidenceHeads(t *testing.T) {
	t.Parallel()
	dir, _ := archived(t)
	got := call(t, nil, "", "evidence", "verify", dir, "--head")
	require.Equal(t, exitDone, got.code, got.errors)
	head := strings.TrimSpace(got.out)
	require.NoError(t, new(evidence.Head).UnmarshalText([]byte(head)), "nothing but the head")
	assert.Equal(t, head, auditOf(t, call(t, nil, "", "evidence", "verify", dir, "--json", "--head")).whole.Head)
	assert.Equal(t, exitDone, call(t, nil, "", "evidence", "verify", dir, "--since", head+"\n").code)

	journal := filepath.Join(dir, "journal")
	lines := bytes.SplitAfter(read(t, journal), []byte("\n"))
	require.NoError(t, os.WriteFile(journal, bytes.Join(lines[:len(lines)-2], nil), 0o600))
	assert.Equal(t, exitDone, call(t, nil, "", "evidence", "verify", dir).code, "a record without an end is no fault")
	got = call(t, nil, "", "evidence", "verify", dir, "--since", head, "--json")
	assert.Equal(t, exitNo, got.code)
	assert.Contains(t, auditOf(t, got).whole.Faults[0].Fault, "cut tail")
	got = call(t, nil, "", "evidence", "verify", dir, "--since", head, "--head")
	assert.Equal(t, exitNo, got.code)
	assert.Empty(t, got.out, "the head of what is damaged is not worth keeping")
	assert.Contains(t, got.errors, "cut tail")
	assert.Equal(t, exitWrong, call(t, nil, "", "evidence", "verify", dir, "--since", "12").code)
}

func TestEvidenceFaults(t *testing.T) {
	t.Parallel()
	record := func(t *testing.T, dir string) string {
		t.Helper()
		files, err := filepath.Glob(filepath.Join(dir, "records", "*.record"))
		require.NoError(t, err)
		return files[0]
	}
	for name, c := range map[string]struct {
		damage func(t *testing.T, dir string)
		fault  string
		record bool // the fault stands beside its record
	}{
		"changed": {func(t *testing.T, dir string) {
			t.Helper()
			octets := read(t, record(t, dir))
			octets[len(octets)/2] ^= 1
			require.NoError(t, os.WriteFile(record(t, dir), octets, 0o600))
		}, "damaged", true},
		"gone": {func(t *testing.T, dir string) {
			t.Helper()
			require.NoError(t, os.Remove(record(t, dir)))
		}, "missing", true},
		"put there": {func(t *testing.T, dir string) {
			t.Helper()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "records", "a"), nil, 0o600))
		}, "extra", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, roots := archived(t)
			c.damage(t, dir)
			got := call(t, nil, "", "evidence", "verify", dir, "--roots", roots, "--json")
			assert.Equal(t, exitNo, got.code)
			audit := auditOf(t, got)
			assert.False(t, audit.whole.Intact)
			require.Len(t, audit.whole.Faults, 1)
			assert.Contains(t, audit.whole.Faults[0].Fault, c.fault)
			beside := 0
			for _, r := range audit.records {
				beside += len(r.Faults)
			}
			assert.Equal(t, c.record, beside == 1)
			people := call(t, nil, "", "evidence", "verify", dir)
			assert.Equal(t, exitNo, people.code)
			assert.Equal(t, 1, strings.Count(people.out, c.fault), people.out)
			list := call(t, nil, "", "evidence", "list", dir)
			assert.Equal(t, c.record, list.code == exitNo, list.out)
		})
	}
}

// Older keys are given beside the new one; a key that is not given is told.
func TestEvidenceKeys(t *testing.T) {
	t.Parallel()
	key := write(t, "key", []byte(strings.Repeat("k", 32)))
	other := write(t, "other", []byte(strings.Repeat("o", 32)))
	dir, roots := archived(t, "--key-file", key)
	verify := func(keys ...string) called {
		args := []string{"evidence", "verify", dir, "--roots", roots, "--json"}
		for _, key := range keys {
			args = append(args, "--key-file", key)
		}
		return call(t, nil, "", args...)
	}
	assert.Equal(t, exitDone, verify(key).code)
	assert.Equal(t, exitDone, verify(other, key).code)
	for _, got := range []called{verify(), verify(other)} {
		assert.Equal(t, exitNo, got.code)
		assert.Contains(t, got.out, "key not given")
	}
	assert.Equal(t, exitWrong, verify("nothing").code)

	// Without any key nothing is known; with another, what is there was not
	// written with it, which may be anybody's doing.
	people := call(t, nil, "", "evidence", "verify", dir)
	assert.Contains(t, people.out, "NOT CHECKED")
	assert.NotContains(t, people.out, "NOT AS IT WAS WRITTEN")
	people = call(t, nil, "", "evidence", "verify", dir, "--key-file", other)
	assert.Contains(t, people.out, "NOT AS IT WAS WRITTEN")

	// What is in clear is not taken where a key is given: anybody can write it.
	plain, _ := archived(t)
	assert.Equal(t, exitNo, call(t, nil, "", "evidence", "verify", plain, "--key-file", key).code)
}

func TestEvidenceList(t *testing.T) {
	t.Parallel()
	dir, _ := archived(t)
	got := call(t, nil, "", "evidence", "list", dir, "--json")
	require.Equal(t, exitDone, got.code, got.errors)
	records := objects[recordLine](t, got.out)
	require.Len(t, records, 3)
	assert.Equal(t, []string{"K3511T", "K3110T", "K3110T"}, []string{records[0].Product, records[1].Product, records[2].Product})
	assert.Equal(t, "answer was cut off", records[2].Reason)
	people := call(t, nil, "", "evidence", "list", dir)
	assert.Equal(t, 3, strings.Count(people.out, "\n"))
	assertNothingPersonal(t, people)
}

func TestEvidenceWrongCalls(t *testing.T) {
	t.Parallel()
	lost := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(lost, "records"), 0o700))
	for name, c := range map[string]struct {
		args []string
		code int
	}{
		"no verb":             {nil, exitWrong},
		"no directory":        {[]string{"verify"}, exitWrong},
		"two directories":     {[]string{"verify", lost, lost}, exitWrong},
		"no such directory":   {[]string{"verify", "nothing"}, exitWrong},
		"a file":              {[]string{"verify", vector("root.pem")}, exitWrong},
		"another directory":   {[]string{"list", t.TempDir()}, exitWrong},
		"unknown verb":        {[]string{"audit", lost}, exitWrong},
		"unknown flag":        {[]string{"verify", lost, "--deep"}, exitWrong},
		"no such roots":       {[]string{"verify", lost, "--roots", "nothing"}, exitWrong},
		"the journal is lost": {[]string{"verify", lost}, exitNo},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := call(t, nil, "", append([]string{"evidence"}, c.args...)...)
			assert.Equal(t, c.code, got.code)
			assert.NotEmpty(t, got.errors)
		})
	}
}
