package main

import (
	"github.com/kakaocert-go/kakaocert/examples/internal/front"
	"github.com/kakaocert-go/kakaocert/internal/bilingual"
)

// words are the page's texts. A message has two: what it is, and what to do.
var words = front.Words(bilingual.Table{
	"title":     {"카카오 본인인증", "Prove who you are with Kakao"},
	"text":      {"카카오 인증 표준창에서 이름과 전화번호를 입력하거나 QR 코드를 스캔하고, 휴대전화에서 서명합니다.", "Enter your name and phone number in Kakao's window, or scan its QR code, and sign on your phone."},
	"open":      {"카카오 인증 표준창 열기", "Open Kakao's window"},
	"end":       {"처음으로", "Start again"},
	"proved":    {"님, 본인인증이 완료되었습니다", "You have proved who you are,"},
	"proved.to": {"이제 업무를 계속할 수 있습니다.", "You can go on with your business now."},
	"noscript":  {"이 페이지에는 자바스크립트가 필요합니다.", "This page needs JavaScript."},
	"simulator": {"지금은 시뮬레이터입니다. 모의 표준창에서 동의한 뒤 모의 휴대전화에서 서명합니다.", "This is a simulator: you agree in its window, and sign on the simulated phone."},
	"phone":     {"모의 휴대전화 열기 (새 탭)", "Open the phone (new tab)"},

	"unopened":      {"인증 창을 열 수 없습니다", "The window cannot be opened"},
	"unopened.text": {"잠시 후 다시 시도해 주세요.", "Please try again in a moment."},
	"ended":         {"본인인증을 마치지 않았습니다", "You have not proved who you are"},
	"ended.text":    {"아무것도 서명되지 않았습니다. 다시 시작할 수 있습니다.", "Nothing was signed. You can start again."},
	"over":          {"인증 시간이 지났습니다", "The time to prove who you are is over"},
	"over.text":     {"다시 시작해 주세요.", "Please start again."},
	"foreign":       {"이 브라우저에서 시작한 인증이 아닙니다", "This was not started in this browser"},
	"foreign.text":  {"다시 시작해 주세요. 다른 사람이 보낸 인증 링크는 열지 마세요.", "Please start again. Do not open links of this kind that somebody sent you."},
	"lost":          {"본인인증을 마치지 못했습니다", "This could not be completed"},
	"lost.text":     {"다시 시작해 주세요.", "Please start again."},
	"trouble":       {"지금은 본인인증을 할 수 없습니다", "This is not possible at the moment"},
	"trouble.text":  {"고객님의 잘못이 아닙니다. 잠시 후 다시 시도해 주세요.", "It is not your fault. Please try again in a moment."},
	"security":      {"서명을 확인할 수 없습니다", "The signature cannot be accepted"},
	"security.text": {"안전을 위해 인증을 중단했습니다. 도움이 필요하면 고객센터로 문의해 주세요.", "We have stopped to protect you. If you need help, please contact us."},
})
