package kakaocert_test

import (
	"errors"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
)

func TestParseProtocol_ChangesWhatTheFileNames(t *testing.T) {
	t.Parallel()
	p, err := kakaocert.ParseProtocol(strings.NewReader(`{
		"step.k1100.status": "POST /v9/{product}/state",
		"field.title": "subject",
		"field.signed_data": "cms signed_data"
	}`))
	require.NoError(t, err)
	method, path := p.Endpoint("k1100", "status")
	assert.Equal(t, "POST /v9/{product}/state", method+" "+path)
	assert.Equal(t, "subject", p.Field("title"))
	assert.Equal(t, []string{"cms", "signed_data"}, p.List("field.signed_data"))
	assert.Equal(t, "data", p.Field("data"), "the rest stays")

	var changed []string
	for _, e := range p.Entries() {
		if e.Changed {
			changed = append(changed, e.Key)
		}
	}
	assert.Equal(t, []string{"step.k1100.status", "field.title", "field.signed_data"}, changed)
	assert.Equal(t, "title", kakaocert.DefaultProtocol().Field("title"), "the default is not touched")
}

// A step's path may name the product or not, at any place, in every step that is at
// the service's own host; what is given is what is called.
func TestParseProtocol_TakesPathsWithAndWithoutTheProduct(t *testing.T) {
	t.Parallel()
	for _, entry := range kakaocert.DefaultProtocol().Entries() {
		words := strings.Split(entry.Key, ".")
		if words[0] != "step" {
			continue
		}
		for _, value := range append(entry.Alternatives,
			"GET /sign/v2/"+words[2], "POST /sign/v2/"+words[2]+"/{product}", "GET /{product}/"+words[2], "GET /a.b-c_d~e/{product}.json", "GET /",
		) {
			p, err := kakaocert.ParseProtocol(strings.NewReader(`{"` + entry.Key + `": {"value": "` + value + `", "found": "by hand"}}`))
			require.NoError(t, err, "%s: %s", entry.Key, value)
			method, path := p.Endpoint(words[1], words[2])
			assert.Equal(t, value, method+" "+path)
		}
	}
}

func TestParseProtocol_TakesHosts(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"https://kauth.kakao.com", "https://kauth.bank.example:65535", "https://10.0.0.1:1", "https://gateway", "https://a-b.example:8443"} {
		p, err := kakaocert.ParseProtocol(strings.NewReader(`{"host.kauth": "` + host + `"}`))
		require.NoError(t, err, host)
		assert.Equal(t, host, p.Get("host.kauth"))
	}
}

