package evidencedir

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
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

// apart is a copy of the directory in which each part has a file of its own.
func apart(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "apart")
	a, err := evidence.OpenArchive(dir)
	require.NoError(t, err)
	require.NoError(t, a.Export(t.Context(), to))
	require.NoError(t, a.Close())
	return to
}

// chainOf is the chain that has the given last entry.
func chainOf(dir string, head evidence.Head) string {
	return filepath.Join(dir, "chains", head.Chain+".chain")
}

func yes(is bool) *bool { return &is }

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
		Dir: dir, Intact: yes(true), Checked: true, Verified: true, SignaturesChecked: true, Heads: audit.whole.Heads,
		Records: 3, Committed: 2, Aborted: 1, Attachments: 2, Signatures: 3, SignaturesGood: 3, Revocation: revocations{Kept: 3}, Faults: []faultFinding{},
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
	assert.Equal(t, head, auditOf(t, run(t, nil, "", "evidence", "verify", dir, "--json", "--head")).whole.Heads[0])
	assert.Equal(t, call.ExitDone, run(t, nil, "", "evidence", "verify", dir, "--since", head+"\n").Code)

	dir = apart(t, dir)
	var last evidence.Head
	require.NoError(t, last.UnmarshalText([]byte(head)))
	journal := chainOf(dir, last)
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
		record bool // the fault is printed with its record
	}{
		"changed": {func(t *testing.T, dir string) {
			t.Helper()
			raw := calltest.Read(t, record(t, dir))
			raw[len(raw)/2] ^= 1
			require.NoError(t, os.WriteFile(record(t, dir), raw, 0o600))
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
			dir = apart(t, dir)
			c.damage(t, dir)
			got := run(t, nil, "", "evidence", "verify", dir, "--roots", roots, "--json")
			assert.Equal(t, call.ExitNo, got.Code)
			audit := auditOf(t, got)
			assert.Equal(t, yes(false), audit.whole.Intact)
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

// Older keys are given together with the new one; a key that is not given is
// reported.
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
		assert.Equal(t, call.ExitUnchecked, got.Code)
		assert.Contains(t, got.Out, "key not available")
		assert.Contains(t, got.Out, `"intact":null,"checked":false,"verified":false`)
	}
	record := calltest.Objects[recordLine](t, run(t, nil, "", "evidence", "list", dir, "--json", "--key-file", key).Out)[0].Record
	for _, args := range [][]string{{"list", dir}, {"list", dir, "--key-file", other}, {"show", dir, record}} {
		got := run(t, nil, "", append([]string{"evidence"}, args...)...)
		assert.Equal(t, call.ExitUnchecked, got.Code)
		assert.Contains(t, got.Errors, "records need --key-file or --archive-key")
	}
	assert.Equal(t, call.ExitWrong, verify("nothing").Code)
	for _, args := range [][]string{{}, {"--key-file", other}} {
		people := run(t, nil, "", append([]string{"evidence", "verify", dir}, args...)...)
		assert.Equal(t, call.ExitUnchecked, people.Code)
		assert.Contains(t, people.Out, "NOT CHECKED")
		assert.NotContains(t, people.Out, "NOT AS IT WAS WRITTEN")
	}

	// A record in clear is not taken where a key is given: anybody can write it.
	plain, _ := archived(t)
	assert.Equal(t, call.ExitUnchecked, run(t, nil, "", "evidence", "verify", plain, "--key-file", key).Code)

	// A changed record is damage whatever keys are missing.
	dir = apart(t, dir)
	records, err := filepath.Glob(filepath.Join(dir, "records", "*.record"))
	require.NoError(t, err)
	require.NoError(t, os.Remove(records[0]))
	got := verify(other)
	assert.Equal(t, call.ExitNo, got.Code)
	assert.Contains(t, got.Out, `"intact":false,"checked":true`)
}

// One key was changed for another: without the older one its records are named.
func TestEvidence_SomeKeysAreMissing(t *testing.T) {
	t.Parallel()
	older := calltest.Write(t, "older", []byte(strings.Repeat("o", 32)))
	newer := calltest.Write(t, "newer", []byte(strings.Repeat("n", 32)))
	dir, _ := archived(t, "--key-file", older)
	keys := make([]evidence.Key, 2)
	for i, file := range []string{newer, older} {
		var err error
		keys[i], err = call.ReadKey(file)
		require.NoError(t, err)
	}
	opened, err := evidence.Open(dir, keys[0], keys[1])
	require.NoError(t, err)
	record, err := opened.Begin(t.Context(), kakaocert.EvidenceMeta{Product: "K3510T", TxID: "0123456789abcdef", BegunAt: time.Now(), Attempt: 1})
	require.NoError(t, err)
	require.NoError(t, record.Abort("answer was cut off"))
	require.NoError(t, opened.Close())
	got := run(t, nil, "", "evidence", "verify", dir, "--key-file", newer, "--json")
	assert.Equal(t, call.ExitNo, got.Code)
	assert.Contains(t, got.Out, `"intact":false,"checked":true`)
	assert.Contains(t, got.Out, keys[1].ID())
}

// The line of the documentation works for every directory.
func TestEvidence_HeadWithoutTheKey(t *testing.T) {
	t.Parallel()
	key := calltest.Write(t, "key", []byte(strings.Repeat("k", 32)))
	dir, _ := archived(t, "--key-file", key)
	without := run(t, nil, "", "evidence", "verify", "--head", dir)
	require.Equal(t, call.ExitDone, without.Code, without.Errors)
	assert.Contains(t, without.Errors, "only the chains")
	with := run(t, nil, "", "evidence", "verify", "--head", dir, "--key-file", key)
	require.Equal(t, call.ExitDone, with.Code, with.Errors)
	assert.Empty(t, with.Errors)
	assert.Contains(t, without.Out, with.Out, "without the key nobody says which chain follows which: there are all heads")
	other := calltest.Write(t, "other", []byte(strings.Repeat("o", 32)))
	assert.Equal(t, call.ExitUnchecked, run(t, nil, "", "evidence", "verify", "--head", dir, "--key-file", other).Code)

	dir = apart(t, dir)
	var last evidence.Head
	require.NoError(t, last.UnmarshalText([]byte(strings.TrimSpace(with.Out))))
	journal := chainOf(dir, last)
	lines := bytes.SplitAfter(calltest.Read(t, journal), []byte("\n"))
	require.NoError(t, os.WriteFile(journal, bytes.Join(append(lines[:1:1], lines[2:]...), nil), 0o600))
	broken := run(t, nil, "", "evidence", "verify", "--head", dir)
	assert.Equal(t, call.ExitNo, broken.Code, "a broken chain shows without a key")
	assert.Empty(t, broken.Out)
}

func TestEvidence_ShowAndExport(t *testing.T) {
	t.Parallel()
	key := calltest.Write(t, "key", []byte(strings.Repeat("k", 32)))
	dir, roots := archived(t, "--key-file", key)
	list := calltest.Objects[recordLine](t, run(t, nil, "", "evidence", "list", dir, "--key-file", key, "--json").Out)
	require.Len(t, list, 3)
	for _, name := range []string{list[0].Record, list[0].TxID} {
		got := run(t, nil, "", "evidence", "show", dir, name, "--key-file", key, "--json")
		require.Equal(t, call.ExitDone, got.Code, got.Errors)
		shown := calltest.Objects[shownRecord](t, got.Out)[0]
		assert.Equal(t, list[0].Record, shown.Record)
		assert.Len(t, shown.Signatures, 2)
		assert.NotEmpty(t, shown.Attachments)
		assert.Len(t, shown.Asked, 2)
		calltest.AssertNothingPersonal(t, got)
		calltest.AssertNothingPersonal(t, run(t, nil, "", "evidence", "show", dir, name, "--key-file", key))
	}
	to := filepath.Join(t.TempDir(), "to")
	got := run(t, nil, "", "evidence", "export", dir, list[0].TxID, "--key-file", key, "--to", to)
	require.Equal(t, call.ExitDone, got.Code, got.Errors)
	assert.Contains(t, got.Out, filepath.Join(to, "signature-002.p7s"))
	answer := run(t, nil, "", "verify", "--roots", roots, filepath.Join(to, "signature-001.p7s"))
	assert.Equal(t, call.ExitDone, answer.Code, answer.Out)

	for name, args := range map[string][]string{
		"no record":       {"show", dir, "--key-file", key},
		"no such record":  {"show", dir, "0123456789abcdef", "--key-file", key},
		"a path":          {"show", dir, "../journal", "--key-file", key},
		"two records":     {"show", dir, list[0].Record, list[1].Record, "--key-file", key},
		"nowhere":         {"export", dir, list[0].Record, "--key-file", key},
		"over other file": {"export", dir, list[1].Record, "--key-file", key, "--to", to},
	} {
		assert.Equal(t, call.ExitWrong, run(t, nil, "", append([]string{"evidence"}, args...)...).Code, name)
	}
}

func TestEvidence_Purge(t *testing.T) {
	t.Parallel()
	key := calltest.Write(t, "key", []byte(strings.Repeat("k", 32)))
	dir, _ := archived(t, "--key-file", key)
	purge := func(args ...string) calltest.Called {
		return run(t, nil, "", append([]string{"evidence", "purge", dir, "--key-file", key}, args...)...)
	}
	outcomes := func() (list []evidence.Outcome) {
		for _, record := range calltest.Objects[recordLine](t, run(t, nil, "", "evidence", "list", dir, "--key-file", key, "--json").Out) {
			list = append(list, record.Outcome)
		}
		return list
	}
	before := outcomes()
	list := calltest.Objects[recordLine](t, run(t, nil, "", "evidence", "list", dir, "--key-file", key, "--json").Out)
	for name, args := range map[string][]string{
		"no record":      {"--reason", "over", "--yes"},
		"no reason":      {list[0].Record, "--yes"},
		"both":           {list[0].Record, "--before", "2030-01-01T00:00:00Z", "--reason", "over", "--yes"},
		"no time":        {"--before", "2030", "--reason", "over", "--yes"},
		"no such record": {list[0].Record, "0123456789abcdef", "--reason", "over", "--yes"},
	} {
		assert.Equal(t, call.ExitWrong, purge(args...).Code, name)
	}
	listed := purge("--before", "2030-01-01T00:00:00Z", "--reason", "over")
	assert.Equal(t, call.ExitDone, listed.Code)
	assert.Contains(t, listed.Errors, "nothing was removed: 3 records")
	assert.Equal(t, before, outcomes())

	got := purge(list[1].TxID, "--reason", "over", "--yes")
	require.Equal(t, call.ExitDone, got.Code, got.Errors)
	assert.Equal(t, []evidence.Outcome{evidence.Committed, evidence.Purged, evidence.Aborted}, outcomes())
	require.Equal(t, call.ExitDone, purge("--before", "2030-01-01T00:00:00Z", "--reason", "over", "--yes").Code)
	assert.Equal(t, []evidence.Outcome{evidence.Purged, evidence.Purged, evidence.Purged}, outcomes())
	assert.Equal(t, call.ExitDone, run(t, nil, "", "evidence", "verify", dir, "--key-file", key).Code, "the chain holds")
	without := run(t, nil, "", "evidence", "verify", dir, "--json")
	assert.Equal(t, call.ExitUnchecked, without.Code, "tombstones are in clear, and say nothing without the key")
	assert.Contains(t, without.Out, `"intact":null,"checked":false`)
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
