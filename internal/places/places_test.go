package places_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kakaocert-go/kakaocert/internal/places"
)

var isNonce = places.IsText(func(text string) bool { return text == "nonce" })

func TestOne_FindsTheOnlyPlaceThatAFileCanName(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		`{"a":"nonce"}`:                       "a",
		`{"a":{"b":{"c-d_e":"nonce"}}}`:       "a.b.c-d_e",
		`{"a":"x","n":{"o":"nonce"},"z":[1]}`: "n.o",
		`{"a.b":{"c":"nonce"}}`:               "",
		`{"a":{"b.c":"nonce"}}`:               "a.b.c",
		`{"a.b":"nonce"}`:                     "a.b",
		"\n {\"a\" : \"nonce\"}\r\n":          "a",
		`{"a":"nonce","b":"nonce"}`:           "",
		`{"a":"nonce","b":{"c":"nonce"}}`:     "",
		`{"a":"nonce","b":["nonce"]}`:         "",
		`{"a":"nonce","b":[{"c":"nonce"}]}`:   "",
		`{"a":"nonce","a":"nonce"}`:           "",
		`{"a":"nonce","a":"other"}`:           "",
		`{"a":{"b":"nonce"},"a":{"c":1}}`:     "", // which of two readers take differs
		`{"a":{"c":1},"a":{"b":"nonce"}}`:     "",
		`{"a":{"b":{"c":"nonce"},"b":1}}`:     "",
		`{"a.b":"other","a":{"b":"nonce"}}`:   "",
		`{"a":["nonce"]}`:                     "",
		`{"a":[{"b":"nonce"}]}`:               "",
		`{"a":"NONCE"}`:                       "",
		`{"a":"{\"b\":\"nonce\"}"}`:           "",
		`{"a" : [ 1 , -2.5e3 , true , null , "x\"]}" , {} , [] ] , "b" : {"c" : "nonce"} }`: "b.c",
		`{"a":{},"b":[],"c":"\\","d":"nonce"}`:                                              "d",
		`{"\u0061":"nonce"}`:                                                                "a",
		`{"a\"b":1,"c":"nonce"}`:                                                            "c",
		`["nonce"]`:                                                                         "",
		`"nonce"`:                                                                           "",
		`{"a":"nonce"`:                                                                      "",
		`{"a":"nonce"}{"a":"nonce"}`:                                                        "",
		``:                                                                                  "",
		`{"a b":"nonce"}`:                                                                   "",
		`{"":"nonce"}`:                                                                      "",
		`{".a":"nonce"}`:                                                                    "",
		`{"a.":"nonce"}`:                                                                    "",
		`{"a":{"":"nonce"}}`:                                                                "",
		`{"a\nb":"nonce"}`:                                                                  "",
		`{"\u001b[31m":"nonce"}`:                                                            "",
		`{"홍길동":"nonce"}`:                                                                   "",
		`{"a":{"이름":{"b":"nonce"}}}`:                                                        "",
		`{"01012345678":"nonce"}`:                                                           "",
		`{"a":{"19900101":{"b":"nonce"}}}`:                                                  "",
		`{"` + strings.Repeat("a", 64) + `":"nonce"}`:                                       strings.Repeat("a", 64),
		`{"` + strings.Repeat("a", 65) + `":"nonce"}`:                                       "",
		`{"` + strings.Repeat("a", 40) + `":{"` + strings.Repeat("b", 24) + `":"nonce"}}`: "",
		strings.Repeat(`{"a":`, 20) + `"nonce"` + strings.Repeat(`}`, 20):                 "",
		`{"a":"nonce","b":` + strings.Repeat(`[`, 9999) + strings.Repeat(`]`, 9999) + `}`: "",
		`{"a":"nonce","b":[1` + strings.Repeat(`,1`, 10_000) + `]}`:                       "",
	} {
		assert.Equal(t, want, places.One(places.All([]byte(answer), nil), isNonce), "%.80s", answer)
	}
}

func TestAll_KnowsAnEcho(t *testing.T) {
	t.Parallel()
	sent := func(name string, value json.RawMessage) bool {
		return name == "data" && string(value) == `"nonce"` || name == "title" && string(value) == `"t"`
	}
	for answer, want := range map[string]string{
		`{"token":"nonce"}`:                               "token",
		`{"title":"t","token":"nonce"}`:                   "token", // a flat echo, and a field of its own
		`{"data":"nonce"}`:                                "",
		`{"sent":{"data":"nonce"}}`:                       "",
		`{"sent":{"title":"t","token":"nonce"}}`:          "",
		`{"sent":{"title":"t","more":{"token":"nonce"}}}`: "",
		`{"sent":{"title":"other","token":"nonce"}}`:      "sent.token",
		`{"token":"nonce","sent":{"data":"nonce"}}`:       "", // two places, whatever one of them is
		`{"sent":[{"title":"t","token":"nonce"}]}`:        "",
		`{"data":{"token":"nonce"},"sent":{"title":"x"}}`: "data.token",
	} {
		assert.Equal(t, want, places.One(places.All([]byte(answer), sent), isNonce), answer)
	}
}

func FuzzAll(f *testing.F) {
	f.Add([]byte(`{"a":{"b":["c",{"d":1}]},"e":null,"a":{}}`))
	f.Add([]byte(`{"`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		for _, p := range places.All(answer, func(name string, _ json.RawMessage) bool { return name == "a" }) {
			if !json.Valid(p.Value) {
				t.Fatalf("no JSON: %q", p.Value)
			}
			for _, ch := range p.Path {
				if !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-", ch) {
					t.Fatalf("path %q", p.Path)
				}
			}
			if len(p.Path) > 64 {
				t.Fatalf("path %q", p.Path)
			}
			if len(p.Path) > 0 && !strings.Contains(p.Path, ".") {
				var top map[string]json.RawMessage
				if json.Unmarshal(answer, &top) != nil || string(bytes.TrimSpace(top[p.Path])) != string(p.Value) {
					t.Fatalf("%q is %q, not %q", p.Path, top[p.Path], p.Value)
				}
			}
			places.IsSignature(p.Value)
			places.IsSignatureList(p.Value)
		}
	})
}
