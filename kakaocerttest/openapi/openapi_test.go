package openapi

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pb33f/jsonschema/v6"
	"github.com/pb33f/libopenapi-validator/errors"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

func verdict(good bool, errs []*errors.ValidationError) string {
	if good {
		return ""
	}
	var reasons []string
	for _, err := range errs {
		reasons = append(reasons, err.Error())
	}
	return "refused: " + strings.Join(reasons, "; ")
}

func TestDescription_IsOpenAPI(t *testing.T) {
	t.Parallel()
	assert.Empty(t, verdict(described(t).ValidateDocument()))
}

func TestDescription_HoldsForEveryService(t *testing.T) {
	t.Parallel()
	v := described(t)
	for name, opts := range map[string][]kakaocerttest.Option{
		"test host":    nil,
		"production":   {kakaocerttest.WithEnvironment(kakaocert.Production)},
		"DER, no CI":   {kakaocerttest.WithDialect(kakaocerttest.Dialect{DER: true}), kakaocerttest.WithContract(kakaocerttest.Contract{WithoutCI: true})},
		"other Base64": {kakaocerttest.WithDialect(kakaocerttest.Dialect{URLSafe: true, Base64VID: true, Times: kakaocerttest.TimesOfRelay})},
		"CMS in K1100": {kakaocerttest.WithDialect(kakaocerttest.Dialect{IdentityCMS: true})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := make(map[string]bool)
			for _, e := range everything(t, opts...) {
				call, answer := e.verdicts(t, v)
				assert.Empty(t, call, "%s %s\n%s", e.method, e.url, e.body)
				assert.Empty(t, answer, "%s %s\n%d %s", e.method, e.url, e.status, e.answer)
				seen[operationOf(t, e)] = true
			}
			assert.Len(t, seen, 14, "every call but the page at which users log in")
		})
	}
}

// operationOf is method and path, without the product.
func operationOf(t *testing.T, e exchange) string {
	t.Helper()
	address, err := url.Parse(e.url)
	require.NoError(t, err)
	before, after, isPrepare := strings.Cut(address.Path, "/prepare/")
	if isPrepare && strings.HasPrefix(after, "K") {
		address.Path = before + "/prepare/{product}"
	}
	return e.method + " " + address.Path
}

// free are members whose values the description does not fix: values that
// depend on the contract, and values that no client reads.
var free = []string{"desc", "token_type"}

func TestDescription_RefusesEverySpoiledMember(t *testing.T) {
	t.Parallel()
	v := described(t)
	for _, e := range everything(t) {
		for _, spoiled := range spoiledMembers(t, e.body) {
			changed := e
			changed.body = spoiled
			call, _ := changed.verdicts(t, v)
			assert.NotEmpty(t, call, "%s %s\n%s", e.method, e.url, spoiled)
		}
		for _, spoiled := range spoiledMembers(t, e.answer) {
			changed := e
			changed.answer = spoiled
			_, answer := changed.verdicts(t, v)
			assert.NotEmpty(t, answer, "%s %s\n%s", e.method, e.url, spoiled)
		}
	}
}

// spoiledMembers replaces each member of a JSON object in turn by an invalid
// value; for a form it returns nothing.
func spoiledMembers(t *testing.T, text string) (spoiled []string) {
	t.Helper()
	var members map[string]any
	if json.Unmarshal([]byte(text), &members) != nil {
		return nil
	}
	for name, value := range members {
		if slices.Contains(free, name) {
			continue
		}
		members[name] = map[string]any{"spoiled": true}
		changed, err := json.Marshal(members)
		require.NoError(t, err)
		spoiled = append(spoiled, string(changed))
		members[name] = value
	}
	return spoiled
}

// demanded are the members without which a call or an answer is invalid.
var demanded = map[string]struct{ call, answer []string }{
	"POST /sign/v2/prepare/{product}":     {[]string{"settle_id", "type"}, []string{"tx_id", "code"}},
	"POST /sign/v2/request":               {[]string{"tx_id"}, []string{"result"}},
	"GET /sign/v2/status":                 {nil, []string{"status"}},
	"GET /sign/v2/verify":                 {nil, []string{"result", "code"}},
	"POST /sign/doc/v1/prepare/{product}": {[]string{"settle_id", "type", "name"}, []string{"tx_id", "code"}},
	"POST /sign/doc/v1/request":           {[]string{"tx_id", "data", "documents"}, []string{"tx_id", "result"}},
	"GET /sign/doc/v1/verify":             {nil, []string{"result", "signed_data", "signed_documents"}},
	"GET /v1/api/cert/sign/session_info":  {nil, []string{"session_start_at", "session_end_at"}},
	"POST /oauth/authorize/prepare":       {[]string{"client_id", "cert_type", "sign_data"}, []string{"kauth_tx_id"}},
	"POST /oauth/token":                   {[]string{"code", "code_verifier"}, []string{"tx_id"}},
	"GET /v1/api/cert/sign/check_status":  {nil, []string{"status"}},
	"GET /sign/doc/v1/status":             {nil, []string{"status"}},
}

