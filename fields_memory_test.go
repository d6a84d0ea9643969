package kakaocert_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
)

// alone runs the test in a process of its own, since it measures what its process
// allocates, and reports whether this is that process.
func alone(t *testing.T) bool {
	t.Helper()
	const variable = "TEST_ALONE"
	if os.Getenv(variable) != "" {
		return true
	}
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.count=1")
	command.Env = append(os.Environ(), variable+"=yes")
	out, err := command.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return false
}

// A hostile answer may be as long as the cap, and must not be decoded into many
// times its length.
func TestAnswer_CostsMemoryInProportion(t *testing.T) {
	t.Parallel()
	if !alone(t) {
		return
	}
	const size = 2 << 20
	fill := func(piece string) string { return strings.TrimSuffix(strings.Repeat(piece, size/len(piece)), ",") }
	names := func() string {
		var text strings.Builder
		for i := 0; text.Len() < size; i++ {
			fmt.Fprintf(&text, `"%x":1,`, i)
		}
		return strings.TrimSuffix(text.String(), ",")
	}()
	client := newClient(t, configWith(t, nil))
	tx := parseTransaction[kakaocert.K3500Product](t, "K3510T:tx")
	for name, body := range map[string]string{
		"documents that are empty objects": `{"result":"Y","signed_documents":[` + fill("{},") + `]}`,
		"documents that are numbers":       `{"result":"Y","signed_documents":[` + fill("1,") + `]}`,
		"documents that are null":          `{"result":"Y","signed_documents":[` + fill("null,") + `]}`,
		"documents that are empty texts":   `{"result":"Y","signed_documents":[` + fill(`"",`) + `]}`,
		"documents that are lists":         `{"result":"Y","signed_documents":[` + fill("[],") + `]}`,
		"one document of many names":       `{"result":"Y","signed_documents":[{` + names + `}]}`,
		"names at the top":                 `{"result":"Y",` + names + `}`,
		"one name again and again":         `{"result":"Y",` + fill(`"a":{},`) + `}`,
		"names in data":                    `{"data":{"result":"Y",` + names + `}}`,
		"names in error":                   `{"result":"Y","error":{` + names + `}}`,
		"names in data and error":          `{"result":"Y","data":{` + names[:len(names)/2] + `0},"error":{` + names[:len(names)/2] + `0}}`,
		"colons in a text":                 `{"result":"Y","memo":"` + fill(":") + `"}`,
		"blanks":                           `{"result":"Y"` + fill(" ") + `}`,
		"escapes":                          `{"result":"` + fill(`\u0041`) + `"}`,
		"no JSON":                          fill("{"),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		result, err := client.K3500.Restore(tx, []byte(body), nil)
		runtime.ReadMemStats(&after)
		require.Error(t, err, name)
		assert.Nil(t, result, name)
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8*size), name)
	}
}

// Packed, a body of 8 KiB is one of 8 MiB; the cap is of what comes out.
func TestAnswer_PackedIsLimitedWhenItIsUnpacked(t *testing.T) {
	t.Parallel()
	if !alone(t) {
		return
	}
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	for range 128 {
		_, err := writer.Write(bytes.Repeat([]byte(" "), 1<<20))
		require.NoError(t, err)
	}
	require.NoError(t, writer.Close())
	client := newClient(t, configWith(t, nil))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := client.K3500.Restore(parseTransaction[kakaocert.K3500Product](t, "K3510T:tx"), packed.Bytes(), nil)
	runtime.ReadMemStats(&after)
	require.Error(t, err)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8*64<<20))
}
