package openapi

import (
	"maps"
	"slices"

	"github.com/kakaocert-go/kakaocert"
)

// answered is an object that a host answers with. Each required field comes
// under one of its names; further fields are not an error.
func (w *wire) answered(required []string, members ...fields) schema {
	properties, demands := schema{}, []schema{}
	for _, group := range members {
		for _, key := range slices.Sorted(maps.Keys(group)) { // the first with a name keeps it
			for _, name := range w.plainNames(key) {
				if _, taken := properties[name]; !taken {
					properties[name] = w.described(key, group[key])
				}
			}
		}
	}
	for _, key := range required {
		var one []schema
		for _, name := range w.plainNames(key) {
			one = append(one, schema{"required": []string{name}})
		}
		if one != nil {
			demands = append(demands, schema{"anyOf": one})
		}
	}
	object := schema{"type": "object", "properties": properties}
	if len(demands) > 0 {
		object["allOf"] = demands
	}
	return object
}

// moment is a point in time, which may be absent as null.
func moment(types ...string) schema {
	return schema{"type": append([]string{"string"}, types...), "format": "date-time"}
}

func signature() schema {
	return schema{"type": "string", "minLength": 4, "pattern": `^[A-Za-z0-9+/_=\s-]+$`, "contentEncoding": "base64", "contentMediaType": "application/cms"}
}

func (w *wire) answer(u use) schema {
	switch u.step {
	case "prepare":
		if w.host(u) == "kauth" {
			return w.answered([]string{"kauth_tx_id"}, fields{"kauth_tx_id": txID()})
		}
		return w.answered([]string{"tx_id"}, fields{"tx_id": txID()})
	case "token":
		return w.answered([]string{"tx_id"}, fields{
			"tx_id": txID(), "access_token": text(1), "refresh_token": text(1), "id_token": text(1), "token_expires_in": {"type": "integer", "minimum": 0},
		})
	case "request":
		return w.answered([]string{"tx_id", "result"}, fields{"tx_id": txID(), "result": oneOf("Y", "N"), "scheme": text(1)})
	case "status":
		times := fields{"tx_id": txID(), "status": text(1)}
		for _, key := range []string{"created_at", "viewed_at", "requested_at", "request_expired_at", "signed_at"} {
			times[key] = moment("null")
		}
		return w.answered([]string{"status"}, times)
	case "session":
		return w.answered([]string{"session_start_at", "session_end_at"}, fields{
			"tx_id": txID(), "user_id": {"type": []string{"integer", "string"}}, "session_start_at": moment(), "session_end_at": moment(),
		})
	case "verify":
		return w.verified(u)
	}
	return w.answered(nil, fields{
		"tx_id": txID(), "ci": w.encrypted(), "name": w.encrypted(), "birthday": w.encrypted(), "phone_number": w.encrypted(),
	})
}

// verified has, where the user has signed, what the service gives.
func (w *wire) verified(u use) schema {
	common := fields{
		"tx_id": txID(), "result": oneOf("Y"), "status": text(1), "ci": w.encrypted(),
		"vid": {"type": "string", "pattern": "^([0-9A-Fa-f]{64}|[A-Za-z0-9+/_-]{43}=?)$"},
	}
	refused := w.answered([]string{"result"}, fields{"tx_id": txID(), "result": oneOf("N"), "status": text(1)})
	var signed schema
	switch u.service {
	case "k1100", "k1400":
		signed = w.answered([]string{"result", "nonce"}, common, fields{"nonce": text(1)})
	case "k3500":
		one := w.answered([]string{"result", "signed_data"}, common, fields{"signed_data": signature()})
		each := w.answered([]string{"signed_document"}, fields{"signed_document": signature()})
		several := w.answered([]string{"result", "signed_documents"}, common, fields{"signed_documents": {"type": "array", "minItems": 2, "maxItems": 200, "items": each}})
		return schema{"anyOf": []schema{one, several, refused}}
	default:
		signed = w.answered([]string{"result", "signed_data"}, common, fields{"signed_data": signature()})
	}
	return schema{"anyOf": []schema{signed, refused}}
}

func (w *wire) failure() schema {
	return w.answered([]string{"error_code"}, fields{
		"error_code":    {"type": []string{"string", "integer"}, "examples": []string{"E2001"}},
		"error_message": {"type": "string"},
	})
}

// oauthFailure is kauth's, in the form of OAuth (RFC 6749 section 5.2), or the
// service's own.
func (w *wire) oauthFailure() schema {
	oauth := w.answered([]string{"oauth_error"}, fields{"oauth_error": text(1), "oauth_error_message": {"type": "string"}})
	oauth["properties"].(schema)["error_code"] = schema{"type": "string", "description": "kauth's own code, such as KOE320", "x-provenance": kakaocert.ProvenanceAssumed}
	return schema{"anyOf": []schema{oauth, w.failure()}}
}
