// Package openapi describes the wire as an OpenAPI document, from a Protocol: its
// paths, its names and where each is known from.
package openapi

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/kakaocert-go/kakaocert"
)

// schema is a JSON object of the document, most often a JSON schema.
type schema map[string]any

// services are those of the wire in the order of the document, with their
// product codes.
var services = []struct {
	key, name string
	products  []string
}{
	{"k1100", "identity (K1100)", []string{"K1110", "K1120"}},
	{"k1400", "identity through the standard window (K1400)", nil},
	{"k2100", "certified login (K2100)", nil},
	{"k2220", "abbreviated signatures (K2220, K3220)", []string{"K2220", "K3220"}},
	{"k3100", "withdrawal consent (K3100)", []string{"K3110", "K3120"}},
	{"k3500", "signature (K3500)", []string{"K3510", "K3520", "K3511", "K3521"}},
}

var steps = []string{"prepare", "authorize", "token", "request", "status", "session", "verify", "signer"}

const description = `The KakaoTalk Certification Service as package kakaocert takes it to be, and as its simulator
(kakaocert sim) speaks it by default. This is not a document of Kakao's: half of the protocol is not public.
x-provenance says for each step and field how it is known. DOC: read in Kakao's public documents. SDK: read in
Kakao's published mobile SDK sources. FIELD: seen in two or more independent integrations. FIELD-1: seen in one.
ASSUMED: our own choice where nothing public says.

Hosts may speak in other ways: fields inside data, other names, other names of times, other spellings of errors.
What a client must understand is in the portable vectors (testdata/vectors).`

// Document returns the description of the wire that a Protocol spells, as JSON.
func Document(p *kakaocert.Protocol) ([]byte, error) {
	w := newWire(p)
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	paths := w.paths() // before components, which it fills
	err := encoder.Encode(schema{
		"openapi": "3.1.0",
		"info": schema{
			"title":       "KakaoTalk Certification Service, as kakaocert knows it",
			"version":     kakaocert.Version,
			"description": description,
			"license":     schema{"name": "Apache-2.0", "identifier": "Apache-2.0"},
		},
		"servers":    servers("https://cbt-cert-sign.kakao.com", "the test host: every product code has a T behind it, and users are real people", "https://cert-sign.kakao.com", "production"),
		"security":   []schema{{"dealer": []string{}, "institution": []string{}}},
		"paths":      paths,
		"components": schema{"schemas": w.schemas, "securitySchemes": keys()},
	})
	return out.Bytes(), err
}

// servers lists addresses with what they are, and the simulator.
func servers(pairs ...string) []schema {
	var list []schema
	for pair := range slices.Chunk(pairs, 2) {
		list = append(list, schema{"url": pair[0], "description": pair[1]})
	}
	return append(list, schema{"url": "http://127.0.0.1:8080", "description": "kakaocert sim"})
}

func keys() schema {
	key := func(name, whose string) schema {
		return schema{"type": "apiKey", "in": "header", "name": name, "description": "KakaoAK, a space, and the REST API key of the " + whose + "'s app"}
	}
	return schema{"dealer": key("Authorization", "dealer"), "institution": key("Target-Authorization", "institution")}
}

// wire describes one Protocol.
type wire struct {
	protocol *kakaocert.Protocol
	entries  map[string]kakaocert.ProtocolEntry
	schemas  schema // components that operations refer to
}

func newWire(p *kakaocert.Protocol) *wire {
	w := &wire{protocol: p, entries: make(map[string]kakaocert.ProtocolEntry), schemas: schema{}}
	for _, entry := range p.Entries() {
		w.entries[entry.Key] = entry
	}
	return w
}

// use is a step of a service. Services share paths, and then an operation is the
// step of all of them.
type use struct{ service, name, step string }

func (u use) key() string { return u.service + "." + u.step }

func (w *wire) paths() schema {
	var order []string
	uses := make(map[string][]use)
	for _, service := range services {
		for _, step := range steps {
			method, path := w.protocol.Endpoint(service.key, step)
			if path == "" {
				continue
			}
			call := strings.ToLower(method) + " " + path
			if uses[call] == nil {
				order = append(order, call)
			}
			uses[call] = append(uses[call], use{service.key, service.name, step})
		}
	}
	paths := schema{}
	for _, call := range order {
		method, path, _ := strings.Cut(call, " ")
		item, there := paths[path].(schema)
		if !there {
			item = schema{}
			paths[path] = item
		}
		item[method] = w.operation(method, path, uses[call])
	}
	return paths
}

