package kakaocerttest

import "github.com/kakaocert-go/kakaocert/internal/bilingual"

// loginWords are the texts of the page at which a user logs in.
var loginWords = bilingual.Table{
	"title":    {"모의 카카오 로그인", "Simulated Kakao login"},
	"who":      {"로그인할 사용자", "Who logs in"},
	"data":     {"서명할 내용", "What is signed"},
	"agree":    {"동의하고 로그인", "Agree and log in"},
	"cancel":   {"취소", "Cancel"},
	"waiting":  {"휴대전화에서 서명해 주십시오", "Please sign on the phone"},
	"refused":  {"이 사용자는 로그인할 수 없습니다", "This user cannot log in"},
	"window":   {"모의 카카오 인증 표준창", "Simulated Kakao standard window"},
	"subtitle": {"실제 서비스가 아닙니다. 테스트용 시뮬레이터입니다.", "Not the real service: a simulator for tests."},
}
