package evidence

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
)

func TestNewKey_Wants32BytesThatAreNotZero(t *testing.T) {
	t.Parallel()
	for _, secret := range [][]byte{nil, make([]byte, 31), make([]byte, 33), make([]byte, 32)} {
		_, err := NewKey(secret)
		var argument *kakaocert.ArgumentError
		require.ErrorAs(t, err, &argument)
	}
	_, err := Open(t.TempDir(), Key{})
	var argument *kakaocert.ArgumentError
	require.ErrorAs(t, err, &argument)
	assert.Empty(t, Key{}.ID())
}

// FORMAT.md lists these values for authors of other readers.
func TestKey_Vectors(t *testing.T) {
	t.Parallel()
	secret := make([]byte, KeySize)
	for i := range secret {
		secret[i] = byte(i)
	}
	key, err := NewKey(secret)
	require.NoError(t, err)
	assert.Equal(t, "6c3319ee7eeb6c56", key.ID())
	assert.Equal(t, "5469dd422b627f464a67dcc4b5a224a490da0696b3be0d78982639185ff28888", hex.EncodeToString(key.secrets().journal))
	assert.Equal(t, "99370cc920befd2c353b34516abc8a71df32962eb84794717186126d2e7797c8", hex.EncodeToString(key.secrets().chain))
	assert.Equal(t, "8525697ec3954206dc7c102543ab15705d376521d802c5eeac7f5310a9ee1df8", hex.EncodeToString(key.secrets().wrap))
	assert.Equal(t, "91fe8edcbd425b07", UnsafePlaintext().ID())
}

// foreign is a user's type that contains ours, where fmt calls no method.
type foreign struct {
	key     Key
	dir     *Log
	archive Archive
	record  Record
	values  Log
	note    Attachment
}

type foreignMonths struct{ months *Months }

// rest waits until the log has committed what was submitted.
func rest(l *Log) {
	l.commits.mu.Lock()
	idle := l.commits.idle
	l.commits.mu.Unlock()
	<-idle
	l.commits.mu.Lock() // after its last unlocking
	defer l.commits.mu.Unlock()
}

func TestKey_IsNotPrintedNorIsABody(t *testing.T) {
	t.Parallel()
	secret := []byte("0123456789abcdef0123456789ABCDEF")
	key, err := NewKey(secret)
	require.NoError(t, err)
	path := t.TempDir()
	d, err := Open(path, key)
	require.NoError(t, err)
	t.Cleanup(func() { _ = d.Close() })
	id := commit(t, d, "tx", "canary-body")
	require.NoError(t, d.Attach(t.Context(), id, "note", []byte("canary-data")))
	r, err := d.Archive().Record(t.Context(), id)
	require.NoError(t, err)
	f := foreign{key: key, dir: d, record: *r, note: Attachment{}}
	for a, err := range r.Attachments() {
		require.NoError(t, err)
		f.note = *a
	}
	f.archive.ring, f.values.archive, f.values.key = d.archive.ring, d.archive, key
	w := begin(t, d, "tx")
	rest(d) // what is printed must not change meanwhile

	var out bytes.Buffer
	months := &Months{key: key, options: []KeyOption{key}, current: d}
	for _, value := range []any{key, &key, months, foreignMonths{months}, d, *d, d.Archive(), r, *r, f, &f, w, f.note, &f.note} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", value)
		}
		for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			slog.New(handler).Info("x", "value", value)
		}
		if text, err := json.Marshal(value); err == nil {
			out.Write(text)
		}
	}
	require.NoError(t, w.Abort("over"))
	for _, canary := range [][]byte{secret, key.secrets().journal, key.secrets().chain, key.secrets().wrap, []byte("canary-body"), []byte("canary-data")} {
		for _, form := range []string{
			string(canary), hex.EncodeToString(canary), fmt.Sprintf("%X", canary), fmt.Sprintf("%d", canary), fmt.Sprintf("%#v", canary),
			base64.StdEncoding.EncodeToString(canary),
		} {
			assert.False(t, strings.Contains(out.String(), form), "%.8s... is printed", form)
		}
	}
	assert.Contains(t, out.String(), "[redacted]")
}
