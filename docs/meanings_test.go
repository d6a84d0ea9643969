package docs

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kakaocert-go/kakaocert"
)

// TestMeanings_EveryLineOfTheProtocolHasOne also finds the Korean meaning of a
// line that no longer exists.
func TestMeanings_EveryLineOfTheProtocolHasOne(t *testing.T) {
	t.Parallel()
	lines := make(map[string]bool)
	for _, entry := range kakaocert.DefaultProtocol().Entries() {
		lines[entry.Key] = true
		assert.NotEmpty(t, koreanMeanings[entry.Key], "%s: add its Korean meaning to koreanMeanings", entry.Key)
	}
	for key := range koreanMeanings {
		assert.True(t, lines[key], "%s: not in the protocol", key)
	}
}

// koreanMeanings are the meanings of the protocol's lines in Korean, for
// docs/assumptions.ko.md.
var koreanMeanings = map[string]string{
	"step.k1100.prepare":   "본인인증 준비",
	"step.k1100.request":   "사용자에게 요청 전송",
	"step.k1100.status":    "진행 상태 조회. 쿼리에 tx_id",
	"step.k1100.verify":    "결과를 한 번만 받음. 쿼리에 tx_id",
	"step.k1100.signer":    "서명자 정보를 받음. 쿼리에 tx_id",
	"step.k1400.status":    "인증 표준창: 진행 상태 조회. 쿼리에 tx_id",
	"step.k1400.verify":    "인증 표준창: 결과를 한 번만 받음. 쿼리에 tx_id",
	"step.k1400.signer":    "인증 표준창: 서명자 정보를 받음. 쿼리에 tx_id",
	"step.k2100.prepare":   "로그인 준비. 폼 형식",
	"step.k2100.authorize": "브라우저가 이동하는 주소. SDK는 호출하지 않음",
	"step.k2100.token":     "인가 코드를 토큰으로 교환. 폼 형식",
	"step.k2100.verify":    "서명한 내용을 한 번만 받음. 쿼리에 tx_id",
	"step.k2100.signer":    "서명자 정보를 받음. 쿼리에 tx_id",
	"step.k2220.prepare":   "축약서명 세션 준비",
	"step.k2220.request":   "앱이 서명할 수 있게 함",
	"step.k2220.status":    "진행 상태 조회. 쿼리에 tx_id",
	"step.k2220.verify":    "서명된 세션을 한 번만 받음. 쿼리에 tx_id",
	"step.k2220.signer":    "서명자 정보를 받음. 쿼리에 tx_id",
	"step.k2220.session":   "세션 정보 조회. 쿼리에 tx_id",
	"step.k3100.prepare":   "출금동의 준비",
	"step.k3100.request":   "사용자에게 요청 전송",
	"step.k3100.status":    "진행 상태 조회. 쿼리에 tx_id",
	"step.k3100.verify":    "서명을 한 번만 받음. 쿼리에 tx_id",
	"step.k3100.signer":    "서명자 정보를 받음. 쿼리에 tx_id",
	"step.k3500.prepare":   "전자서명 준비",
	"step.k3500.request":   "사용자에게 요청 전송",
	"step.k3500.status":    "진행 상태 조회. 쿼리에 tx_id",
	"step.k3500.verify":    "서명을 한 번만 받음. 쿼리에 tx_id",
	"step.k3500.signer":    "서명자 정보를 받음. 쿼리에 tx_id",

	"host.kauth": "로그인 서버. 테스트와 운영 환경에서 같음. Config.BaseURL이 있으면 그 주소로 바뀜",
	"host.kapi":  "세션 서버. 테스트와 운영 환경에서 같음. Config.BaseURL이 있으면 그 주소로 바뀜",

	"place.answer":     "응답의 필드가 최상위에 없을 때 필드가 있는 객체. 점이 있는 경로도 가능",
	"place.settle_id":  "준비(prepare)에서 settle_id의 위치. 같은 계열의 한 서비스는 헤더를 사용",
	"header.settle_id": "settle_id를 헤더로 보낼 때의 헤더 이름",

	"field.settle_id":            "계약의 정산 단위",
	"field.window_error":         "K1400: 표준창이 브라우저를 돌려보낼 때의 오류",
	"field.tx_id":                "거래를 구별하는 값",
	"field.data":                 "nonce, 출금동의, 문서 또는 해시",
	"field.document_type":        "K3500: 문서 자체 또는 해시",
	"field.desc":                 "계약에서 형식을 정하는 표시 데이터",
	"field.identify_items":       "서명자 정보로 받을 식별 항목",
	"field.type":                 "사용자를 지정하는 방법",
	"field.name":                 "사용자의 이름, 암호화",
	"field.birthday":             "YYYYMMDD, 암호화",
	"field.phone_no":             "숫자 10자리 또는 11자리, 암호화",
	"field.ci":                   "CI, Base64 88자, 암호화",
	"field.enc_version":          "암호화 키의 번호",
	"field.request_type":         "desc 안의 값",
	"field.request_organization": "desc 안의 값",
	"field.receiver_name":        "desc 안의 값",
	"field.expires_in":           "사용자가 서명할 수 있는 시간(초)",
	"field.return_url":           "앱투앱: 카카오톡이 돌아올 주소",
	"field.extra_message":        "이용기관이 사용자에게 전하는 말",
	"field.result":               "Y 또는 N",
	"field.scheme":               "앱투앱: 앱 링크. 없을 수도 있음",
	"field.status":               "사용자의 진행 상태",
	"field.nonce":                "K1100 검증(verify): 평문 nonce",
	"field.signed_data":          "K3100, K3510, K3520 검증(verify): CMS SignedData의 Base64",
	"field.signed_documents":     "K3511, K3521 검증(verify): 요청 순서대로의 배열",
	"field.signed_document":      "signed_documents 안의 값: CMS SignedData의 Base64",
	"field.vid":                  "검증(verify), 계약에 따라: 16진수 또는 Base64로 나타낸 VID",
	"field.phone_number":         "서명자 정보: 전화번호, 암호화",
	"field.requested_at":         "UTC, ISO 8601, null 가능",
	"field.request_expired_at":   "UTC, ISO 8601, null 가능. 두 번째 이름은 FIELD-1",
	"field.signed_at":            "UTC, ISO 8601, null 가능. 두 번째 이름은 FIELD-1",
	"field.created_at":           "UTC, ISO 8601, null 가능",
	"field.viewed_at":            "사용자가 메시지를 연 시각. UTC, ISO 8601, null 가능",
	"field.documents":            "K3511, K3521: title, document_type, data의 배열",
	"field.title":                "사용자에게 보이는 제목",

	"field.billing_organization":    "출금동의: 요금청구 기관명",
	"field.bank_name":               "출금동의: 납부자 출금은행",
	"field.account_number":          "출금동의: 출금계좌번호",
	"field.account_holder":          "출금동의: 예금주명",
	"field.account_holder_birthday": "출금동의: YYYYMMDD",
	"field.service_type":            "출금동의: CMS, FIRM 또는 GIRO",

	"field.client_id":             "kauth: 앱의 REST API 키. login.client_id 참고",
	"field.client_secret":         "kauth, token: 앱에 설정되어 있을 때",
	"field.cert_type":             "kauth, prepare: 서명하는 대상",
	"field.sign_data":             "kauth, prepare: 사용자가 서명할 데이터",
	"field.sign_identify_items":   "kauth, prepare: 서명자 정보의 식별 항목. 쉼표로 구분",
	"field.kauth_tx_id":           "kauth: 준비된 로그인을 구별하는 값",
	"field.response_type":         "kauth, authorize: code (RFC 6749)",
	"field.redirect_uri":          "kauth: 브라우저가 돌아올 주소 (RFC 6749)",
	"field.state":                 "kauth, authorize: 그대로 돌아오는 값 (RFC 6749)",
	"field.login_nonce":           "kauth, authorize: ID 토큰에 담겨 돌아오는 값 (OpenID Connect)",
	"field.code_challenge":        "kauth, authorize: verifier의 SHA-256 (RFC 7636)",
	"field.code_challenge_method": "kauth, authorize: S256 (RFC 7636)",
	"field.prompt":                "kauth, authorize: 페이지가 보여 줄 것",
	"field.scope":                 "kauth, authorize: RFC 6749. 호출자가 지정할 때",
	"field.login_hint":            "kauth, authorize: 페이지가 제안할 사용자",
	"field.channel_public_id":     "kauth, authorize: 카카오톡 채널",
	"field.service_terms":         "kauth, authorize: 약관 태그. 쉼표로 구분",
	"field.device_type":           "kauth, authorize",
	"field.grant_type":            "kauth, token: authorization_code (RFC 6749)",
	"field.code":                  "kauth: 인가 코드 (RFC 6749)",
	"field.code_verifier":         "kauth, token: challenge의 바탕이 된 값 (RFC 7636)",
	"field.access_token":          "kauth, token: RFC 6749",
	"field.refresh_token":         "kauth, token: RFC 6749",
	"field.id_token":              "kauth, token: OpenID Connect. 앱에 설정되어 있을 때",
	"field.token_expires_in":      "kauth, token: 액세스 토큰의 유효 시간(초) (RFC 6749)",
	"field.oauth_error":           "kauth: 오류 코드 (RFC 6749). error_code보다 우선",
	"field.oauth_error_message":   "kauth: 오류 문구 (RFC 6749)",

	"field.user_id":            "세션 정보: 카카오의 사용자 번호",
	"field.session_start_at":   "세션 정보: UTC, ISO 8601",
	"field.session_end_at":     "세션 정보: UTC, ISO 8601",
	"field.session_expires_in": "K2220, K3220 요청(request): 세션의 유효 시간(초)",
	"field.signed_public_key":  "서명된 세션: 임시 키. SubjectPublicKeyInfo 또는 점의 Base64",
	"field.signed_start_at":    "서명된 세션: UTC, ISO 8601",
	"field.signed_end_at":      "서명된 세션: UTC, ISO 8601",

	"field.error_code":    "오류 본문: 코드. 문자열 또는 숫자",
	"field.error_message": "오류 본문: 문구",

	"value.type.person":                 "이름, 생년월일, 전화번호로 지정한 사용자",
	"value.type.ci":                     "CI로 지정한 사용자",
	"value.type.ci_phone":               "CI와 전화번호로 지정한 사용자",
	"value.document_type.text":          "문서 자체를 보냄",
	"value.document_type.hash":          "문서의 SHA-256만 보냄",
	"value.identify.ci":                 "식별 항목",
	"value.identify.name":               "식별 항목",
	"value.identify.birthday":           "식별 항목",
	"value.identify.phone_number":       "식별 항목",
	"value.identify.gender":             "식별 항목",
	"value.status.prepared":             "요청(request) 전",
	"value.status.requested":            "사용자에게 요청함",
	"value.status.completed":            "사용자가 서명함",
	"value.status.expired":              "유효 시간이 지남",
	"value.status.rejected":             "사용자가 거절함",
	"status.terminal":                   "서명 없이 대기를 끝내는 상태",
	"value.cert_type.k2100":             "인증 로그인의 cert_type",
	"value.cert_type.k2220":             "세션의 cert_type. 모바일 SDK가 보냄",
	"value.prompt":                      "인증 로그인의 prompt",
	"value.login_identify.ci":           "sign_identify_items의 항목",
	"value.login_identify.name":         "sign_identify_items의 항목",
	"value.login_identify.birthday":     "sign_identify_items의 항목",
	"value.login_identify.phone_number": "sign_identify_items의 항목",

	"app_link":             "응답에 앱 링크가 없을 때의 앱투앱 링크",
	"cipher.mode":          "명령과 예제가 사용하는 AES-256 모드",
	"encoding.cipher":      "암호화한 값의 텍스트 형식",
	"encoding.hash":        "문서 SHA-256의 텍스트 형식",
	"encoding.enc_version": "enc_version의 JSON 타입",
	"error.verified_again": "두 번째 검증(verify)의 코드",
	"signed.consent":       "K3100: CMS가 서명하는 대상",
	"signed.login":         "K2100: CMS가 서명하는 대상",
	"login.client_id":      "K2100: client_id로 쓰는 REST API 키의 주인",
	"count.text":           "3000자를 세는 방법",
}
