package kakaocert

import (
	"net/http"
	"slices"
	"strings"
)

// messages are the fields that go together in one message. Under one name, only
// one of two would be sent.
var messages = [][]string{
	{"settle_id", "type", "name", "birthday", "phone_no", "ci", "enc_version"}, // prepare
	{
		"tx_id", "data", "document_type", "documents", "title", "desc", "request_type", "identify_items",
		"expires_in", "return_url", "extra_message", "session_expires_in",
	}, // request
	{"request_type", "request_organization", "receiver_name"}, // desc
	{"title", "document_type", "data"},                        // one of documents
	{"billing_organization", "bank_name", "account_number", "account_holder", "account_holder_birthday", "service_type"},
	{"client_id", "cert_type", "settle_id", "sign_data", "sign_identify_items", "tx_id"}, // prepare at kauth
	{
		"client_id", "redirect_uri", "response_type", "state", "login_nonce", "code_challenge", "code_challenge_method",
		"kauth_tx_id", "prompt", "scope", "login_hint", "channel_public_id", "service_terms", "device_type",
	}, // authorize
	{"state", "code", "oauth_error"}, // the callback
	{"grant_type", "client_id", "client_secret", "redirect_uri", "code", "code_verifier"}, // token
	{"tx_id", "window_error", "state"}, // the redirect of the window
}

// ownHeaders are those of a call that no settle_id may replace, and those that
// net/http does not send as they are given.
var ownHeaders = []string{
	"Authorization", "Target-Authorization", "Accept", "Accept-Encoding", "Content-Type", "User-Agent",
	"Host", "Content-Length", "Transfer-Encoding", "Trailer", "Connection",
}

// checkNames refuses two fields of one message under one name, and names that
// differ in capitals alone.
func (p *Protocol) checkNames(file protocolFile) error {
	for _, keys := range messages {
		for i, key := range keys {
			for _, other := range keys[:i] {
				if strings.EqualFold(p.Field(key), p.Field(other)) {
					return file.clash("field."+key, "field."+other)
				}
			}
		}
	}
	const header = "header.settle_id"
	if slices.Contains(ownHeaders, http.CanonicalHeaderKey(p.Get(header))) {
		return &ProtocolError{Line: file.lines[header], Key: header, Reason: "must not be a header that each call has"}
	}
	return nil
}

// clash blames the one of two keys that the file has, or has last.
func (file protocolFile) clash(key, other string) error {
	if file.lines[other] > file.lines[key] {
		key, other = other, key
	}
	return &ProtocolError{Line: file.lines[key], Key: key, Reason: "must not be the name of " + other + ", which is in the same message"}
}
