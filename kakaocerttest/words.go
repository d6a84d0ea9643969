package kakaocerttest

import (
	"net/http"
	"strings"
)

// words are the phone page's texts in one language.
type words struct {
	Lang string
	at   int // column of wordTable
}

// language is what the address asks for, else the browser's first choice of
// Korean and English, else Korean.
func language(r *http.Request) string {
	asked := r.URL.Query().Get("lang")
	if asked == "ko" || asked == "en" {
		return asked
	}
	for choice := range strings.SplitSeq(strings.ToLower(r.Header.Get("Accept-Language")), ",") {
		choice = strings.TrimSpace(choice)
		if strings.HasPrefix(choice, "ko") {
			return "ko"
		}
		if strings.HasPrefix(choice, "en") {
			return "en"
		}
	}
	return "ko"
}

func otherLanguage(lang string) string {
	if lang == "ko" {
		return "en"
	}
	return "ko"
}

func wordsOf(lang string) words {
	if lang == "en" {
		return words{Lang: lang, at: 1}
	}
	return words{Lang: lang}
}

// T returns the text under key, and the key itself where there is none.
func (w words) T(key string) string {
	if row, known := wordTable[key]; known {
		return row[w.at]
	}
	return key
}

var wordTable = map[string][2]string{
	"title":      {"모의 카카오톡 인증", "Simulated KakaoTalk phone"},
	"subtitle":   {"실제 서비스가 아닙니다. 테스트용 시뮬레이터입니다.", "Not the real service: a simulator for tests."},
	"other.lang": {"English", "한국어"},
	"k1100":      {"본인인증", "Identity"},
	"k2100":      {"인증 로그인", "Certified login"},
	"k2220":      {"축약서명", "Abbreviated signature"},
	"k3100":      {"출금동의", "Withdrawal consent"},
	"k3500":      {"전자서명", "Signature"},

	"phone":        {"휴대전화", "Phone"},
	"phone.empty":  {"대기 중인 요청이 없습니다", "Nothing waits to be signed"},
	"phone.wait":   {"클라이언트가 서명을 요청하면 여기에 자동으로 표시됩니다.", "What a client requests appears here by itself."},
	"phone.hint":   {"모든 사용자가 자동으로 응답합니다. 설정에서 ‘직접 응답’을 선택하면 이 화면에서 서명할 수 있습니다.", "All users answer by themselves. Set one to “by hand” to sign here."},
	"phone.call":   {"호출 주소", "Clients call"},
	"phone.more":   {"건이 더 대기 중입니다", "more are waiting"},
	"phone.done":   {"지난 요청", "Earlier requests"},
	"from":         {"요청기관", "From"},
	"for":          {"받는 사람", "For"},
	"documents":    {"문서", "Documents"},
	"hash":         {"문서의 해시값만 전달되었습니다", "Only the document's hash was sent"},
	"left":         {"남은 시간", "Time left"},
	"app":          {"앱투앱", "app-to-app"},
	"channel":      {"채널 메시지", "channel message"},
	"sign":         {"서명하기", "Sign"},
	"decline":      {"거절", "Decline"},
	"expire":       {"만료", "Expire"},
	"offline":      {"시뮬레이터와 연결이 끊겼습니다. 다시 연결하고 있습니다.", "No connection to the simulator. Trying again."},
	"refused":      {"처리되지 않았습니다", "Not done"},
	"answered":     {"이미 처리되었거나 만료된 요청입니다.", "This request was answered before, or has expired."},
	"back":         {"앱으로 돌아가기", "Back to the app"},
	"fetched":      {"결과 전달됨", "result fetched"},
	"untitled":     {"제목 없음", "No title"},
	"organization": {"기관명 없음", "Unnamed institution"},

	"login.title":   {"모의 카카오 로그인", "Simulated Kakao login"},
	"login.who":     {"로그인할 사용자", "Who logs in"},
	"login.data":    {"서명할 내용", "What is signed"},
	"login.agree":   {"동의하고 로그인", "Agree and log in"},
	"login.cancel":  {"취소", "Cancel"},
	"login.waiting": {"휴대전화에서 서명해 주십시오", "Please sign on the phone"},
	"login.refused": {"이 사용자는 로그인할 수 없습니다", "This user cannot log in"},

	"flow":        {"호출 흐름", "Flow"},
	"flow.empty":  {"아직 호출이 없습니다", "No call so far"},
	"reveal":      {"개인정보 보기", "Show personal data"},
	"flow.time":   {"시각(KST)", "Time (KST)"},
	"flow.step":   {"단계", "Step"},
	"flow.tx":     {"거래", "Transaction"},
	"flow.user":   {"사용자", "User"},
	"flow.answer": {"응답", "Answer"},

	"step.prepare":   {"준비", "prepare"},
	"step.authorize": {"로그인 화면", "login page"},
	"step.token":     {"토큰 발급", "token"},
	"step.request":   {"요청", "request"},
	"step.status":    {"상태조회", "status"},
	"step.verify":    {"검증", "verify"},
	"step.signer":    {"서명자 정보", "signer info"},
	"step.session":   {"세션 정보", "session info"},
	"step.order":     {"주문", "order"},
	"step.sign":      {"사용자 서명", "user signs"},
	"step.decline":   {"사용자 거절", "user declines"},
	"step.expire":    {"유효 시간 만료", "time runs out"},
	"step.":          {"모든 단계", "any step"},

	"panel":         {"설정", "Settings"},
	"users":         {"사용자", "Users"},
	"behaviour":     {"요청을 받으면", "When asked"},
	"clock":         {"시계", "Clock"},
	"clock.1m":      {"1분", "1 min"},
	"clock.10m":     {"10분", "10 min"},
	"clock.24h":     {"24시간", "24 h"},
	"faults":        {"장애", "Faults"},
	"faults.none":   {"설정된 장애가 없습니다", "Nothing is set to go wrong"},
	"faults.kind":   {"종류", "Kind"},
	"faults.times":  {"횟수", "Times"},
	"faults.add":    {"추가", "Add"},
	"faults.clear":  {"모두 삭제", "Clear all"},
	"faults.always": {"계속", "always"},

	"behave.manual":         {"직접 응답 (이 화면에서)", "by hand (on this page)"},
	"behave.sign":           {"바로 서명", "signs at once"},
	"behave.sign:3s":        {"3초 뒤 서명", "signs after 3 s"},
	"behave.refuse:3s":      {"3초 뒤 거절", "declines after 3 s"},
	"behave.ignore":         {"응답하지 않음", "ignores it"},
	"behave.dormant":        {"휴면 계정 (E2005)", "dormant account (E2005)"},
	"behave.foreign":        {"해외 번호 (E1001)", "foreign number (E1001)"},
	"behave.no_certificate": {"인증서 없음 (E2001)", "no certificate (E2001)"},

	"group.connection": {"연결", "Connection"},
	"group.answer":     {"응답", "Answer"},
	"group.login":      {"로그인과 축약서명", "Logins and sessions"},
	"group.signature":  {"서명", "Signature"},

	"kind.refuse":              {"연결 거부", "connection refused"},
	"kind.drop_before":         {"처리 전 연결 끊김", "dropped before the work"},
	"kind.drop_after":          {"처리 후 연결 끊김 (응답 유실)", "dropped after the work (lost answer)"},
	"kind.cut_body":            {"응답 본문 도중 연결 끊김", "cut in the middle of the body"},
	"kind.slow":                {"응답 지연 (3초)", "slow (3 s)"},
	"kind.trickle":             {"조금씩 느리게 전송", "trickle"},
	"kind.too_many_requests":   {"요청 과다 (429)", "too many requests (429)"},
	"kind.unavailable":         {"서비스 이용 불가 (503)", "unavailable (503)"},
	"kind.internal_error":      {"E0001 내부 오류", "E0001 internal error"},
	"kind.maintenance":         {"E0002 점검 중", "E0002 maintenance"},
	"kind.bad_gateway":         {"HTML 오류 페이지 (502)", "page of HTML (502)"},
	"kind.broken_json":         {"깨진 JSON", "broken JSON"},
	"kind.oversized":           {"지나치게 큰 응답", "answer too large"},
	"kind.wrong_state":         {"다른 로그인의 state", "another login's state"},
	"kind.used_code":           {"이미 사용한 인가 코드", "code used before"},
	"kind.expired_session":     {"만료된 축약서명 세션", "session that has ended"},
	"kind.wrong_key":           {"다른 키의 서명", "signed with another key"},
	"kind.replay":              {"같은 주문 재전송", "same order again"},
	"kind.wrong_vid":           {"잘못된 VID", "wrong VID"},
	"kind.another_user":        {"다른 사람의 서명", "another user's signature"},
	"kind.another_document":    {"다른 문서의 서명", "another document's signature"},
	"kind.swapped_pair":        {"두 문서의 서명이 뒤바뀜", "swapped pair"},
	"kind.expired_certificate": {"만료된 인증서", "expired certificate"},
	"kind.revoked_certificate": {"폐기된 인증서", "revoked certificate"},

	"session.length": {"세션 유효 시간", "Session length"},
	"session.key":    {"임시 공개키", "Temporary key"},
	"until":          {"까지", "until"},

	"consent.billing_organization":    {"요금청구 기관명", "Billing organisation"},
	"consent.bank_name":               {"납부자 출금은행", "Bank"},
	"consent.account_number":          {"출금계좌번호", "Account number"},
	"consent.account_holder":          {"예금주명", "Account holder"},
	"consent.account_holder_birthday": {"예금주 생년월일", "Holder's birthday"},
	"consent.service_type":            {"서비스 유형", "Service type"},
}
