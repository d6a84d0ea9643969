package doctor

import (
	"github.com/kakaocert-go/kakaocert/doctor"
	"github.com/kakaocert-go/kakaocert/internal/bilingual"
)

// words are what the command says itself, of variables and files, in Korean and
// English; what it says of the host are the doctor's.
var words = bilingual.Table{
	"call":           {"         호출 %d", "         call %d"},
	"summary":        {"정상 %d, 오류 %d, 미확인 %d, 생략 %d", "%d ok, %d wrong, %d unknown, %d skipped"},
	"result.wrong":   {"오류   ", "wrong  "},
	"result.unknown": {"미확인 ", "unknown"},
	"result.skipped": {"생략   ", "skipped"},
	"result.ok":      {"정상   ", "ok     "},
	"protocol.broken": {
		"%v",
		"%v",
	},
	"todo.protocol.broken": {
		"파일을 고치거나, KAKAOCERT_PROTOCOL을 해제하여 기본값을 쓰십시오.",
		"Mend the file, or unset KAKAOCERT_PROTOCOL to take the default.",
	},
	"environment.default": {
		"KAKAOCERT_ENV가 설정되지 않아 test로 동작: 상품 코드 끝에 T가 붙음",
		"KAKAOCERT_ENV is not set, which means test: product codes end in T",
	},
	"environment.unknown": {
		"KAKAOCERT_ENV가 test도 production도 아님",
		"KAKAOCERT_ENV must be test or production",
	},
	"todo.environment.unknown": {
		"둘 중 하나로 설정하십시오.",
		"Set it to one of the two.",
	},
	"enc.formed": {
		"%s: Base64 형식, %d바이트",
		"%s is Base64 of %d bytes",
	},
	"enc.unused": {
		"GCM은 고정 IV를 쓰지 않음",
		"GCM has no fixed IV",
	},
	"enc.unset": {
		"%s가 설정되지 않음",
		"%s is not set",
	},
	"todo.enc.unset": {
		"계약으로 받은 값을 Base64 그대로 설정하십시오.",
		"Set it as the contract gives it, in Base64.",
	},
	"enc.not_base64": {
		"%s가 표준 Base64가 아님",
		"%s is not standard Base64",
	},
	"todo.enc.not_base64": {
		"끝의 =까지 포함해 다시 복사하십시오. 16진수라면 먼저 Base64로 바꾸십시오.",
		"Copy it again, with every = at its end; hexadecimal must be turned into Base64 first.",
	},
	"enc.length": {
		"%s: Base64 형식이나 %d바이트임. 필요한 길이는 %d바이트",
		"%s is Base64 of %d bytes where %d are needed",
	},
	"todo.enc.length": {
		"다시 복사하십시오. 값이 잘렸거나, 16진수이거나, 다른 값입니다.",
		"Copy it again: it is cut off, hexadecimal, or another value.",
	},
	"enc.swapped": {
		"KAKAOCERT_ENC_KEY의 길이가 IV의 길이이고, KAKAOCERT_ENC_IV의 길이가 키의 길이임",
		"KAKAOCERT_ENC_KEY has the length of an IV, and KAKAOCERT_ENC_IV that of a key",
	},
	"todo.enc.swapped": {
		"두 값을 서로 바꾸십시오.",
		"Exchange the two.",
	},
	"cipher.version": {
		"KAKAOCERT_ENC_VERSION이 1 이상의 정수가 아님",
		"KAKAOCERT_ENC_VERSION is not a whole number from 1",
	},
	"todo.cipher.version": {
		"계약에 키 번호가 있으면 그 번호를 설정하고, 없으면 변수를 해제하십시오.",
		"Set it to the key's number in the contract; unset it where the contract gives none.",
	},
	"skipped.before": {
		"앞 단계의 오류로 확인하지 않음",
		"not looked at: something above is wrong",
	},
	"settle.unset": {
		"KAKAOCERT_SETTLE_ID가 설정되지 않음",
		"KAKAOCERT_SETTLE_ID is not set",
	},
	"todo.settle.unset": {
		"계약에 명시된 정산 단위를 설정하십시오.",
		"Set it to the settlement unit that the contract names.",
	},
	"roots.unset": {
		"KAKAOCERT_ROOTS가 설정되지 않음: 서명을 확인하려면 --roots를 지정해야 함",
		"KAKAOCERT_ROOTS is not set: signatures are checked only where --roots is given",
	},
	"intermediates.unset": {
		"KAKAOCERT_INTERMEDIATES가 설정되지 않음: 메시지나 루트에 발급 기관의 인증서가 있으면 필요 없음",
		"KAKAOCERT_INTERMEDIATES is not set: it is not needed where messages contain the issuing authority",
	},
	"roots.broken": {
		"%s: %v",
		"%s: %v",
	},
	"todo.roots.broken": {
		"카카오에서 받은 인증서를 PEM 파일로 지정하십시오.",
		"Name a PEM file with the certificates that Kakao gave you.",
	},
	"intermediates.broken": {
		"%s: %v",
		"%s: %v",
	},
	"todo.intermediates.broken": {
		"카카오에서 받은 인증서를 PEM 파일로 지정하십시오.",
		"Name a PEM file with the certificates that Kakao gave you.",
	},
	"write.nothing": {
		"저장할 내용이 없음: 프로토콜이 이 호스트와 맞음",
		"nothing to write: the protocol holds for this host",
	},
	"write.written": {
		"%s에 저장함. 찾은 항목 %d개. KAKAOCERT_PROTOCOL로 지정한 뒤 다시 점검하십시오",
		"written to %s; lines found: %d; name it in KAKAOCERT_PROTOCOL, and run doctor again",
	},
	"write.not_found": {
		"저장하지 않음: 다른 경로를 찾지 못함",
		"nothing was written: no path was found in place of those that are not there",
	},
	"todo.write.not_found": {
		"경로를 계약 문서에서 확인하십시오. 다른 오류가 있으면 먼저 해결하십시오.",
		"Take the paths from the contract's papers; mend what else is wrong first.",
	},
	"write.failed": {
		"저장할 수 없음: %v",
		"cannot be written: %v",
	},
	"todo.write.failed": {
		"쓸 수 있는 위치를 --write로 지정하십시오.",
		"Name a place that can be written.",
	},
}

// results are those of the diagnoses that are not ok.
var results = map[string]doctor.Result{
	"skipped.before":       doctor.Skipped,
	"protocol.broken":      doctor.Wrong,
	"environment.unknown":  doctor.Wrong,
	"enc.unset":            doctor.Wrong,
	"enc.not_base64":       doctor.Wrong,
	"enc.length":           doctor.Wrong,
	"enc.swapped":          doctor.Wrong,
	"cipher.version":       doctor.Wrong,
	"settle.unset":         doctor.Wrong,
	"roots.broken":         doctor.Wrong,
	"intermediates.broken": doctor.Wrong,
	"write.not_found":      doctor.Wrong,
	"write.failed":         doctor.Wrong,
}