func TestParseProtocol_RefusesWithLineAndKey(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		line int
		key  string
	}{
		"not JSON":        {"{\n\"field.title\": subject}", 2, ""},
		"cut off":         {"{\n\"field.title\": \"a\"", 2, ""},
		"empty":           {"", 1, ""},
		"an array":        {"[]", 1, ""},
		"more behind":     {"{}\n{}", 2, ""},
		"unknown key":     {"{\n\n\"field.titel\": \"a\"}", 3, "field.titel"},
		"twice":           {"{\"app_link\": \"a://{tx_id}\",\n\"app_link\": \"a://{tx_id}\"}", 2, "app_link"},
		"a number":        {"{\"field.title\":\n 1}", 2, "field.title"},
		"null":            {"{\"field.title\": null}", 1, "field.title"},
		"empty name":      {"{\"field.title\": \"\"}", 1, "field.title"},
		"two names":       {"{\"field.title\": \"a b\"}", 1, "field.title"},
		"path, no slash":  {"{\"step.k1100.status\": \"GET x\"}", 1, "step.k1100.status"},
		"two products":    {"{\"step.k1100.status\": \"GET /{product}/{product}\"}", 1, "step.k1100.status"},
		"path, with host": {"{\"step.k1100.status\": \"GET https://x/{product}\"}", 1, "step.k1100.status"},
		"path, query":     {"{\"step.k1100.status\": \"GET /{product}?a=b\"}", 1, "step.k1100.status"},
		"method":          {"{\"step.k1100.status\": \"DELETE /{product}\"}", 1, "step.k1100.status"},
		"unknown host":    {"{\"step.k2100.token\": \"POST account /oauth/token\"}", 1, "step.k2100.token"},
		"host of a step":  {"{\"step.k1100.status\": \"GET kapi /{product}\"}", 1, "step.k1100.status"},
		"host, http":      {"{\"host.kauth\": \"http://kauth.example\"}", 1, "host.kauth"},
		"host, dot":       {"{\"host.kauth\": \"https://kauth.kakao.com.\"}", 1, "host.kauth"},
		"host, slash":     {"{\"host.kauth\": \"https://kauth.kakao.com/\"}", 1, "host.kauth"},
		"host, dots":      {"{\"host.kapi\": \"https://kapi..kakao.com\"}", 1, "host.kapi"},
		"host, none":      {"{\"host.kapi\": \"https://.\"}", 1, "host.kapi"},
		"host, hyphen":    {"{\"host.kapi\": \"https://-kapi.kakao.com\"}", 1, "host.kapi"},
		"host, port":      {"{\"host.kapi\": \"https://kapi.kakao.com:65536\"}", 1, "host.kapi"},
		"host, port 0":    {"{\"host.kapi\": \"https://kapi.kakao.com:0\"}", 1, "host.kapi"},
		"host, user":      {"{\"host.kapi\": \"https://me@kapi.kakao.com\"}", 1, "host.kapi"},
		"host, capitals":  {"{\"host.kapi\": \"https://KAPI.kakao.com\"}", 1, "host.kapi"},
		"host, with path": {"{\"host.kauth\": \"https://kauth.example/x\"}", 1, "host.kauth"},
		"encoding":        {"{\"encoding.hash\": \"base58\"}", 1, "encoding.hash"},
		"link":            {"{\"app_link\": \"kakaotalk://x\"}", 1, "app_link"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := kakaocert.ParseProtocol(strings.NewReader(c.text))
			bad, ok := errors.AsType[*kakaocert.ProtocolError](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, c.line, bad.Line)
			assert.Equal(t, c.key, bad.Key)
		})
	}
}

// With one name for two fields of one message, only one would be sent. Readers may
// take names that differ in capitals alone for one.
func TestParseProtocol_RefusesTwoFieldsOfOneMessageUnderOneName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		line int
		key  string
	}{
		"{\n\"field.title\": \"data\"}":                                          {2, "field.title"},
		"{\n\"field.title\": \"DATA\"}":                                          {2, "field.title"},
		"{\"field.title\": \"subject\",\n\"field.desc\": \"subject\"}":           {2, "field.desc"},
		"{\"field.desc\": \"subject\",\n\"field.title\": \"subject\"}":           {2, "field.title"},
		"{\"field.tx_id\": \"data tx_id\"}":                                      {1, "field.tx_id"},
		"{\"field.name\": \"birthday\"}":                                         {1, "field.name"},
		"{\"field.settle_id\": \"type\"}":                                        {1, "field.settle_id"},
		"{\"field.receiver_name\": {\"value\":\"request_type\",\"found\":\"\"}}": {1, "field.receiver_name"},
		"{\"field.bank_name\": \"account_number\"}":                              {1, "field.bank_name"},
		"{\"field.client_id\": \"state\"}":                                       {1, "field.client_id"},
		"{\"field.code_verifier\": \"code\"}":                                    {1, "field.code_verifier"},
		"{\"field.window_error\": \"tx_id\"}":                                    {1, "field.window_error"},
		"{\"header.settle_id\": \"authorization\"}":                              {1, "header.settle_id"},
		"{\"header.settle_id\": \"Target-Authorization\"}":                       {1, "header.settle_id"},
		"{\"header.settle_id\": \"Host\"}":                                       {1, "header.settle_id"},
		"{\"header.settle_id\": \"Content-Length\"}":                             {1, "header.settle_id"},
	} {
		_, err := kakaocert.ParseProtocol(strings.NewReader(text))
		bad, is := errors.AsType[*kakaocert.ProtocolError](err)
		if assert.True(t, is, "%s: %v", text, err) {
			assert.Equal(t, want.line, bad.Line, text)
			assert.Equal(t, want.key, bad.Key, text)
		}
	}
	for _, text := range []string{
		`{"field.name": "birthday", "field.birthday": "name"}`, // exchanged
		`{"field.window_error": "error"}`, `{"field.title": "name"}`, `{"field.result": "status"}`,
	} {
		_, err := kakaocert.ParseProtocol(strings.NewReader(text))
		assert.NoError(t, err, text)
	}
}

