package evidencedir

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/cmd/kakaocert/internal/call"
	"github.com/kakaocert-go/kakaocert/cmd/kakaocert/internal/call/calltest"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// audited is what evidence verify --json prints.
type audited struct {
	records []recordLine
	whole   findings
}

func auditOf(t *testing.T, got calltest.Called) audited {
	t.Helper()
	lines := strings.SplitAfter(strings.TrimSuffix(got.Out, "\n"), "\n")
	last := len(lines) - 1
	whole := calltest.Objects[findings](t, lines[last])
	require.Len(t, whole, 1, got.Errors)
	return audited{records: calltest.Objects[recordLine](t, strings.Join(lines[:last], "")), whole: whole[0]}
}

// archived is a directory of three records: two answers with signatures, and
// one that broke off.
func archived(t *testing.T, more ...string) (dir, roots string) {
	t.Helper()
	h := calltest.NewHost(t)
	dir = filepath.Join(t.TempDir(), "evidence")
	texts := []string{"contract", "--text", calltest.Write(t, "contract.txt", []byte(calltest.ContractText)), calltest.Write(t, "terms.txt", []byte("제2조\r\n"))}
	for _, args := range [][]string{texts, {"withdrawal"}, {"withdrawal"}} {
		if len(h.Transactions()) == 2 {
			require.NoError(t, h.Inject(kakaocerttest.Fault{Step: "verify", Kind: kakaocerttest.CutBody}))
		}
		args = append(append(args, "--out", dir, "--poll", "1ms", "--json"), more...)
		result := run(t, h.Environ, "", args...)
		require.NotEqual(t, call.ExitWrong, result.Code, result.Errors)
		exported, err := filepath.Glob(filepath.Join(dir, "*.*"))
		require.NoError(t, err)
		for _, file := range exported { // which would be in the way of the next
			require.NoError(t, os.Remove(file))
		}
	}
	return dir, calltest.Write(t, "roots.pem", h.RootPEM())
}

func TestEvidenceVerify(t *testing.T) {
	t.Parallel()
	dir, roots := archived(t)
	got := run(t, nil, "", "evidence", "verify", dir, "--roots", roots, "--json")
	require.Equal(t, call.ExitDone, got.Code, got.Errors)
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
	calltest.AssertNothingPersonal(t, got)

	people := run(t, nil, "", "evidence", "verify", dir, "--roots", roots)
	assert.Equal(t, call.ExitDone, people.Code)
	assert.Contains(t, people.Out, "as it was written, 3 signatures verified")
	calltest.AssertNothingPersonal(t, people)

	got = run(t, nil, "", "evidence", "verify", dir, "--json")
	assert.Equal(t, call.ExitDone, got.Code)
	assert.False(t, auditOf(t, got).whole.SignaturesChecked)
	assert.False(t, auditOf(t, got).whole.Verified)
	assert.Contains(t, run(t, nil, "", "evidence", "verify", dir).Out, "signatures were not checked")

	got = run(t, nil, "", "evidence", "verify", dir, "--roots", calltest.Vector("root.pem"), "--json")
	assert.Equal(t, call.ExitNo, got.Code, "another root")
	assert.Equal(t, "chain", auditOf(t, got).records[0].Signatures[0].Reason)
	assert.Contains(t, run(t, nil, "", "evidence", "verify", dir, "--roots", calltest.Vector("root.pem")).Out, "ONLY 0 OF 3")
}

// A cut tail shows to those who know the head.
func TestEvidenceHeads(t *testing.T) {
	t.Parallel()
	dir, _ := archived(t)
	got := run(t, nil, "", "evidence", "verify", dir, "--head")
	require.Equal(t, call.ExitDone, got.Code, got.Errors)
	head := strings.TrimSpace(got.Out)
	require.NoError(t, new(evidence.Head).UnmarshalText([]byte(head)), "nothing but the head")
	assert.Equal(t, head, auditOf(t, run(t, nil, "", "evidence", "verify", dir, "--json", "--head")).whole.Head)
	assert.Equal(t, call.ExitDone, run(t, nil, "", "evidence", "verify", dir, "--since", head+"\n").Code)

	journal := filepath.Join(dir, "journal")
	lines := bytes.SplitAfter(calltest.Read(t, journal), []byte("\n"))
	require.NoError(t, os.WriteFile(journal, bytes.Join(lines[:len(lines)-2], nil), 0o600))
	assert.Equal(t, call.ExitDone, run(t, nil, "", "evidence", "verify", dir).Code, "a record without an end is no fault")
	got = run(t, nil, "", "evidence", "verify", dir, "--since", head, "--json")
	assert.Equal(t, call.ExitNo, got.Code)
	assert.Contains(t, auditOf(t, got).whole.Faults[0].Fault, "cut tail")
	got = run(t, nil, "", "evidence", "verify", dir, "--since", head, "--head")
	assert.Equal(t, call.ExitNo, got.Code)
	assert.Empty(t, got.Out, "the head of what is damaged is not worth keeping")
	assert.Contains(t, got.Errors, "cut tail")
	assert.Equal(t, call.ExitWrong, run(t, nil, "", "evidence", "verify", dir, "--since", "12").Code)
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
			octets := calltest.Read(t, record(t, dir))
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
			got := run(t, nil, "", "evidence", "verify", dir, "--roots", roots, "--json")
			assert.Equal(t, call.ExitNo, got.Code)
			audit := auditOf(t, got)
			assert.False(t, audit.whole.Intact)
			require.Len(t, audit.whole.Faults, 1)
			assert.Contains(t, audit.whole.Faults[0].Fault, c.fault)
			beside := 0
			for _, r := range audit.records {
				beside += len(r.Faults)
			}
			assert.Equal(t, c.record, beside == 1)
			people := run(t, nil, "", "evidence", "verify", dir)
			assert.Equal(t, call.ExitNo, people.Code)
			assert.Equal(t, 1, strings.Count(people.Out, c.fault), people.Out)
			list := run(t, nil, "", "evidence", "list", dir)
			assert.Equal(t, c.record, list.Code == call.ExitNo, list.Out)
		})
	}
}

