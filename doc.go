// Package kakaocert talks to the KakaoTalk Certification Service (카카오톡 인증
// 서비스) directly, as an institution's backend.
package kakaocert