func (w *wire) operation(method, path string, uses []use) schema {
	first := w.entries["step."+uses[0].key()]
	id := uses[0].step
	var names []string
	provenance := schema{}
	for _, u := range uses {
		id += "." + u.service
		names = append(names, u.name)
		provenance[u.service] = w.entries["step."+u.key()].Provenance
	}
	operation := schema{
		"operationId":  id,
		"summary":      first.Meaning,
		"tags":         names,
		"x-provenance": provenance,
	}
	if parameters := w.parameters(method, path, uses); len(parameters) > 0 {
		operation["parameters"] = parameters
	}
	failure := w.component("error", w.failure())
	if host := w.host(uses[0]); host != "" {
		address := w.protocol.Get("host." + host)
		operation["servers"] = servers(address, "the same in both environments")
		if host == "kauth" {
			operation["security"] = []schema{}
			failure = w.component("oauth_error", w.oauthFailure())
		}
	}
	operation["responses"] = w.responses(uses, failure)
	if method == "post" {
		operation["requestBody"] = schema{"required": true, "content": schema{w.mediaType(uses[0]): schema{"schema": w.any(uses, "request", w.request)}}}
	}
	return operation
}

func (w *wire) responses(uses []use, failure schema) schema {
	if uses[0].step == "authorize" {
		return schema{
			"200": schema{"description": "a page for the user", "content": schema{"text/html": schema{}}},
			"302": schema{"description": "back to redirect_uri"},
		}
	}
	return schema{
		"200":     answer("the step was carried out", w.any(uses, "answer", w.answer)),
		"default": answer("a refusal: the code says what it means, the HTTP status does not", failure),
	}
}

func answer(description string, content schema) schema {
	return schema{"description": description, "content": schema{"application/json": schema{"schema": content}}}
}

// host is the name of another host than the service's own.
func (w *wire) host(u use) string {
	if words := w.protocol.List("step." + u.key()); len(words) == 3 {
		return words[1]
	}
	return ""
}

func (w *wire) mediaType(u use) string {
	if w.host(u) == "kauth" {
		return "application/x-www-form-urlencoded"
	}
	return "application/json"
}

// any is the schema of one of the uses. Uses that are alike share a component.
func (w *wire) any(uses []use, kind string, describe func(use) schema) schema {
	var described []schema
	var names []string
	for _, u := range uses {
		s := describe(u)
		i := slices.IndexFunc(described, func(other schema) bool { return reflect.DeepEqual(s, other) })
		if i < 0 {
			i = len(described)
			described, names = append(described, s), append(names, "")
		}
		names[i] += u.service + "."
	}
	var list []schema
	for i, s := range described {
		list = append(list, w.component(names[i]+uses[0].step+"."+kind, s))
	}
	if len(list) == 1 {
		return list[0]
	}
	return schema{"anyOf": list}
}

func (w *wire) component(name string, s schema) schema {
	w.schemas[name] = s
	return schema{"$ref": "#/components/schemas/" + name}
}

func (w *wire) parameters(method, path string, uses []use) []schema {
	var list []schema
	if strings.Contains(path, "{product}") {
		var codes []string
		for _, service := range services {
			if slices.ContainsFunc(uses, func(u use) bool { return u.service == service.key }) {
				for _, code := range service.products {
					codes = append(codes, code, code+"T")
				}
			}
		}
		list = append(list, schema{"name": "product", "in": "path", "required": true, "description": "with a T behind it on the test host", "schema": schema{"type": "string", "enum": codes}})
	}
	if uses[0].step == "prepare" && w.protocol.Get("place.settle_id") == "header" && w.host(uses[0]) == "" {
		list = append(list, schema{"name": w.protocol.Get("header.settle_id"), "in": "header", "required": true, "schema": text(1)})
	}
	switch {
	case uses[0].step == "authorize":
		for _, key := range []string{"client_id", "response_type", "redirect_uri", "state", "login_nonce", "code_challenge", "code_challenge_method", "kauth_tx_id", "prompt"} {
			list = append(list, w.query(key, true, text(1)))
		}
		for _, key := range []string{"scope", "login_hint", "channel_public_id", "service_terms", "device_type"} {
			list = append(list, w.query(key, false, text(1)))
		}
	case method == "get":
		list = append(list, w.query("tx_id", true, txID()))
	}
	return list
}

func (w *wire) query(key string, required bool, s schema) schema {
	entry := w.entries["field."+key]
	return schema{"name": w.protocol.Field(key), "in": "query", "required": required, "description": entry.Meaning, "schema": s, "x-provenance": entry.Provenance}
}