func TestDescription_RefusesWhatLacksAMember(t *testing.T) {
	t.Parallel()
	v := described(t)
	tried := make(map[string]bool)
	for _, e := range everything(t) {
		members := demanded[operationOf(t, e)]
		for _, name := range members.call {
			changed := e
			if changed.body = without(t, e, e.body, name); changed.body == "" {
				continue
			}
			tried[operationOf(t, e)] = true
			call, _ := changed.verdicts(t, v)
			assert.NotEmpty(t, call, "%s %s without %s", e.method, e.url, name)
		}
		for _, name := range members.answer {
			changed := e
			if changed.answer = without(t, exchange{}, e.answer, name); changed.answer == "" {
				continue
			}
			tried[operationOf(t, e)] = true
			_, answer := changed.verdicts(t, v)
			assert.NotEmpty(t, answer, "%s %s without %s\n%s", e.method, e.url, name, changed.answer)
		}
	}
	assert.Len(t, tried, len(demanded))
}

// without removes a member from JSON or a form; "" if the member is absent.
func without(t *testing.T, e exchange, text, name string) string {
	t.Helper()
	if strings.HasPrefix(e.header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		form, err := url.ParseQuery(text)
		require.NoError(t, err)
		if !form.Has(name) {
			return ""
		}
		form.Del(name)
		return form.Encode()
	}
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &members) != nil || members[name] == nil {
		return ""
	}
	delete(members, name)
	changed, err := json.Marshal(members)
	require.NoError(t, err)
	return string(changed)
}

func TestDescription_RefusesWrongCalls(t *testing.T) {
	t.Parallel()
	v := described(t)
	all := everything(t)
	find := func(operation string) exchange { // if the user is named by person
		i := slices.IndexFunc(all, func(e exchange) bool {
			return operationOf(t, e) == operation && (e.method == "GET" || !strings.Contains(e.body, `"type":"CI"`))
		})
		require.GreaterOrEqual(t, i, 0, operation)
		return all[i]
	}
	clearName := regexp.MustCompile(`"name":"[^"]*"`)
	prepare, status, token := find("POST /sign/v2/prepare/{product}"), find("GET /sign/v2/status"), find("POST /oauth/token")
	for name, change := range map[string]func() exchange{
		"another product": func() exchange { e := prepare; e.url = strings.Replace(e.url, "/K", "/X", 1); return e },
		"no such path":    func() exchange { e := status; e.url = strings.Replace(e.url, "/status", "/state", 1); return e },
		"another method":  func() exchange { e := status; e.method = "DELETE"; return e },
		"no tx_id":        func() exchange { e := status; e.url, _, _ = strings.Cut(e.url, "?"); return e },
		"no key":          func() exchange { e := status; e.header = e.header.Clone(); e.header.Del("Authorization"); return e },
		"no institution key": func() exchange {
			e := status
			e.header = e.header.Clone()
			e.header.Del("Target-Authorization")
			return e
		},
		"a form for JSON": func() exchange { e := prepare; e.header = token.header; return e },
		"JSON for a form": func() exchange { e := token; e.header = prepare.header; return e },
		"cut JSON":        func() exchange { e := prepare; e.body = e.body[:len(e.body)-1]; return e },
		"clear name": func() exchange {
			e := prepare
			e.body = clearName.ReplaceAllString(e.body, `"name":"홍길동"`)
			return e
		},
	} {
		call, _ := change().verdicts(t, v)
		assert.NotEmpty(t, call, name)
	}
	cut := status
	cut.answer = cut.answer[:len(cut.answer)-1]
	_, answer := cut.verdicts(t, v)
	assert.NotEmpty(t, answer, "an answer that was cut off")
}

func TestVectors_FollowTheirSchema(t *testing.T) {
	t.Parallel()
	const folder = "../../testdata/vectors"
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join(folder, "schema.json"))
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	require.NoError(t, err)
	checked := 0
	for _, file := range files {
		if filepath.Base(file) == "schema.json" {
			continue
		}
		text, err := os.Open(file)
		require.NoError(t, err)
		value, err := jsonschema.UnmarshalJSON(text)
		require.NoError(t, err)
		require.NoError(t, text.Close())
		assert.NoError(t, schema.Validate(value), file)
		checked++

		part := value.(map[string]any)
		first := part["vectors"].([]any)[0].(map[string]any)
		for name, spoil := range map[string]func(){
			"an unknown field":  func() { first["input"].(map[string]any)["unknown"] = true },
			"no expectation":    func() { delete(first["input"].(map[string]any), "unknown"); first["expect"] = map[string]any{} },
			"an ID with blanks": func() { first["expect"], first["id"] = map[string]any{"refused": true}, "a b" },
		} {
			_ = name
			spoil()
			assert.Error(t, schema.Validate(value), file)
		}
	}
	assert.Equal(t, 8, checked)
}