// Older keys are given beside the new one; a key that is not given is told.
func TestEvidenceKeys(t *testing.T) {
	t.Parallel()
	key := calltest.Write(t, "key", []byte(strings.Repeat("k", 32)))
	other := calltest.Write(t, "other", []byte(strings.Repeat("o", 32)))
	dir, roots := archived(t, "--key-file", key)
	verify := func(keys ...string) calltest.Called {
		args := []string{"evidence", "verify", dir, "--roots", roots, "--json"}
		for _, key := range keys {
			args = append(args, "--key-file", key)
		}
		return run(t, nil, "", args...)
	}
	assert.Equal(t, call.ExitDone, verify(key).Code)
	assert.Equal(t, call.ExitDone, verify(other, key).Code)
	for _, got := range []calltest.Called{verify(), verify(other)} {
		assert.Equal(t, call.ExitNo, got.Code)
		assert.Contains(t, got.Out, "key not given")
	}
	assert.Equal(t, call.ExitWrong, verify("nothing").Code)

	// Without any key nothing is known; with another, what is there was not
	// written with it, which may be anybody's doing.
	people := run(t, nil, "", "evidence", "verify", dir)
	assert.Contains(t, people.Out, "NOT CHECKED")
	assert.NotContains(t, people.Out, "NOT AS IT WAS WRITTEN")
	people = run(t, nil, "", "evidence", "verify", dir, "--key-file", other)
	assert.Contains(t, people.Out, "NOT AS IT WAS WRITTEN")

	// What is in clear is not taken where a key is given: anybody can write it.
	plain, _ := archived(t)
	assert.Equal(t, call.ExitNo, run(t, nil, "", "evidence", "verify", plain, "--key-file", key).Code)
}

func TestEvidenceList(t *testing.T) {
	t.Parallel()
	dir, _ := archived(t)
	got := run(t, nil, "", "evidence", "list", dir, "--json")
	require.Equal(t, call.ExitDone, got.Code, got.Errors)
	records := calltest.Objects[recordLine](t, got.Out)
	require.Len(t, records, 3)
	assert.Equal(t, []string{"K3511T", "K3110T", "K3110T"}, []string{records[0].Product, records[1].Product, records[2].Product})
	assert.Equal(t, "answer was cut off", records[2].Reason)
	people := run(t, nil, "", "evidence", "list", dir)
	assert.Equal(t, 3, strings.Count(people.Out, "\n"))
	calltest.AssertNothingPersonal(t, people)
}

func TestEvidenceWrongCalls(t *testing.T) {
	t.Parallel()
	lost := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(lost, "records"), 0o700))
	for name, c := range map[string]struct {
		args []string
		code int
	}{
		"no verb":             {nil, call.ExitWrong},
		"no directory":        {[]string{"verify"}, call.ExitWrong},
		"two directories":     {[]string{"verify", lost, lost}, call.ExitWrong},
		"no such directory":   {[]string{"verify", "nothing"}, call.ExitWrong},
		"a file":              {[]string{"verify", calltest.Vector("root.pem")}, call.ExitWrong},
		"another directory":   {[]string{"list", t.TempDir()}, call.ExitWrong},
		"unknown verb":        {[]string{"audit", lost}, call.ExitWrong},
		"unknown flag":        {[]string{"verify", lost, "--deep"}, call.ExitWrong},
		"no such roots":       {[]string{"verify", lost, "--roots", "nothing"}, call.ExitWrong},
		"the journal is lost": {[]string{"verify", lost}, call.ExitNo},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := run(t, nil, "", append([]string{"evidence"}, c.args...)...)
			assert.Equal(t, c.code, got.Code)
			assert.NotEmpty(t, got.Errors)
		})
	}
}