func TestProtocol_EveryEntryHasItsProvenance(t *testing.T) {
	t.Parallel()
	provenances := []kakaocert.Provenance{kakaocert.ProvenanceDoc, kakaocert.ProvenanceSDK, kakaocert.ProvenanceField, kakaocert.ProvenanceFieldOne, kakaocert.ProvenanceAssumed}
	for _, e := range kakaocert.DefaultProtocol().Entries() {
		assert.Contains(t, provenances, e.Provenance, e.Key)
		assert.NotEmpty(t, e.Meaning, e.Key)
		again, err := kakaocert.ParseProtocol(strings.NewReader(`{"` + e.Key + `": "` + e.Value + `"}`))
		require.NoError(t, err, "a default must have its own form: %s", e.Key)
		assert.Equal(t, e.Value, again.Get(e.Key))
	}
}

// A key that the code asks for and the table has not would be an empty name on
// the wire.
func TestProtocol_HasEveryKeyThatTheCodeUses(t *testing.T) {
	t.Parallel()
	p := kakaocert.DefaultProtocol()
	field := regexp.MustCompile(`\.Field\("([^"]+)"\)`)
	tag := regexp.MustCompile("`url:\"([a-z_]+)[,\"]")
	key := regexp.MustCompile(`"((?:field|value|status|error|encoding|signed|count|login)\.[a-z0-9_.]+)"`)
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	used := 0
	for _, file := range files {
		name := file.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || name == "protocol_table.go" {
			continue
		}
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		var keys []string
		for _, names := range []*regexp.Regexp{field, tag} {
			for _, match := range names.FindAllStringSubmatch(string(text), -1) {
				keys = append(keys, "field."+match[1])
			}
		}
		for _, match := range key.FindAllStringSubmatch(string(text), -1) {
			keys = append(keys, match[1])
		}
		for _, k := range slices.Compact(keys) {
			used++
			assert.NotEmpty(t, p.Get(k), "%s uses %s", name, k)
		}
	}
	assert.Greater(t, used, 30)
}

func FuzzParseProtocol(f *testing.F) {
	f.Add(`{"field.title": "subject"}`)
	f.Add("{\n\"step.k1100.status\": \"GET /a/{product}\"\n}")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := kakaocert.ParseProtocol(strings.NewReader(text))
		if err != nil {
			if bad, ok := errors.AsType[*kakaocert.ProtocolError](err); !ok || bad.Line < 1 {
				t.Fatalf("an error without a line: %v", err)
			}
			return
		}
		for _, e := range p.Entries() {
			if e.Value == "" {
				t.Fatalf("%s became empty", e.Key)
			}
		}
	})
}

func TestProtocol_NamesTheHostOfAStep(t *testing.T) {
	t.Parallel()
	for protocol, want := range map[string]string{
		`{}`: "https://kauth.kakao.com/oauth/authorize/prepare",
		`{"host.kauth": "https://login.bank.example:8443"}`: "https://login.bank.example:8443/oauth/authorize/prepare",
		`{"step.k2100.prepare": "POST kapi /prepare"}`:      "https://kapi.kakao.com/prepare",
		`{"step.k2100.prepare": "POST /v1/{product}"}`:      "https://cbt-cert-sign.kakao.com/v1/K2100T",
	} {
		var got string
		config := configWith(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			got = r.URL.String()
			return answer(200, `{"kauth_tx_id":"k"}`), nil
		}))
		config.Protocol = parseProtocol(t, protocol)
		_, err := newClient(t, config).K2100.Prepare(t.Context(), &kakaocert.K2100PrepareParams{RedirectURI: callbackURL})
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
}
