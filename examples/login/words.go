package main

import (
	"github.com/kakaocert-go/kakaocert/examples/internal/front"
	"github.com/kakaocert-go/kakaocert/internal/bilingual"
)

// words are the page's texts. A message has two: what it is, and what to do.
var words = front.Words(bilingual.Table{
	"title":        {"카카오 인증 로그인", "Log in with Kakao certificate"},
	"text":         {"카카오톡에서 서명하면 로그인됩니다. 비밀번호는 필요 없습니다.", "Sign in KakaoTalk, and you are logged in. You need no password."},
	"login":        {"카카오 인증 로그인", "Log in with Kakao"},
	"logout":       {"로그아웃", "Log out"},
	"welcome":      {"님, 안녕하세요", "Welcome,"},
	"welcome.text": {"카카오 인증서로 로그인했습니다.", "You have logged in with your Kakao certificate."},
	"simulator":    {"지금은 시뮬레이터입니다. 로그인하는 동안 모의 휴대전화에서 서명합니다.", "This is a simulator: while you log in, you sign on the simulated phone."},
	"phone":        {"모의 휴대전화 열기 (새 탭)", "Open the phone (new tab)"},

	"cancelled":      {"로그인을 취소했습니다", "You have cancelled the login"},
	"cancelled.text": {"아무것도 서명되지 않았습니다. 다시 시작할 수 있습니다.", "Nothing was signed. You can start again."},
	"over":           {"로그인 시간이 지났습니다", "The time to log in is over"},
	"over.text":      {"다시 로그인해 주세요.", "Please log in again."},
	"foreign":        {"이 브라우저에서 시작한 로그인이 아닙니다", "This login was not started in this browser"},
	"foreign.text":   {"다시 로그인해 주세요. 다른 사람이 보낸 로그인 링크는 열지 마세요.", "Please log in again. Do not open login links that somebody sent you."},
	"lost":           {"로그인을 마치지 못했습니다", "The login could not be completed"},
	"lost.text":      {"다시 로그인해 주세요.", "Please log in again."},
	"trouble":        {"지금은 로그인할 수 없습니다", "You cannot log in at the moment"},
	"trouble.text":   {"고객님의 잘못이 아닙니다. 잠시 후 다시 시도해 주세요.", "It is not your fault. Please try again in a moment."},
	"security":       {"로그인 서명을 확인할 수 없습니다", "The signature of this login cannot be accepted"},
	"security.text":  {"안전을 위해 로그인을 중단했습니다. 도움이 필요하면 고객센터로 문의해 주세요.", "We have stopped the login to protect you. If you need help, please contact us."},
})
