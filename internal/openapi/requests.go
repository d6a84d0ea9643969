package openapi

import "strings"

// fields are the members of an object, by their keys in the Protocol.
type fields map[string]schema

func text(shortest int) schema { return schema{"type": "string", "minLength": shortest} }

func txID() schema { return schema{"type": "string", "pattern": "^[!-~]{1,128}$"} }

func oneOf(values ...string) schema { return schema{"type": "string", "enum": values} }

const base64Pattern = "^[A-Za-z0-9+/_-]+={0,2}$"

// encrypted is the text form of what was encrypted.
func (w *wire) encrypted() schema {
	if w.protocol.Get("encoding.cipher") == "hex" {
		return schema{"type": "string", "pattern": "^([0-9A-Fa-f]{2})+$"}
	}
	return schema{"type": "string", "pattern": base64Pattern}
}

// sent is an object that a client sends: each field under the name that is
// sent. A contract may have further ones.
func (w *wire) sent(required []string, members ...fields) schema {
	properties, names := schema{}, []string{}
	for _, group := range members {
		for key, s := range group {
			properties[w.protocol.Field(key)] = w.described(key, s)
		}
	}
	for _, key := range required {
		names = append(names, w.protocol.Field(key))
	}
	return schema{"type": "object", "properties": properties, "required": names}
}

func (w *wire) described(key string, s schema) schema {
	entry := w.entries["field."+key]
	described := schema{"description": entry.Meaning, "x-provenance": entry.Provenance}
	for name, value := range s {
		described[name] = value
	}
	return described
}

func (w *wire) request(u use) schema {
	switch {
	case w.host(u) == "kauth" && u.step == "prepare":
		return w.sent([]string{"client_id", "cert_type", "settle_id", "sign_data"}, fields{
			"client_id": text(1), "settle_id": text(1), "sign_data": text(1), "sign_identify_items": text(1), "tx_id": txID(),
			"cert_type": oneOf(w.protocol.Get("value.cert_type.k2100"), w.protocol.Get("value.cert_type.k2220")),
		})
	case u.step == "token":
		return w.sent([]string{"grant_type", "client_id", "redirect_uri", "code", "code_verifier"}, fields{
			"grant_type": oneOf("authorization_code"), "client_id": text(1), "client_secret": text(0), "redirect_uri": text(1),
			"code": text(1), "code_verifier": {"type": "string", "pattern": "^[A-Za-z0-9._~-]{43,128}$"},
		})
	case u.step == "prepare":
		return w.prepare()
	}
	return w.ask(u)
}

// prepare names the user in one of three ways.
func (w *wire) prepare() schema {
	version := schema{"type": "integer", "minimum": 1}
	if w.protocol.Get("encoding.enc_version") == "text" {
		version = schema{"type": "string", "pattern": "^[1-9][0-9]*$"}
	}
	always, required := fields{"enc_version": version}, []string{"type"}
	if w.protocol.Get("place.settle_id") == "body" {
		always["settle_id"] = text(1)
		required = append(required, "settle_id")
	}
	by := func(kind string, keys ...string) schema {
		named := fields{"type": {"const": w.protocol.Get("value.type." + kind)}}
		for _, key := range keys {
			named[key] = w.encrypted()
		}
		return w.sent(append(keys, required...), always, named)
	}
	return schema{"oneOf": []schema{by("person", "name", "birthday", "phone_no"), by("ci", "ci"), by("ci_phone", "ci", "phone_no")}}
}

// ask is the body of request.
func (w *wire) ask(u use) schema {
	common := fields{
		"tx_id": txID(), "title": text(1), "desc": {}, "extra_message": text(1), "return_url": text(1),
		"expires_in":     {"type": "integer", "minimum": 1},
		"identify_items": {"type": "array", "uniqueItems": true, "minItems": 1, "items": schema{"type": "string", "pattern": "^[A-Za-z0-9_-]+$"}},
	}
	document := fields{
		"document_type": oneOf(w.protocol.Get("value.document_type.text"), w.protocol.Get("value.document_type.hash")),
		"data":          {"type": "string", "minLength": 1, "maxLength": 3000},
	}
	switch u.service {
	case "k1100":
		return w.sent([]string{"tx_id", "data"}, common, fields{"data": {"type": "string", "minLength": 1, "maxLength": 40}})
	case "k2220":
		return w.sent([]string{"tx_id", "session_expires_in"}, common, fields{"session_expires_in": {"type": "integer", "minimum": 6 * 60 * 60, "maximum": 48 * 60 * 60}})
	case "k3100":
		consent := w.sent([]string{"tx_id", "data"}, common, fields{"data": w.encrypted()})
		consent["not"] = schema{"anyOf": []schema{ // that is a signature's request, on the same path
			{"required": []string{w.protocol.Field("document_type")}}, {"required": []string{w.protocol.Field("documents")}},
		}}
		return consent
	}
	each := w.sent([]string{"title", "document_type", "data"}, fields{"title": text(1)}, document)
	several := fields{"documents": {"type": "array", "minItems": 2, "maxItems": 200, "items": each}}
	return schema{"oneOf": []schema{
		w.sent([]string{"tx_id", "document_type", "data"}, common, document),
		w.sent([]string{"tx_id", "documents"}, common, several),
	}}
}

// plainNames are the names under which a field comes in an answer, without
// those that are paths.
func (w *wire) plainNames(key string) []string {
	var names []string
	for _, name := range w.protocol.List("field." + key) {
		if !strings.Contains(name, ".") {
			names = append(names, name)
		}
	}
	return names
}
