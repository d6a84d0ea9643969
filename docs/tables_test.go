package docs

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
)

func TestTables_CodesComeFromTheCode(t *testing.T) {
	for path, columns := range map[string]struct {
		head string
		row  func(kakaocert.Code) string
	}{
		"docs/errors.md": {"| code | constant | meaning | who can fix it | next |\n|---|---|---|---|---|", func(c kakaocert.Code) string {
			return fmt.Sprintf("| %s | `%s` | %s | %s | %s |", string(c), constants[c], c.Meaning(), c.Owner(), c.Advice())
		}},
		"docs/errors.ko.md": {"| 코드 | 상수 | 뜻 | 조치 주체 | 다음 행동 |\n|---|---|---|---|---|", func(c kakaocert.Code) string {
			return fmt.Sprintf("| %s | `%s` | %s | %s | %s |", string(c), constants[c], c.MeaningKorean(), owners[c.Owner()], advices[c.Advice()])
		}},
	} {
		rows := []string{columns.head}
		for _, code := range kakaocert.Codes() {
			require.Contains(t, constants, code)
			rows = append(rows, columns.row(code))
		}
		named(t, path).generated(t, "codes", rows)
	}
}

// constants are the names of the codes, which reflection does not give.
var constants = map[kakaocert.Code]string{
	kakaocert.ErrInternal: "ErrInternal", kakaocert.ErrMaintenance: "ErrMaintenance",
	kakaocert.ErrParameter: "ErrParameter", kakaocert.ErrPermission: "ErrPermission",
	kakaocert.ErrKey: "ErrKey", kakaocert.ErrSettleID: "ErrSettleID",
	kakaocert.ErrDesc: "ErrDesc", kakaocert.ErrWrongHost: "ErrWrongHost",
	kakaocert.ErrUserNotFound: "ErrUserNotFound", kakaocert.ErrUserMismatch: "ErrUserMismatch",
	kakaocert.ErrUnknownTransaction: "ErrUnknownTransaction", kakaocert.ErrAlreadyRequested: "ErrAlreadyRequested",
	kakaocert.ErrUserUnavailable: "ErrUserUnavailable", kakaocert.ErrNotSigned: "ErrNotSigned",
	kakaocert.ErrRequestExpired: "ErrRequestExpired", kakaocert.ErrSessionExpired: "ErrSessionExpired",
}

var owners = map[kakaocert.Owner]string{
	kakaocert.OwnerKakao: "카카오", kakaocert.OwnerInstitution: "이용기관",
	kakaocert.OwnerUser: "사용자", kakaocert.OwnerNone: "-",
}

var advices = map[kakaocert.Advice]string{
	kakaocert.AdviceStop: "중단", kakaocert.AdviceTryAgain: "재시도", kakaocert.AdvicePrepareAgain: "준비(prepare)부터 다시",
	kakaocert.AdviceAskStatus: "상태조회(status)", kakaocert.AdviceLogInAgain: "다시 로그인",
}

func TestTables_AssumptionsComeFromTheProtocol(t *testing.T) {
	english := func(entry kakaocert.ProtocolEntry) string { return entry.Meaning }
	tabulate(t, "docs/assumptions.md", "key | default | meaning", "key | alternatives", english)
	korean := func(entry kakaocert.ProtocolEntry) string { return koreanMeanings[entry.Key] }
	tabulate(t, "docs/assumptions.ko.md", "키 | 기본값 | 뜻", "키 | 다른 경로", korean)
}

// tabulate compares a document with the protocol: a table for each provenance,
// and one of the alternatives.
func tabulate(t *testing.T, path, heads, alternatives string, meaning func(kakaocert.ProtocolEntry) string) {
	t.Helper()
	for _, provenance := range []kakaocert.Provenance{kakaocert.ProvenanceDoc, kakaocert.ProvenanceSDK, kakaocert.ProvenanceField, kakaocert.ProvenanceFieldOne, kakaocert.ProvenanceAssumed} {
		rows := []string{"| " + heads + " |", "|---|---|---|"}
		for _, entry := range kakaocert.DefaultProtocol().Entries() {
			if entry.Provenance == provenance {
				rows = append(rows, fmt.Sprintf("| `%s` | `%s` | %s |", entry.Key, entry.Value, meaning(entry)))
			}
		}
		named(t, path).generated(t, string(provenance), rows)
	}
	rows := []string{"| " + alternatives + " |", "|---|---|"}
	for _, entry := range kakaocert.DefaultProtocol().Entries() {
		if len(entry.Alternatives) > 0 {
			rows = append(rows, fmt.Sprintf("| `%s` | `%s` |", entry.Key, strings.Join(entry.Alternatives, "`, `")))
		}
	}
	named(t, path).generated(t, "alternatives", rows)
}

func TestDocuments_ProtocolFilesAreRead(t *testing.T) {
	t.Parallel()
	d := named(t, "docs/assumptions.md")
	for _, b := range d.blocks() {
		if b.language == "json" {
			_, err := kakaocert.ParseProtocol(strings.NewReader(d.text(b)))
			require.NoError(t, err, "%s:%d", d.path, b.first)
		}
	}
}

// generated is the text between two comments, which is generated from the code.
func (d *document) generated(t *testing.T, name string, rows []string) {
	t.Helper()
	first := slices.Index(d.lines, "<!-- generated: "+name+" -->")
	require.GreaterOrEqual(t, first, 0, "%s has no place for the table %s", d.path, name)
	length := slices.Index(d.lines[first:], "<!-- end -->")
	require.Positive(t, length, "%s: the table %s has no end", d.path, name)
	d.replace(t, first+1, first+length, strings.Join(rows, "\n"))
}
