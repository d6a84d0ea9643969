package members_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/members"
)

var objects = []string{
	`{}`, " { } \n", `{"a":1}`, `{"a": "b" , "c":[1,{"d":"}"}], "e":{"f":[]} }`, `{"a":null,"b":true,"c":false,"d":-1.5e3}`,
	`{"a\"b":"c\\","\u0061":"\\\""}`, `{"a":1,"a":2}`, "{\"\xff\":\"\xff\"}", `{"상태":"요청"}`, `{"":""}`, `{"a":[[[]],"]"],"b":"["}`,
	"{\"a\"\t:\r\n1\n,\"b\"\n:2}", `{"\ud800":1}`,
}

var others = []string{
	``, ` `, `null`, `1`, `"a"`, `[]`, `{`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{"a":1}x`, `{"a":1}{}`, `{a:1}`, "\ufeff{}", "{}\v", "\v{}",
	`{"a":01}`, `{"a":"` + "\n" + `"}`, strings.Repeat(`{"a":`, 20_000) + `1` + strings.Repeat(`}`, 20_000),
}

// requireSame compares with encoding/json.
func requireSame(t *testing.T, text []byte) {
	t.Helper()
	kept := bytes.Clone(text)
	values, names, ok := members.Split(text, len(text))
	require.Equal(t, kept, text)
	var want map[string]json.RawMessage
	if err := json.Unmarshal(text, &want); err != nil || want == nil {
		require.False(t, ok)
		return
	}
	require.True(t, ok)
	require.Equal(t, want, values)
	require.GreaterOrEqual(t, names, len(values))
}

func TestSplit_IsAsEncodingJSON(t *testing.T) {
	t.Parallel()
	for _, text := range objects {
		requireSame(t, []byte(text))
		_, _, ok := members.Split([]byte(text), 100)
		assert.True(t, ok, text)
	}
	for _, text := range others {
		requireSame(t, []byte(text))
		_, _, ok := members.Split([]byte(text), 100)
		assert.False(t, ok, text)
	}
}

func TestSplit_CountsNames(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{`{}`: 0, `{"a":1}`: 1, `{"a":1,"a":2}`: 2, `{"a":{"b":1,"c":2},"\u0061":2}`: 2} {
		_, names, ok := members.Split([]byte(text), 2)
		require.True(t, ok, text)
		assert.Equal(t, want, names, text)
	}
	var list []string
	for i := range 11 {
		list = append(list, fmt.Sprintf(`"%d":1`, i))
	}
	_, _, ok := members.Split([]byte("{"+strings.Join(list[:10], ",")+"}"), 10)
	assert.True(t, ok)
	_, _, ok = members.Split([]byte("{"+strings.Join(list, ",")+"}"), 10)
	assert.False(t, ok)
}

func FuzzSplit(f *testing.F) {
	for _, text := range append(objects, others[:len(others)-1]...) {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) { requireSame(t, text) })
}
