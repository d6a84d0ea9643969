package cms

import (
	"bytes"
	"encoding/asn1"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func data(t testing.TB, text string) []byte {
	t.Helper()
	decoded, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	require.NoError(t, err)
	return decoded
}

func TestNormalise(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ ber, der string }{
		"DER":                       {"30 03 020101", "30 03 020101"},
		"empty":                     {"30 00", "30 00"},
		"primitive":                 {"04 81 01 aa", "04 01 aa"},
		"empty, indefinite":         {"30 80 0000", "30 00"},
		"indefinite":                {"30 80 020101 0000", "30 03 020101"},
		"indefinite in definite":    {"30 07 31 80 020101 0000", "30 05 31 03 020101"},
		"definite in indefinite":    {"30 80 31 03 020101 0000", "30 05 31 03 020101"},
		"indefinite in indefinite":  {"30 80 31 80 a0 80 0000 0000 0500 0000", "30 06 31 02 a0 00 0500"},
		"long length":               {"30 81 03 020101", "30 03 020101"},
		"very long length":          {"30 84 00000003 020101", "30 03 020101"},
		"long length of primitive":  {"30 05 04 82 0001 ff", "30 03 04 01 ff"},
		"long length of nothing":    {"30 80 04 81 00 0000", "30 02 04 00"},
		"same size by coincidence":  {"30 06 04 81 01 ff 05 00", "30 05 04 01 ff 05 00"},
		"one piece":                 {"30 80 24 80 04 01 aa 0000 0000", "30 03 04 01 aa"},
		"pieces":                    {"30 80 24 80 04 01 aa 04 00 04 02 bbcc 0000 0000", "30 05 04 03 aabbcc"},
		"pieces, definite":          {"30 08 24 06 04 01 aa 04 01 bb", "30 04 04 02 aabb"},
		"no pieces":                 {"30 02 24 00", "30 02 04 00"},
		"no pieces, indefinite":     {"30 80 24 80 0000 0000", "30 02 04 00"},
		"pieces of pieces":          {"30 80 24 80 24 80 04 01 aa 24 03 04 01 bb 0000 04 01 cc 0000 0000", "30 05 04 03 aabbcc"},
		"something behind pieces":   {"30 80 24 80 04 01 aa 0000 0500 0000", "30 05 04 01 aa 0500"},
		"zeros in a primitive":      {"30 80 04 04 00000000 0000", "30 06 04 04 00000000"},
		"tag of two bytes":          {"30 80 bf 20 80 0500 0000 9f 21 81 01 aa 0000", "30 09 bf 20 02 0500 9f 21 01 aa"},
		"order of a set stays":      {"31 80 020102 020101 0000", "31 06 020102 020101"},
		"primitive context tag":     {"30 80 80 01 aa 0000", "30 03 80 01 aa"},
		"constructed bits stay":     {"30 80 23 80 03 02 00aa 0000 0000", "30 06 23 04 03 02 00aa"},
		"length becomes longer":     {"30 80 31 80" + strings.Repeat("0500", 100) + "0000 0000", "30 81 cb 31 81 c8" + strings.Repeat("0500", 100)},
		"length becomes of two":     {"30 80" + strings.Repeat("0500", 200) + "0000", "30 82 0190" + strings.Repeat("0500", 200)},
		"joined across the lengths": {"30 80 24 80 04 7f" + strings.Repeat("aa", 127) + "04 01 bb 0000 0000", "30 81 83 04 81 80" + strings.Repeat("aa", 127) + "bb"},
	} {
		got, err := normalise(data(t, test.ber))
		require.NoError(t, err, name)
		assert.Equal(t, data(t, test.der), got.der, name)
		var raw asn1.RawValue
		rest, err := asn1.Unmarshal(got.der, &raw)
		require.NoError(t, err, name)
		assert.Empty(t, rest)
	}
}

func TestNormaliseRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		ber  string
		want Defect
	}{
		"nothing":                       {"", Truncated},
		"one byte":                      {"30", Truncated},
		"length missing":                {"30 82 01", Truncated},
		"content missing":               {"30 01", Truncated},
		"end-of-contents missing":       {"30 80", Truncated},
		"half an end-of-contents":       {"30 80 00", Truncated},
		"child longer than parent":      {"30 03 04 02 aa", Truncated},
		"indefinite child too long":     {"30 02 31 80 0000", Truncated},
		"length over 4 GiB":             {"30 84 ffffffff", Truncated},
		"length of five bytes":          {"30 85 0000000001 00", BadLength},
		"length reserved":               {"30 ff", BadLength},
		"indefinite primitive":          {"30 80 04 80 0000 0000", BadLength},
		"tag of two bytes, over 127":    {"30 03 1f 81 00", BadTag},
		"tag of three bytes":            {"30 04 1f 81 01 00", BadTag},
		"tag of two bytes, too small":   {"bf 1e 00", BadTag},
		"tag of two bytes, no length":   {"bf 20", Truncated},
		"end-of-contents in definite":   {"30 02 0000", StrayEndOfContents},
		"end-of-contents with a length": {"30 80 00 01 00 0000", StrayEndOfContents},
		"end-of-contents outside":       {"0000", StrayEndOfContents},
		"integer in a string":           {"30 05 24 03 020101", BadOctetString},
		"sequence in a string":          {"30 04 24 02 3000", BadOctetString},
		"something behind":              {"30 00 00", TrailingData},
		"second element":                {"30 00 30 00", TrailingData},
		"behind indefinite":             {"30 80 0000 0000", TrailingData},
	} {
		_, err := normalise(data(t, test.ber))
		assert.Equal(t, test.want, err, name)
	}
}

func TestNormaliseNesting(t *testing.T) {
	t.Parallel()
	nested := func(header string, depth int, end string) []byte {
		return data(t, strings.Repeat(header, depth)+strings.Repeat(end, depth))
	}
	_, err := normalise(nested("3080", maxDepth, "0000"))
	require.NoError(t, err)
	_, err = normalise(nested("3080", maxDepth+1, "0000"))
	require.Equal(t, NestedTooDeep, err)
	_, err = normalise(nested("2480", maxDepth, "0000"))
	require.NoError(t, err)
	_, err = normalise(nested("2480", maxDepth+1, "0000"))
	require.Equal(t, NestedTooDeep, err)
}

// TestNormaliseBombs: what would cost a careless reader its stack, its memory
// or quadratic time is refused, or joined, at a cost linear in its size.
func TestNormaliseBombs(t *testing.T) {
	t.Parallel()
	_, err := normalise(bytes.Repeat([]byte{0x30, 0x80}, 8<<20))
	require.Equal(t, NestedTooDeep, err)

	empty := append(append([]byte{0x24, 0x80}, bytes.Repeat([]byte{0x04, 0x00}, 1_000_000)...), 0, 0)
	got, err := normalise(empty)
	require.NoError(t, err)
	require.Equal(t, []byte{0x04, 0x00}, got.der)

	w := walk{ber: empty}
	for w.pos == 0 || w.depth > 0 {
		require.NoError(t, w.element())
		w.closeEnded()
	}
	require.Len(t, w.edits, 1, "a million empty strings cost one edit")
}

func TestAsReceived(t *testing.T) {
	t.Parallel()
	n, err := normalise(data(t, "30 80 30 03 020101 30 80 020102 0000 30 03 020103 30 04 04 81 01 aa 0000"))
	require.NoError(t, err)
	whole := cursor{rest: n.der}
	e, _ := whole.next()
	assert.False(t, n.asReceived(e))
	var got []bool
	for c := e.inside(); !c.empty(); {
		child, ok := c.next()
		require.True(t, ok)
		got = append(got, n.asReceived(child))
	}
	assert.Equal(t, []bool{true, false, true, false}, got)
}

// FuzzNormalise: what comes out is DER in form, and normalising it again
// changes nothing.
func FuzzNormalise(f *testing.F) {
	for _, seed := range []string{"308024800401aa04000000a08000000000", "30058403000001ff", "3080308030800000", "300404810102"} {
		f.Add(data(f, seed))
	}
	f.Fuzz(func(t *testing.T, ber []byte) {
		got, err := normalise(ber)
		if err != nil {
			return
		}
		again, err := normalise(got.der)
		require.NoError(t, err)
		require.Equal(t, got.der, again.der)
		require.Empty(t, again.changed)
		var raw asn1.RawValue
		rest, err := asn1.Unmarshal(got.der, &raw)
		require.NoError(t, err)
		require.Empty(t, rest)
	})
}

func TestDER_RefusesWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, message := range [][]byte{nil, {}, {0x30}, {0x30, 0x80}, []byte("text")} {
		_, err := DER(message)
		assert.Error(t, err)
	}
}
