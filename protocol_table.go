package kakaocert

import (
	"regexp"
	"slices"
	"strings"
)

// protocolTable is the wire, line by line. Nothing else in the package spells
// a path, a field name or a value that a contract could change.
var protocolTable = []protocolRow{
	{"step.k1100.prepare", "POST /sign/v2/prepare/{product}", ProvenanceDoc, formStep, "prepare an identity check"},
	{"step.k1100.request", "POST /sign/v2/request", ProvenanceFieldOne, formStep, "send the request to the user"},
	{"step.k1100.status", "GET /sign/v2/status", ProvenanceFieldOne, formStep, "ask how far the user is; tx_id in the query"},
	{"step.k1100.verify", "GET /sign/v2/verify", ProvenanceFieldOne, formStep, "fetch the result, once; tx_id in the query"},
	{"step.k1100.signer", "GET /sign/v2/signer", ProvenanceAssumed, formStep, "fetch the signer's items; tx_id in the query"},
	{"step.k1400.status", "GET /sign/v2/status", ProvenanceAssumed, formStep, "standard window: ask how far the user is; tx_id in the query"},
	{"step.k1400.verify", "GET /sign/v2/verify", ProvenanceAssumed, formStep, "standard window: fetch the result, once; tx_id in the query"},
	{"step.k1400.signer", "GET /sign/v2/signer", ProvenanceAssumed, formStep, "standard window: fetch the signer's items; tx_id in the query"},
	{"step.k2100.prepare", "POST kauth /oauth/authorize/prepare", ProvenanceSDK, formPath, "prepare a login; a form"},
	{"step.k2100.authorize", "GET kauth /oauth/authorize", ProvenanceSDK, formPath, "where the browser goes; no call of ours"},
	{"step.k2100.token", "POST kauth /oauth/token", ProvenanceSDK, formPath, "exchange the code; a form"},
	{"step.k2100.verify", "GET /sign/v2/verify", ProvenanceAssumed, formPath, "fetch what was signed, once; tx_id in the query"},
	{"step.k2100.signer", "GET /sign/v2/signer", ProvenanceAssumed, formPath, "fetch the signer's items; tx_id in the query"},
	{"step.k2220.prepare", "POST /sign/v2/prepare/{product}", ProvenanceAssumed, formPath, "prepare a session of abbreviated signatures"},
	{"step.k2220.request", "POST /sign/v2/request", ProvenanceAssumed, formPath, "ready it for the app"},
	{"step.k2220.status", "GET kapi /v1/api/cert/sign/check_status", ProvenanceSDK, formPath, "ask how far the user is; tx_id in the query"},
	{"step.k2220.session", "GET kapi /v1/api/cert/sign/session_info", ProvenanceSDK, formPath, "ask about the session; tx_id in the query"},
	{"step.k2220.verify", "GET /sign/v2/verify", ProvenanceAssumed, formPath, "fetch the signed session, once; tx_id in the query"},
	{"step.k2220.signer", "GET /sign/v2/signer", ProvenanceAssumed, formPath, "fetch the signer's items; tx_id in the query"},
	{"step.k3100.prepare", "POST /sign/doc/v1/prepare/{product}", ProvenanceDoc, formStep, "prepare a withdrawal consent"},
	{"step.k3100.request", "POST /sign/doc/v1/request", ProvenanceAssumed, formStep, "send the request to the user"},
	{"step.k3100.status", "GET /sign/doc/v1/status", ProvenanceAssumed, formStep, "ask how far the user is; tx_id in the query"},
	{"step.k3100.verify", "GET /sign/doc/v1/verify", ProvenanceAssumed, formStep, "fetch the signature, once; tx_id in the query"},
	{"step.k3100.signer", "GET /sign/doc/v1/signer", ProvenanceAssumed, formStep, "fetch the signer's items; tx_id in the query"},
	{"step.k3500.prepare", "POST /sign/doc/v1/prepare/{product}", ProvenanceDoc, formStep, "prepare a signature"},
	{"step.k3500.request", "POST /sign/doc/v1/request", ProvenanceAssumed, formStep, "send the request to the user"},
	{"step.k3500.status", "GET /sign/doc/v1/status", ProvenanceAssumed, formStep, "ask how far the user is; tx_id in the query"},
	{"step.k3500.verify", "GET /sign/doc/v1/verify", ProvenanceAssumed, formStep, "fetch the signatures, once; tx_id in the query"},
	{"step.k3500.signer", "GET /sign/doc/v1/signer", ProvenanceAssumed, formStep, "fetch the signer's items; tx_id in the query"},

	{"host.kauth", "https://kauth.kakao.com", ProvenanceSDK, formHost, "login, in both environments; Config.BaseURL takes its place"},
	{"host.kapi", "https://kapi.kakao.com", ProvenanceSDK, formHost, "sessions, in both environments; Config.BaseURL takes its place"},

	{"field.settle_id", "settle_id", ProvenanceDoc, formName, "settlement unit from the contract"},
	{"place.settle_id", "body", ProvenanceDoc, formOf("body", "header"), "where prepare has settle_id; a sibling service has it in a header"},
	{"place.answer", "data", ProvenanceField, formPlaces, "objects in which an answer may have its fields, if not at the top; a name may be a path with dots"},
	{"header.settle_id", "settle-id", ProvenanceAssumed, formName, "the header's name, where settle_id is in one"},
	{"field.window_error", "error_code", ProvenanceDoc, formName, "K1400: the error with which the window sends the browser back"},
	{"field.type", "type", ProvenanceField, formName, "how the user is named"},
	{"field.name", "name", ProvenanceField, formSentNames, "the user's name, encrypted"},
	{"field.birthday", "birthday", ProvenanceField, formSentNames, "YYYYMMDD, encrypted"},
	{"field.phone_no", "phone_no", ProvenanceField, formName, "10 or 11 digits, encrypted"},
	{"field.ci", "ci", ProvenanceField, formSentNames, "CI, 88 characters of Base64, encrypted"},
	{"field.enc_version", "enc_version", ProvenanceField, formName, "number of the encryption key"},
	{"field.tx_id", "tx_id", ProvenanceDoc, formSentNames, "names the transaction"},
	{"field.data", "data", ProvenanceDoc, formName, "nonce, consent, text or hash"},
	{"field.document_type", "document_type", ProvenanceDoc, formName, "K3500: text or hash"},
	{"field.documents", "documents", ProvenanceAssumed, formName, "K3511, K3521: array of title, document_type, data"},
	{"field.title", "title", ProvenanceAssumed, formName, "what the user sees as the title"},
	{"field.desc", "desc", ProvenanceDoc, formName, "display data whose form the contract fixes"},
	{"field.request_type", "request_type", ProvenanceField, formName, "inside desc"},
	{"field.request_organization", "request_organization", ProvenanceField, formName, "inside desc"},
	{"field.receiver_name", "receiver_name", ProvenanceField, formName, "inside desc"},
	{"field.identify_items", "identify_items", ProvenanceDoc, formName, "items that signer info shall give"},
	{"field.expires_in", "expires_in", ProvenanceField, formName, "seconds the user has"},
	{"field.return_url", "return_url", ProvenanceField, formName, "app-to-app: where KakaoTalk returns to"},
	{"field.extra_message", "extra_message", ProvenanceField, formName, "the institution's own words to the user"},
	{"field.billing_organization", "billing_organization", ProvenanceAssumed, formName, "consent: 요금청구 기관명"},
	{"field.bank_name", "bank_name", ProvenanceAssumed, formName, "consent: 납부자 출금은행"},
	{"field.account_number", "account_number", ProvenanceAssumed, formName, "consent: 출금계좌번호"},
	{"field.account_holder", "account_holder", ProvenanceAssumed, formName, "consent: 예금주명"},
	{"field.account_holder_birthday", "account_holder_birthday", ProvenanceAssumed, formName, "consent: YYYYMMDD"},
	{"field.service_type", "service_type", ProvenanceAssumed, formName, "consent: CMS, FIRM or GIRO"},
	{"field.result", "result", ProvenanceField, formNames, "Y or N"},
	{"field.scheme", "scheme", ProvenanceField, formNames, "app-to-app: the app link, when it is there"},
	{"field.status", "status", ProvenanceField, formNames, "how far the user is"},
	{"field.created_at", "created_at", ProvenanceFieldOne, formNames, "UTC, ISO 8601, nullable"},
	{"field.viewed_at", "viewed_at", ProvenanceFieldOne, formNames, "the user has opened the message; UTC, ISO 8601, nullable"},
	{"field.requested_at", "requested_at", ProvenanceSDK, formNames, "UTC, ISO 8601, nullable"},
	{"field.request_expired_at", "request_expired_at expired_at", ProvenanceSDK, formNames, "UTC, ISO 8601, nullable; the second name FIELD-1"},
	{"field.signed_at", "signed_at completed_at", ProvenanceSDK, formNames, "UTC, ISO 8601, nullable; the second name FIELD-1"},
	{"field.nonce", "data signed_data request_token", ProvenanceField, formNames, "K1100 verify: the nonce in clear"},
	{"field.signed_data", "signed_data signed_document", ProvenanceField, formNames, "K3100, K3510, K3520 verify: Base64 of CMS SignedData"},
	{"field.signed_documents", "signed_documents", ProvenanceField, formNames, "K3511, K3521 verify: array in request order"},
	{"field.signed_document", "signed_document signed_data", ProvenanceField, formNames, "inside signed_documents: Base64 of CMS SignedData"},
	{"field.vid", "vid", ProvenanceField, formNames, "verify, by contract: VID as hex or Base64"},
	{"field.phone_number", "phone_number phone_no", ProvenanceField, formNames, "signer info: phone, encrypted"},
	{"field.client_id", "client_id", ProvenanceSDK, formName, "kauth: REST API key of an app; see login.client_id"},
	{"field.client_secret", "client_secret", ProvenanceAssumed, formName, "kauth, token: where the app has one"},
	{"field.cert_type", "cert_type", ProvenanceSDK, formName, "kauth, prepare: what is signed"},
	{"field.sign_data", "sign_data", ProvenanceSDK, formName, "kauth, prepare: what the user signs"},
	{"field.sign_identify_items", "sign_identify_items", ProvenanceSDK, formName, "kauth, prepare: items for signer info, with commas between"},
	{"field.kauth_tx_id", "kauth_tx_id", ProvenanceSDK, formSentNames, "kauth: names the prepared login"},
	{"field.response_type", "response_type", ProvenanceSDK, formName, "kauth, authorize: code (RFC 6749)"},
	{"field.redirect_uri", "redirect_uri", ProvenanceSDK, formName, "kauth: where the browser comes back (RFC 6749)"},
	{"field.state", "state", ProvenanceSDK, formName, "kauth, authorize: comes back unchanged (RFC 6749)"},
	{"field.login_nonce", "nonce", ProvenanceSDK, formName, "kauth, authorize: comes back in the ID token (OpenID Connect)"},
	{"field.code_challenge", "code_challenge", ProvenanceSDK, formName, "kauth, authorize: SHA-256 of the verifier (RFC 7636)"},
	{"field.code_challenge_method", "code_challenge_method", ProvenanceSDK, formName, "kauth, authorize: S256 (RFC 7636)"},
	{"field.prompt", "prompt", ProvenanceSDK, formName, "kauth, authorize: what the page shows"},
	{"field.scope", "scope", ProvenanceSDK, formName, "kauth, authorize: RFC 6749, where the caller asks for it"},
	{"field.login_hint", "login_hint", ProvenanceSDK, formName, "kauth, authorize: the user that the page proposes"},
	{"field.channel_public_id", "channel_public_id", ProvenanceSDK, formName, "kauth, authorize: the KakaoTalk channel"},
	{"field.service_terms", "service_terms", ProvenanceSDK, formName, "kauth, authorize: tags of terms, with commas between"},
	{"field.device_type", "device_type", ProvenanceSDK, formName, "kauth, authorize"},
	{"field.grant_type", "grant_type", ProvenanceSDK, formName, "kauth, token: authorization_code (RFC 6749)"},
	{"field.code", "code", ProvenanceSDK, formName, "kauth: the authorization code (RFC 6749)"},
	{"field.code_verifier", "code_verifier", ProvenanceSDK, formName, "kauth, token: what the challenge was made of (RFC 7636)"},
	{"field.access_token", "access_token", ProvenanceSDK, formNames, "kauth, token: RFC 6749"},
	{"field.refresh_token", "refresh_token", ProvenanceSDK, formNames, "kauth, token: RFC 6749"},
	{"field.id_token", "id_token", ProvenanceSDK, formNames, "kauth, token: OpenID Connect, where the app has it"},
	{"field.token_expires_in", "expires_in", ProvenanceSDK, formNames, "kauth, token: seconds that the access token lasts (RFC 6749)"},
	{"field.session_expires_in", "session_expires_in", ProvenanceAssumed, formName, "K2220, K3220 request: seconds that the session lasts"},
	{"field.user_id", "user_id", ProvenanceSDK, formNames, "session info: the user's number at Kakao"},
	{"field.session_start_at", "session_start_at", ProvenanceSDK, formNames, "session info: UTC, ISO 8601"},
	{"field.session_end_at", "session_end_at", ProvenanceSDK, formNames, "session info: UTC, ISO 8601"},
	{"field.signed_public_key", "public_key", ProvenanceAssumed, formNames, "signed session: the temporary key, Base64 of SubjectPublicKeyInfo or of the point"},
	{"field.signed_start_at", "session_start_at", ProvenanceAssumed, formNames, "signed session: UTC, ISO 8601"},
	{"field.signed_end_at", "session_end_at", ProvenanceAssumed, formNames, "signed session: UTC, ISO 8601"},
	{"field.oauth_error", "error", ProvenanceAssumed, formNames, "kauth: the code of an error (RFC 6749); before error_code"},
	{"field.oauth_error_message", "error_description", ProvenanceAssumed, formNames, "kauth: words (RFC 6749)"},
	{"field.error_code", "code error_code errorCode errcode error", ProvenanceAssumed, formNames, "error body: the code, text or number"},
	{"field.error_message", "message error_message errorMessage errmsg msg error_description error_detail", ProvenanceAssumed, formNames, "error body: words"},

	{"value.type.person", "PERSONAL_INFO", ProvenanceField, formValue, "user named by name, birthday and phone"},
	{"value.type.ci", "CI", ProvenanceAssumed, formValue, "user named by CI"},
	{"value.type.ci_phone", "CI_PHONE_NO", ProvenanceAssumed, formValue, "user named by CI and phone"},
	{"value.document_type.text", "TEXT", ProvenanceDoc, formValue, "the document itself is sent"},
	{"value.document_type.hash", "HASH", ProvenanceField, formValue, "only the document's SHA-256 is sent"},
	{"value.identify.ci", "CI", ProvenanceField, formValue, "identify item"},
	{"value.identify.name", "NAME", ProvenanceField, formValue, "identify item"},
	{"value.identify.birthday", "BIRTHDAY", ProvenanceField, formValue, "identify item"},
	{"value.identify.phone_number", "PHONE_NUMBER", ProvenanceField, formValue, "identify item"},
	{"value.identify.gender", "GENDER", ProvenanceFieldOne, formValue, "identify item"},
	{"value.cert_type.k2100", "k2100", ProvenanceSDK, formValue, "cert_type of a certified login"},
	{"value.prompt", "cert", ProvenanceSDK, formValue, "prompt of a certified login"},
	{"value.cert_type.k2220", "k2220", ProvenanceSDK, formValue, "cert_type of a session; the mobile SDK sends it"},
	{"value.login_identify.ci", "ci", ProvenanceSDK, formValue, "item of sign_identify_items"},
	{"value.login_identify.name", "name", ProvenanceSDK, formValue, "item of sign_identify_items"},
	{"value.login_identify.birthday", "birthday", ProvenanceSDK, formValue, "item of sign_identify_items"},
	{"value.login_identify.phone_number", "phone_number", ProvenanceSDK, formValue, "item of sign_identify_items"},
	{"value.status.prepared", "PREPARED", ProvenanceAssumed, formValue, "before request"},
	{"value.status.requested", "REQUESTED", ProvenanceField, formValue, "the user has been asked"},
	{"value.status.completed", "COMPLETED", ProvenanceField, formValue, "the user has signed"},
	{"value.status.expired", "EXPIRED", ProvenanceField, formValue, "the user let the time pass"},
	{"value.status.rejected", "REJECTED", ProvenanceAssumed, formValue, "the user declined"},
	{"status.terminal", "EXPIRED REJECTED", ProvenanceAssumed, formList, "statuses that end waiting without a signature"},
	{"error.verified_again", "E2003", ProvenanceAssumed, formValue, "code of a second verify"},

	{"cipher.mode", "ctr", ProvenanceField, formOf("ctr", "cbc", "gcm"), "AES-256 mode that the command and the examples use"},
	{"encoding.cipher", "base64", ProvenanceField, formEncoding, "text form of encrypted values"},
	{"encoding.hash", "base64", ProvenanceAssumed, formEncoding, "text form of a document's SHA-256"},
	{"encoding.enc_version", "number", ProvenanceAssumed, formOf("number", "text"), "JSON type of enc_version"},
	{"signed.consent", "ciphertext", ProvenanceAssumed, formOf("ciphertext", "plaintext"), "K3100: what CMS signs"},
	{"signed.login", "sign_data", ProvenanceAssumed, formOf("sign_data", "state"), "K2100: what CMS signs"},
	{"login.client_id", "institution", ProvenanceAssumed, formOf("institution", "dealer"), "K2100: whose REST API key client_id is"},
	{"count.text", "utf16", ProvenanceAssumed, formOf("utf16", "runes", "bytes"), "how the 3000 characters are counted"},
	{"app_link", "kakaotalk://me/cert/sign?tx_id={tx_id}", ProvenanceSDK, formLink, "app-to-app link where the answer has none"},
}

