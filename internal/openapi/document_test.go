package openapi

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
)

func document(t *testing.T, changes string) (d struct {
	Paths      map[string]map[string]map[string]any
	Components struct{ Schemas map[string]any }
}, text string) {
	t.Helper()
	protocol, err := kakaocert.ParseProtocol(strings.NewReader(changes))
	require.NoError(t, err)
	made, err := Document(protocol)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(made, &d))
	return d, string(made)
}

func TestDocument_HasEachStepOfTheProtocol(t *testing.T) {
	t.Parallel()
	d, _ := document(t, `{}`)
	for _, entry := range kakaocert.DefaultProtocol().Entries() {
		name, isStep := strings.CutPrefix(entry.Key, "step.")
		if !isStep {
			continue
		}
		words := strings.Fields(entry.Value)
		operation := d.Paths[words[len(words)-1]][strings.ToLower(words[0])]
		require.NotNil(t, operation, entry.Key)
		service, step, _ := strings.Cut(name, ".")
		assert.Equal(t, string(entry.Provenance), operation["x-provenance"].(map[string]any)[service], entry.Key)
		assert.True(t, strings.HasPrefix(operation["operationId"].(string), step+"."), entry.Key)
	}
}

// Each reference leads to a component, and each component is referred to.
func TestDocument_ReferencesAndComponentsMatch(t *testing.T) {
	t.Parallel()
	d, text := document(t, `{}`)
	for name := range d.Components.Schemas {
		assert.Contains(t, text, `"#/components/schemas/`+name+`"`)
	}
	for _, part := range strings.Split(text, `"$ref": "#/components/schemas/`)[1:] {
		name, _, _ := strings.Cut(part, `"`)
		assert.Contains(t, d.Components.Schemas, name)
	}
}

func TestDocument_FollowsTheProtocol(t *testing.T) {
	t.Parallel()
	d, text := document(t, `{
		"step.k1100.status": "GET /sign/v2/state/{product}", "field.tx_id": "txid outer.txid", "place.settle_id": "header",
		"encoding.enc_version": "text", "encoding.cipher": "hex", "value.type.person": "PERSON"}`)
	operation := d.Paths["/sign/v2/state/{product}"]["get"]
	require.NotNil(t, operation)
	assert.Equal(t, "status.k1100", operation["operationId"])
	assert.Equal(t, "status.k1400", d.Paths["/sign/v2/status"]["get"]["operationId"])
	assert.Contains(t, text, `"txid"`)
	assert.NotContains(t, text, `"outer.txid"`, "a path is no name of a property")
	assert.NotContains(t, text, `"settle_id": {
          "description": "settlement unit from the contract",
          "minLength"`)
	assert.Contains(t, text, `"name": "settle-id"`)
	assert.Contains(t, text, `"const": "PERSON"`)
}