// alternatives are other values under which a step is known or likely, in the
// order in which to try them: what a program tries when the value of the table
// is not there. The first edition of what was known had the product code in
// every path.
func (row protocolRow) alternatives() []string {
	words := strings.Fields(row.value)
	path := words[len(words)-1]
	_, step, isStep := strings.Cut(strings.TrimPrefix(row.key, "step."), ".")
	if !isStep || !strings.HasPrefix(row.key, "step.") || len(words) != 2 || !strings.HasPrefix(path, "/sign/") || step == "prepare" {
		return nil
	}
	list := []string{row.value + productPart}
	if step == "signer" {
		for _, name := range []string{"signer_info", "signer-info", "user_info"} {
			other := strings.TrimSuffix(row.value, "signer") + name
			list = append(list, other, other+productPart)
		}
	}
	return list
}

// alternativesTo are the alternatives to a value, the default first where it is
// another.
func (row protocolRow) alternativesTo(value string) []string {
	list := row.alternatives()
	if value != row.value && list != nil {
		list = append([]string{row.value}, list...)
	}
	return slices.DeleteFunc(list, func(alternative string) bool { return alternative == value })
}

const productPart = "/{product}"

type protocolRow struct {
	key        string
	value      string
	provenance Provenance
	form       protocolForm
	meaning    string
}

var protocolRows = func() map[string]protocolRow {
	rows := make(map[string]protocolRow, len(protocolTable))
	for _, row := range protocolTable {
		rows[row.key] = row
	}
	return rows
}()

// protocolForm is what a value must look like.
type protocolForm struct {
	pattern *regexp.Regexp
	options []string
	reason  string
}

func (f protocolForm) check(value string) (reason string) {
	if f.options != nil && !slices.Contains(f.options, value) || f.pattern != nil && !f.pattern.MatchString(value) {
		return f.reason
	}
	return ""
}

func formLike(pattern, reason string) protocolForm {
	return protocolForm{pattern: regexp.MustCompile(pattern), reason: reason}
}

func formOf(options ...string) protocolForm {
	return protocolForm{options: options, reason: "is not one of: " + strings.Join(options, ", ")}
}

// A host's name is also the issuer of ID tokens, so that it has one spelling.
const (
	hostLabel  = `[a-z0-9]([a-z0-9-]*[a-z0-9])?`
	portNumber = `([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])`
)

var (
	formStep      = formLike(`^(GET|POST) /[A-Za-z0-9._~/-]*(\{product\}[A-Za-z0-9._~/-]*)?$`, "must be GET or POST, a space and a path, in which {product} may stand once")
	formPath      = formLike(`^(GET|POST) ((kauth|kapi) )?/[A-Za-z0-9._~/-]*(\{product\}[A-Za-z0-9._~/-]*)?$`, "must be GET or POST, kauth or kapi where the step is there, and a path, in which {product} may stand once")
	formHost      = formLike(`^https://`+hostLabel+`(\.`+hostLabel+`)*(:`+portNumber+`)?$`, "must be https and a host in small letters, without a dot or a slash at its end")
	formName      = formLike(`^[A-Za-z0-9_-]{1,64}$`, "must be a field name: letters, digits, _ and -")
	formNames     = formLike(`^[A-Za-z0-9_.-]{1,64}( [A-Za-z0-9_.-]{1,64})*$`, "must be field names with a space between; a name may be a path with dots")
	formSentNames = formLike(`^[A-Za-z0-9_-]{1,64}( [A-Za-z0-9_.-]{1,64})*$`, "must be field names with a space between, of which the first is sent and is no path")
	formPlaces    = formLike(`^[A-Za-z0-9_-]{1,64}(\.[A-Za-z0-9_-]{1,64})*( [A-Za-z0-9_-]{1,64}(\.[A-Za-z0-9_-]{1,64})*){0,7}$`, "must be at most 8 names of objects with a space between; a name may be a path with dots")
	formValue     = formLike(`^[A-Za-z0-9_.-]{1,64}$`, "is not a word")
	formList      = formLike(`^[A-Za-z0-9_.-]{1,64}( [A-Za-z0-9_.-]{1,64})*$`, "is not a list of words with a space between")
	formLink      = formLike(`^[a-z][a-z0-9+.-]*://[^\s{}]*\{tx_id\}[^\s{}]*$`, "is not a link with {tx_id}")
	formEncoding  = formOf("base64", "base64url", "hex")
)
