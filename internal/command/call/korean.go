package call

import "strings"

// inKorean translates a text by the program's own table, or else by that which all
// have in common.
func inKorean(text string, own map[string]string) string {
	if translated, ok := own[text]; ok {
		return translated
	}
	if translated, ok := korean[text]; ok {
		return translated
	}
	return text
}

// Reworded returns the texts that become others by replacing English words, with
// words of their translations replaced too.
func Reworded(english, translated *strings.Replacer) map[string]string {
	table := make(map[string]string)
	for text, in := range korean {
		if other := english.Replace(text); other != text {
			table[other] = translated.Replace(in)
		}
	}
	return table
}

// korean are the command's texts in Korean, by the English ones; the description
// of a verb is under its full name. One word for one thing: 검증 is what a
// Verifier does, 감사 what is done to a directory of evidence.
var korean = map[string]string{
	// Help.
	"NAME": "이름", "USAGE": "사용법", "DESCRIPTION": "설명", "VERBS": "명령", "OPTIONS": "옵션",
	" (default: %s)": " (기본값: %s)",
	"show help":      "도움말 표시", "show the help of a verb": "명령의 사용법 표시", "print the version": "버전 표시",
	"check signatures of the KakaoTalk Certification Service, call it, and simulate it":   "카카오톡 인증 서비스의 서명 검증, 호출, 시뮬레이션",
	"print the script that completes verbs and flags in a shell: bash, zsh, fish or pwsh": "셸 자동 완성 스크립트 출력: bash, zsh, fish, pwsh",
	"print the version and the details of the build":                                      "버전과 빌드 정보 출력",
	"check signatures (CMS SignedData), as Kakao returns them":                            "카카오가 주는 서명(CMS SignedData) 검증",
	"show the content of a signed message, without checking it":                           "서명 메시지의 내용 표시(검증은 하지 않음)",
	"compute the VID of a person and a certificate, in hex":                               "사용자와 인증서의 VID를 16진수로 계산",
	"have a person prove who they are (K1100)":                                            "본인인증 (K1100)",
	"have a person consent to withdrawals from an account (K3100)":                        "출금동의 (K3100)",
	"have a person sign one text or up to 200 (K3500)":                                    "문서 1건부터 200건까지 전자서명 (K3500)",
	"continue a flow that was interrupted or ran out of time":                             "중단되었거나 시간이 지난 절차를 이어서 진행",
	"audit, read and purge an evidence directory":                                         "증거 디렉터리의 감사, 조회, 파기",
	"audit a directory, and check every signature again":                                  "변경 여부 감사와 모든 서명의 재검증",
	"list the records":                    "레코드 목록",
	"show one record, without its answer": "레코드 하나를 응답 본문 없이 표시",
	"write the answer, the signatures and the attachments of one record to files": "레코드 하나의 응답, 서명, 첨부를 파일로 저장",
	"remove records whose time is over, and leave a tombstone for each":           "보존 기간이 끝난 레코드를 기록을 남기고 파기",
	"serve the simulator, with a page that plays the user's phone":                "시뮬레이터 실행(사용자 휴대전화 역할을 하는 페이지 포함)",
	"check an implementation in another language against the portable vectors":    "다른 언어의 구현을 공용 테스트 벡터로 점검",
	"check keys, clock, TLS, host, product and paths against the configured host": "설정된 호스트를 상대로 키, 시각, TLS, 상품, 경로 점검",

	// Flags.
	"`LANGUAGE` of the output: ko or en (default: the locale's)": "출력 언어 `LANGUAGE`: ko 또는 en (기본값: 로캘)",
	"print one JSON object":                                                                                                "JSON 객체 하나로 출력",
	"print JSON, one object on each line":                                                                                  "한 줄에 JSON 객체 하나씩 출력",
	"print JSON, one object for each check":                                                                                "점검 항목마다 JSON 객체 하나씩 출력",
	"print the comparison as one JSON object":                                                                              "비교 결과를 JSON 객체 하나로 출력",
	"only the part with this `NAME`; may be repeated":                                                                      "이름이 `NAME`인 부분만. 여러 번 지정 가능",
	"print one JSON object, and the calls as JSON":                                                                         "JSON 객체 하나로 출력하고 호출도 JSON으로 출력",
	"print the result as one JSON object, and the steps on standard error":                                                 "결과를 JSON 객체 하나로, 진행 상황은 표준 오류로 출력",
	"trust the certificates in this `PEM` file (default: $KAKAOCERT_ROOTS), and no others":                                 "이 `PEM` 파일의 인증서만 신뢰 (기본값: $KAKAOCERT_ROOTS)",
	"trust the certificates in this `PEM` file (default: $KAKAOCERT_ROOTS; the built-in simulator's own)":                  "이 `PEM` 파일의 인증서를 신뢰 (기본값: $KAKAOCERT_ROOTS, 내장 시뮬레이터는 자체 루트)",
	"find issuing authorities that a message does not contain in this `PEM` file (default: $KAKAOCERT_INTERMEDIATES)":      "메시지에 없는 발급 인증기관을 이 `PEM` 파일에서 찾음 (기본값: $KAKAOCERT_INTERMEDIATES)",
	"show the names in certificates, which are personal data":                                                              "인증서의 이름 표시(개인정보)",
	"check as of this `RFC3339` time (default: now)":                                                                       "이 시각(`RFC3339`)에 인증서가 유효해야 함 (기본값: 현재)",
	"use the CRL in this `FILE`, DER or PEM; one for each authority":                                                       "폐지 목록(CRL) `FILE`, DER 또는 PEM. 인증기관마다 하나씩",
	"the signer must be the person whose CI is in this `FILE`; with --vid":                                                 "서명자가 이 `FILE`의 CI를 가진 사람인지 확인. --vid와 함께 사용",
	"the `VID` of that person's certificate, hex or Base64; with --ci-file":                                                "그 사람 인증서의 `VID`, 16진수 또는 Base64. --ci-file과 함께 사용",
	"the attached content must equal this `FILE`, byte for byte":                                                           "메시지에 든 원문이 이 `FILE`과 바이트까지 같아야 함",
	"the content is not attached; it is in this `FILE`":                                                                    "메시지에 원문이 없음: 원문은 이 `FILE`",
	"the person's CI, 88 characters of Base64, is in this `FILE`":                                                          "사용자의 CI(Base64 88자)가 든 `FILE`",
	"the certificate is in this `FILE`, PEM or DER":                                                                        "인증서 `FILE`, PEM 또는 DER",
	"serial number of the certificate in `HEX`, a positive number: a missing leading 00 is added":                          "일련번호 `HEX`. 양수로 읽으며 빠진 00은 붙임",
	"the person's `NAME`, as registered with Kakao":                                                                        "사용자의 이름 `NAME`, 카카오에 등록된 대로",
	"the person's birthday, `YYYYMMDD`":                                                                                    "사용자의 생년월일 `YYYYMMDD`",
	"the person's phone `NUMBER`, digits only":                                                                             "사용자의 휴대전화 번호 `NUMBER`, 숫자만",
	"`TITLE` that the person sees (default: that of the first text, if there are texts)":                                   "사용자에게 보이는 제목 `TITLE` (기본값: 문서가 있으면 첫 문서의 제목)",
	"product `CODE`, without the test host's T (default: K1110)":                                                           "상품 코드 `CODE`, 테스트 서버의 T 없이 (기본값: K1110)",
	"product `CODE`, without the test host's T (default: K3110)":                                                           "상품 코드 `CODE`, 테스트 서버의 T 없이 (기본값: K3110)",
	"product `CODE`, without the test host's T (default: K3510, of several texts K3511)":                                   "상품 코드 `CODE`, 테스트 서버의 T 없이 (기본값: K3510, 문서가 여러 건이면 K3511)",
	"display data that the contract fixes is in this `FILE`, as JSON":                                                      "계약으로 정한 표시 데이터 `FILE`, JSON",
	"wait for the signature for this `DURATION`":                                                                           "서명을 기다리는 시간 `DURATION`",
	"first `DURATION` between two status calls; it grows to five times that":                                               "상태 조회 간격 `DURATION`. 다섯 배까지 늘어남",
	"have the text in this `FILE` signed; may be repeated":                                                                 "서명받을 문서 `FILE`. 여러 번 지정 가능",
	"the text to be signed is in this `FILE`; may be repeated":                                                             "서명받을 문서 `FILE`. 여러 번 지정 가능",
	"the `NONCE` of an identity check":                                                                                     "본인인증의 `NONCE`",
	"keep evidence in this `DIR`, and write the signatures and the signed texts there as files":                            "이 `DIR`에 증거를 보존하고 서명과 서명한 내용을 파일로 저장",
	"encrypt the evidence with the key in this `FILE`: 32 bytes, or their Base64 or hex":                                   "이 `FILE`의 키로 증거 암호화: 32바이트 또는 그 Base64, 16진수",
	"`NAME` of the organization that bills (요금청구 기관명)":                                                                     "요금청구 기관명 `NAME`",
	"`NAME` of the bank that pays (납부자 출금은행)":                                                                              "납부자 출금은행 `NAME`",
	"`NUMBER` of the account (출금계좌번호)":                                                                                     "출금계좌번호 `NUMBER`",
	"`NAME` of its holder, who must be the person (예금주명)":                                                                  "예금주명 `NAME`. 사용자 본인이어야 함",
	"birthday of its holder, `YYYYMMDD`":                                                                                   "예금주의 생년월일 `YYYYMMDD`",
	"`TYPE` of collection: CMS, FIRM or GIRO":                                                                              "출금 방식 `TYPE`: CMS, FIRM, GIRO",
	"read with the key in this `FILE`: 32 bytes, or their Base64 or hex; repeat it for older keys":                         "이 `FILE`의 키로 읽음: 32바이트 또는 그 Base64, 16진수. 이전 키는 반복해서 지정",
	"a chain must still contain this `HEAD`; may be repeated":                                                              "체인에 이 `HEAD`가 남아 있어야 함. 여러 번 지정 가능",
	"read records that are sealed to an archive with its private key in this `FILE` (PEM); may be repeated":                "보관소의 공개키로 봉인된 레코드를 이 `FILE`(PEM)의 개인키로 읽음. 여러 번 지정 가능",
	"the evidence must still contain the checkpoint in this `FILE`; may be repeated":                                       "이 `FILE`의 체크포인트가 증거에 남아 있어야 함. 여러 번 지정 가능",
	"all checkpoints must be signed with the key whose public half is in this `PEM` file":                                  "모든 체크포인트가 이 `PEM` 파일의 공개키로 검증되어야 함",
	"the `NAME` for which --checkpoint-key signs":                                                                          "--checkpoint-key가 서명하는 이름 `NAME`",
	"refuse time stamps of certificates that the list in this `FILE` (DER or PEM) revokes; may be repeated":                "이 `FILE`의 목록(DER 또는 PEM)이 폐지한 인증서의 타임스탬프는 거부. 여러 번 지정 가능",
	"trust time stamps below the certificates in this `PEM` file, and no others":                                           "이 `PEM` 파일의 인증서 아래에서 발급된 타임스탬프만 신뢰",
	"find authorities that a time stamp does not contain in this `PEM` file":                                               "타임스탬프에 없는 발급 기관의 인증서를 이 `PEM` 파일에서 찾음",
	"have the checkpoint stamped by the time stamping authority (RFC 3161) at this `URL`":                                  "이 `URL`의 타임스탬프 기관(RFC 3161)에서 체크포인트의 타임스탬프를 받음",
	"log in there with NAME:PASSWORD, the only line of this `FILE` (default: $KAKAOCERT_TSA_USER)":                         "이 `FILE`의 유일한 줄인 NAME:PASSWORD로 로그인 (기본값: $KAKAOCERT_TSA_USER)",
	"send the lines of this `FILE` there as headers, such as Authorization: Bearer TOKEN (default: $KAKAOCERT_TSA_HEADER)": "이 `FILE`의 줄을 헤더로 전송. 예: Authorization: Bearer TOKEN (기본값: $KAKAOCERT_TSA_HEADER)",
	"show the certificate in this `PEM` file there; it must contain the private key too":                                   "이 `PEM` 파일의 클라이언트 인증서를 제시. 개인키도 들어 있어야 함",
	"interrupted":           "중단됨",
	"%s needs --tsa-url":    "%s에는 --tsa-url이 필요합니다",
	"%s: must not be empty": "%s: 비어 있지 않아야 합니다",
	"%s: each line must be a header, such as Authorization: Bearer TOKEN":                                "%s: 줄마다 Authorization: Bearer TOKEN 같은 헤더여야 합니다",
	"%s: must be one line, NAME:PASSWORD":                                                                "%s: NAME:PASSWORD 한 줄이어야 합니다",
	"%s: there is a header Authorization already":                                                        "%s: Authorization 헤더가 이미 있습니다",
	"--tsa-client-cert: --tsa-url must be https":                                                         "--tsa-client-cert: --tsa-url은 https여야 합니다",
	"--tsa-client-cert: must contain a certificate and its private key, in PEM":                          "--tsa-client-cert: 인증서와 그 개인키가 PEM으로 들어 있어야 합니다",
	"stamp it only if the newest stamp is older than this `DURATION`, at most 24h (default: stamp each)": "가장 새로운 타임스탬프가 이 `DURATION`보다 오래되었을 때만 받음. 최대 24h (기본값: 매번 받음)",
	"%d, over %d entries": "%d개, 항목 %d개를 포함",
	"%d, over %d entries; signatures not checked: --checkpoint-key":                                                     "%d개, 항목 %d개를 포함; 서명은 확인하지 않음: --checkpoint-key",
	"%d, good for %d of %d records":                                                                                     "%d, 레코드 %[3]d건 가운데 %[2]d건이 유효",
	"%d; not checked: --tsa-roots":                                                                                      "%d; 확인하지 않음: --tsa-roots",
	"stamped %s":                                                                                                        "타임스탬프 %s",
	"without a stamp: checked as of now":                                                                                "타임스탬프 없음: 현재 시각으로 검증",
	"the `NAME` of this evidence in its checkpoints":                                                                    "체크포인트에 적는 이 증거의 이름 `NAME`",
	"sign with the private key in this `PEM` file":                                                                      "이 `PEM` 파일의 개인키로 서명",
	"write everything into a new evidence directory":                                                                    "전체를 새 증거 디렉터리로 복사",
	"write into this `DIR`, which must not exist":                                                                       "이 `DIR`에 저장. 없는 디렉터리여야 함",
	"sign a checkpoint over all chains, and print it":                                                                   "모든 체인에 대한 체크포인트에 서명하고 출력",
	"print only the heads of the chains, if the audit finds nothing wrong":                                              "이상이 없으면 체인의 헤드만 출력",
	"the records that were begun before this `RFC3339` time":                                                            "이 시각(`RFC3339`) 전에 시작된 레코드",
	"the reason for the removal, as `TEXT`":                                                                             "파기 사유 `TEXT`",
	"remove them":                                                                                                       "실제로 파기",
	"write the files into this `DIR`":                                                                                   "파일을 저장할 `DIR`",
	"`ADDRESS` and port; port 0 is any free one":                                                                        "`ADDRESS`와 포트. 포트 0은 비어 있는 아무 포트",
	"listen on an address that others can reach; all of them can then read and sign":                                    "다른 장비에서 접근할 수 있는 주소에서 수신. 누구나 읽고 서명할 수 있음",
	"show pages and control interface under this host `NAME` too; may be repeated":                                      "이 호스트 이름 `NAME`으로도 페이지와 제어 인터페이스 제공. 여러 번 지정 가능",
	"`FILE` with contract, users, dialect and faults":                                                                   "계약, 사용자, 응답, 장애를 적은 `FILE`",
	"which `HOST` to simulate: test or production (default: test)":                                                      "흉내 낼 `HOST`: test 또는 production (기본값: test)",
	"try the known alternatives for paths that do not exist, and write those that do to this new `FILE`":                "없는 경로 대신 알려진 다른 경로를 시도하고, 맞는 것을 이 새 `FILE`에 저장",
	"call the production host":                                                                                          "운영 서버를 호출",
	"%s is production: say --production to call its host":                                                               "%s가 production임: 운영 서버를 호출하려면 --production을 지정하십시오",
	"--write: %s is there, and is not overwritten":                                                                      "--write: %s가 이미 있으며 덮어쓰지 않음",
	"serve nothing: ask the simulator at this `URL` whether it serves":                                                  "서버를 실행하지 않고, 이 `URL`의 시뮬레이터가 동작하는지 물음",
	"--health must be a URL such as http://127.0.0.1:8080":                                                              "--health는 http://127.0.0.1:8080과 같은 URL이어야 합니다",
	"%s, and files had been changed":                                                                                    "%s, 바뀐 파일이 있었음",
	"protocol `FILE` (default: $KAKAOCERT_PROTOCOL)":                                                                    "프로토콜 `FILE` (기본값: $KAKAOCERT_PROTOCOL)",
	"write the root certificate to this `FILE`, and keep it at the end (default: a temporary file)":                     "루트 인증서를 이 `FILE`에 저장하고 남겨 둠 (기본값: 임시 파일)",
	"do not print the calls":                                                                                            "호출을 출력하지 않음",
	"`MODE`: off, soft (unknown passes) or hard (default: hard with --crl, --ocsp or --fetch, else off)":                "폐지 확인 `MODE`: off, soft(알 수 없으면 통과), hard (기본값: --crl, --ocsp, --fetch가 있으면 hard, 없으면 off)",
	"`MODE`: off, soft (unknown passes) or hard (default: hard against a simulator, soft against a host)":               "폐지 확인 `MODE`: off, soft(알 수 없으면 통과), hard (기본값: 시뮬레이터에는 hard, 카카오 서버에는 soft)",
	"use the OCSP answer in this `FILE`, DER":                                                                           "OCSP 응답 `FILE`, DER",
	"with --fetch, `MODE` for signatures whose first check did not know: soft (unknown passes) or hard (default: hard)": "--fetch와 함께, 처음 검증이 폐지 여부를 알지 못한 서명의 `MODE`: soft(알 수 없으면 통과), hard (기본값: hard)",
	"--revocation must be soft or hard":                                                                                 "--revocation은 soft 또는 hard여야 합니다",
	"--revocation needs --fetch":                                                                                        "--revocation에는 --fetch가 필요합니다",
	"--fetch needs --roots: without them no signature is checked":                                                       "--fetch에는 --roots가 필요합니다. 지정하지 않으면 서명을 검증하지 않습니다",
	"%d by kept answers, %d by fetched answers, %d unknown, %d not checked":                                             "보존된 응답으로 %d, 가져온 응답으로 %d, 알 수 없음 %d, 확인하지 않음 %d",
	"fetch CRLs and OCSP answers from the addresses in the certificates":                                                "인증서에 적힌 주소에서 CRL과 OCSP 응답을 가져옴",
	"revocation is unknown: no authority said that the certificates are good":                                           "폐지 여부를 알 수 없음: 인증서가 유효하다고 답한 인증기관이 없음",
	"revocation was not checked (--revocation off)":                                                                     "폐지 여부를 확인하지 않음(--revocation off)",
	"revocation":  "폐지 확인",
	"not checked": "확인하지 않음",
	"unknown: no authority said that the certificates are good":                                        "알 수 없음: 인증서가 유효하다고 답한 인증기관이 없음",
	"write the field names that this flow finds in answers to this protocol `FILE`; not in production": "이 절차의 응답에서 찾은 필드 이름을 프로토콜 `FILE`에 저장. 운영 환경에서는 쓸 수 없음",

	// Mistakes in a call.
	"which verb? run %s -h for a list":                                       "명령이 없습니다. %s -h로 목록을 볼 수 있습니다",
	"no such verb; run %s -h for a list":                                     "없는 명령입니다. %s -h로 목록을 볼 수 있습니다",
	"no such verb: %s%s; run %s -h for a list":                               "없는 명령: %s%s. %s -h로 목록을 볼 수 있습니다",
	"no such flag: --%s%s; run %s -h for usage":                              "없는 옵션: --%s%s. 사용법은 %s -h",
	"--%s needs a value; run %s -h for usage":                                "--%s에 값이 필요합니다. 사용법은 %s -h",
	"%s; run %s -h for usage":                                                "%s. 사용법은 %s -h",
	"%s takes flags only; a value with spaces needs quotes":                  "%s에는 옵션만 쓸 수 있습니다. 공백이 든 값은 따옴표로 묶으십시오",
	"; did you mean %s?":                                                     " (혹시 %s?)",
	"standard input is given twice":                                          "표준 입력을 두 번 지정했습니다",
	"--key-file: %s: must be a key of 32 bytes, or the Base64 or hex of one": "--key-file: %s: 32바이트 키 또는 그 Base64, 16진수여야 합니다",
	"kakaocert: no variable of this command, and ignored: %s%s":              "kakaocert: 이 명령의 변수가 아니어서 무시함: %s%s",
	"address must not contain a password: set PGPASSWORD or PGPASSFILE":      "주소에 비밀번호를 쓰지 마십시오. PGPASSWORD나 PGPASSFILE을 설정하십시오",
	"which evidence? run %s -h for usage":                                    "증거의 위치 하나를 지정하십시오. 사용법은 %s -h",
	"which record? run %s -h for usage":                                      "레코드 하나를 지정하십시오. 사용법은 %s -h",
	"which records? name them, or give --before":                             "레코드를 지정하거나 --before를 쓰십시오",
	"no such record":                                                                              "없는 레코드입니다",
	"%s: is not a directory of evidence":                                                          "%s: 증거 디렉터리가 아닙니다",
	"--before must be as in 2026-03-01T09:30:00+09:00":                                            "--before는 2026-03-01T09:30:00+09:00 형식이어야 합니다",
	"--time must be as in 2026-03-01T09:30:00+09:00":                                              "--time은 2026-03-01T09:30:00+09:00 형식이어야 합니다",
	"--reason is missing: the chain says why a record was removed":                                "--reason이 없습니다. 체인에 파기 사유가 남습니다",
	"--to is missing: say where to write the files":                                               "--to가 없습니다. 저장할 디렉터리를 지정하십시오",
	"--roots is missing: say which authorities to trust":                                          "--roots가 없습니다. 신뢰할 인증기관을 지정하십시오",
	"--revocation must be off, soft or hard":                                                      "--revocation은 off, soft, hard 중 하나여야 합니다",
	"--ci-file and --vid are given together or not at all":                                        "--ci-file과 --vid는 함께 지정하거나 모두 생략합니다",
	"which text? give --text":                                                                     "서명받을 문서를 --text로 지정하십시오",
	"the order of the texts is not clear: give each with --text, or all behind one":               "문서의 순서가 분명하지 않습니다. 모두 --text로 지정하거나 하나의 --text 뒤에 이어 쓰십시오",
	"--%s must be longer than 0, such as 30s or 5m":                                               "--%s는 0보다 길어야 합니다(예: 30s, 5m)",
	"--product must be one of %s, without the test host's T":                                      "--product는 %s 중 하나여야 하며, 테스트 서버의 T는 붙이지 않습니다",
	"--name, --birthday and --phone are given together or not at all":                             "--name, --birthday, --phone은 함께 지정하거나 모두 생략합니다",
	"this would ask a real person, on a real phone: give --name, --birthday and --phone":          "실제 사용자의 휴대전화로 요청이 갑니다. --name, --birthday, --phone을 지정하십시오",
	"this would ask a real person: give --%s":                                                     "실제 사용자에게 요청합니다. --%s를 지정하십시오",
	"--service-type must be %s":                                                                   "--service-type은 %s 중 하나여야 합니다",
	"the signature comes once: give --out and --key-file to keep it":                              "서명은 한 번만 받을 수 있습니다. 보존할 --out과 --key-file을 지정하십시오",
	"--key-file is for --out":                                                                     "--key-file은 --out과 함께 씁니다",
	"--out: %s must be a directory":                                                               "--out: %s는 디렉터리여야 합니다",
	"--out: a flow in %s is not finished: type kakaocert resume --out, or give another directory": "--out: %s에 끝나지 않은 절차가 있습니다. kakaocert resume --out으로 이어 가거나 다른 디렉터리를 지정하십시오",
	"--out: %s contains a file %s, which is not overwritten: give another directory":              "--out: %s에 파일 %s가 있으며 덮어쓰지 않습니다. 다른 디렉터리를 지정하십시오",
	"no keys in the environment: the built-in simulator has ended with the call that it served, and there is nothing to resume": "환경 변수에 키가 없습니다. 내장 시뮬레이터는 호출과 함께 끝났으므로 이어 갈 절차가 없습니다",
	"an identity check is resumed with its --nonce":                                   "본인인증을 이어 가려면 --nonce가 필요합니다",
	"--learn: the folder of %s must be there":                                         "--learn: %s의 폴더가 있어야 합니다",
	"--learn: %s must be a file":                                                      "--learn: %s는 파일이어야 합니다",
	"--learn: %s is there already: it must be the file that KAKAOCERT_PROTOCOL names": "--learn: %s가 이미 있습니다. KAKAOCERT_PROTOCOL이 가리키는 파일이어야 합니다",
	"--learn is for the test host and for simulators, never for production":           "--learn은 테스트 서버와 시뮬레이터에서만 쓸 수 있으며 운영 환경에서는 쓸 수 없습니다",
	"which transaction? run %s -h for usage":                                          "거래를 지정하십시오. 사용법은 %s -h",
	"--out: no flow in %s is unfinished":                                              "--out: %s에 끝나지 않은 절차가 없습니다",
	"--out: %s remembers another transaction":                                         "--out: %s에는 다른 거래가 기록되어 있습니다",
	"a consent is resumed with its items: give --%s":                                  "출금동의를 이어 가려면 항목이 필요합니다. --%s를 지정하십시오",

	"--part must be one of %s":            "--part는 %s 중 하나여야 합니다",
	"one file of answers: %s -h says how": "답 파일은 하나만 지정합니다. 사용법은 %s -h",

	"%s: must be one JSON object that maps ids of vectors to answers, which are objects": "%s: 벡터의 id마다 답(객체)을 담은 JSON 객체 하나여야 합니다",
	"%s: %q is no vector of these parts: %s":                                             "%s: %q라는 벡터가 이 부분에 없습니다: %s",

	// Vectors.
	"%d of %d right": "%[2]d개 중 %[1]d개 일치", "%d DIFFER": "%d개 불일치", ", %d unsupported": ", %d개 미지원",
	"not answered": "답 없음", "there is none": "없음", "field": "필드", "expected": "기대한 값", "got": "받은 값",

	// Flows.
	"built-in simulator": "내장 시뮬레이터", "Kakao's test host": "카카오 테스트 서버", "Kakao's production host": "카카오 운영 서버",
	"calling": "호출 대상", "prepared": "준비", "requested": "요청", "status": "상태", "signed": "서명", "waiting": "대기",
	"kept": "보존", "checked": "검증", "signer": "서명자", "files": "파일", "evidence": "증거", "head": "헤드",
	"nothing: the protocol has every name already, and nothing was written": "없음: 모든 이름이 이미 프로토콜에 있어 저장하지 않음",
	"fixed by": "해결 주체", "the person": "사용자", "Kakao; try again later": "카카오, 나중에 다시 시도",
	"the institution; kakaocert doctor looks for the cause": "이용기관, kakaocert doctor로 원인을 확인",
	"kakaocert: records need --key-file or --archive-key":   "kakaocert: 레코드를 읽으려면 --key-file이나 --archive-key가 필요함",
	"learned": "찾음", "written": "저장", "%s: %s": "%s: %s", "%d lines of %s": "%[2]s에 %[1]d줄",
	"field.%s was not learned; its value is at: %s":                                                                        "field.%s를 정하지 못함. 값이 있는 곳: %s",
	"a place that no protocol file can name":                                                                               "프로토콜 파일에 적을 수 없는 곳",
	"%s, which may be an echo of the request":                                                                              "%s(요청을 되돌려 보낸 것일 수 있음)",
	"the host has no such path: kakaocert doctor --write FILE tries the alternatives that are known":                       "호스트에 없는 경로입니다. kakaocert doctor --write FILE이 알려진 다른 경로를 시도합니다",
	" (if it is not, write place.answer: %s)":                                                                              " (아니라면 place.answer에 지정: %s)",
	"its value may be at %s: name that object in place.answer of a protocol file, or let --learn find it on the test host": "값이 %s에 있을 수 있음. 프로토콜 파일의 place.answer에 그 객체를 지정하거나, 테스트 서버에서 --learn으로 찾으십시오",
	"its value may be at %s: name it in field.%s of a protocol file, or let --learn find it on the test host":              "값이 %s에 있을 수 있음. 프로토콜 파일의 field.%s에 그 이름을 지정하거나, 테스트 서버에서 --learn으로 찾으십시오",
	"%s, which is another field's":                                                                                         "%s(다른 필드의 이름)",
	"what was learned was not written, because of what is wrong with the answers":                                          "응답에 문제가 있어 찾은 이름을 저장하지 않음",
	"resumed": "이어 감", "recalled": "다시 읽음", "note": "참고",
	"%s, which knows every person that is named": "%s, 지정한 사람은 모두 등록된 것으로 간주",
	"perhaps: %v":                           "전달 여부 불명: %v",
	"the app link is %s":                    "앱 링크: %s",
	"the person has a message in KakaoTalk": "사용자의 카카오톡에 메시지가 도착함",
	"it is this request's nonce":            "이 요청의 nonce가 맞음",
	"name and birthday are the person's":    "이름과 생년월일이 사용자와 일치함",
	"as evidence, in %s":                    "증거로 보존: %s",
	"from the evidence, in %s":              "증거에서 읽음: %s",
	"%d of %d signatures are good":          "서명 %[2]d건 중 %[1]d건 정상",
	"%d, in %s":                             "%d개, %s",
	"%s, record %s":                         "%s, 레코드 %s",
	"NOT VERIFIED":                          "검증되지 않음",
	"To continue, type:":                    "이어서 진행하려면:",
	"the signer was not compared with the person: give --name, --birthday and --phone":                                               "서명자를 비교하지 않았습니다. 비교하려면 --name, --birthday, --phone을 지정하십시오",
	"the answer also has a signature, which was not checked because no roots are trusted: give --roots":                              "응답에 서명도 있으나 신뢰할 루트(--roots)가 없어 검증하지 않았습니다",
	"no roots are trusted: the signature will be neither checked nor exported; with --out it will be kept as evidence. Give --roots": "신뢰할 루트(--roots)가 없습니다. 서명은 --out이 있으면 증거로 보존되지만, 검증하거나 파일로 저장하지 않습니다",
	"the evidence cannot be read back: %v":                             "증거를 다시 읽을 수 없음: %v",
	"the answer could not be kept: %v":                                 "응답을 보존하지 못함: %v",
	"the answer could not go into the evidence: it is in %s, in clear": "응답을 증거에 넣지 못해 암호화하지 않고 %s에 저장함",
	", until %s": ", %s까지",
	"at a time that the service does not report": "시각은 서비스가 알려 주지 않음",

	// Messages, and a directory of evidence.
	"verified": "검증됨", "serial": "일련번호", "passed": "통과", "content": "원문", "hint": "도움말",
	"message": "메시지", "digests": "다이제스트", "certificate": "인증서", "certificates": "인증서", "revision": "리비전",
	"records": "레코드", "attachments": "첨부", "attachment": "첨부", "checkpoints": "체크포인트", "stamps": "타임스탬프", "leftovers": "잔여 파일", "locks": "잠금", "fault": "이상",
	"asked": "요청 내용", "answer": "응답", "signature": "서명",
	"cannot be read": "읽을 수 없음", "nothing was verified": "검증한 것이 없음", "not attached": "들어 있지 않음",
	"%d bytes": "%d바이트", "%s, %d bytes": "%s, %d바이트", "%d bytes of %s": "%[2]s, %[1]d바이트",
	"%s, %d bytes, %s":                             "%s, %d바이트, %s",
	"%d bytes, as was to be signed":                "%d바이트, 서명할 내용과 같음",
	"%d bytes, checked against the signature only": "%d바이트, 서명과만 대조함",
	"%d more that cannot be read":                  "읽을 수 없는 것 %d개 더 있음",
	"serial %s, issued by %s":                      "일련번호 %s, 발급자 %s",
	"%s, %s to %s":                                 "%s, %s부터 %s까지",
	"signed: %s":                                   "서명된 속성: %s",
	"unsigned: %s":                                 "서명되지 않은 속성: %s",
	"claims to have signed at %s":                  "서명 시각이라고 적힌 값: %s",
	"as it was written":                            "기록된 그대로임",
	"NOT AS IT WAS WRITTEN (%d faults)":            "기록된 그대로가 아님 (이상 %d건)",
	"NOT CHECKED: it was written with a key, which --key-file gives":                    "감사하지 못함: 키로 기록되었으며, --key-file로 키를 지정해야 함",
	"NOT CHECKED: it was written with another key":                                      "감사하지 못함: 다른 키로 기록됨",
	"signatures were not checked: give --roots":                                         "서명은 검증하지 않음: --roots로 신뢰할 루트를 지정",
	"%d signatures verified":                                                            "서명 %d건 검증됨",
	"ONLY %d OF %d SIGNATURES VERIFIED":                                                 "서명 %[2]d건 중 %[1]d건만 검증됨",
	"%d: %d committed, %d aborted, %d interrupted, %d in progress, %d purged":           "%d개: 완료 %d, 포기 %d, 중단 %d, 진행 중 %d, 파기 %d",
	"none on this file system; who writes meanwhile may cause faults here":              "이 파일 시스템에는 잠금이 없습니다. 읽는 동안 기록하는 프로세스가 있으면 이상으로 보일 수 있습니다",
	"%d, of crashes; nothing is lost with them":                                         "%d개, 비정상 종료의 흔적이며 잃은 것은 없음",
	"kakaocert: nothing was removed: %d records would be with --yes":                    "kakaocert: 파기하지 않음. --yes를 붙이면 레코드 %d개를 파기함",
	"kakaocert: only the chains were checked: records need --key-file or --archive-key": "kakaocert: 체인의 연결만 확인함. 레코드를 읽으려면 --key-file이나 --archive-key가 필요함",

	// Descriptions.
	"kakaocert": `명령마다 -h로 사용법과 예를 볼 수 있습니다.

종료 코드: 0 완료, 1 아니오, 2 잘못된 호출 또는 없는 파일, 3 주어진 키로는 확인할 수 없음, 130 중단됨.

키는 환경 변수에서 읽습니다: KAKAOCERT_DEALER_KEY, KAKAOCERT_INSTITUTION_KEY, KAKAOCERT_SETTLE_ID,
KAKAOCERT_ENC_KEY, KAKAOCERT_ENC_IV. 모두 지정하거나 모두 생략하며, 생략하면 내장 시뮬레이터를 호출합니다.
KAKAOCERT_ENC_VERSION은 암호화 키의 번호(계약에 있을 때)입니다. KAKAOCERT_ENV는 test(기본값) 또는 production,
KAKAOCERT_BASE_URL은 카카오 서버 대신 호출할 주소, KAKAOCERT_PROTOCOL은 프로토콜 파일입니다. KAKAOCERT_ROOTS와
KAKAOCERT_INTERMEDIATES는 --roots와 --intermediates를 대신합니다.

bash 자동 완성: source <(kakaocert completion bash). 다른 셸은 kakaocert completion -h를 참고하십시오.`,
	"kakaocert help":    `예: kakaocert help evidence verify`,
	"kakaocert version": `예: kakaocert version --json`,
	"kakaocert verify": `SIGNED는 DER, BER, PEM, Base64이며 -는 표준 입력입니다. 파일마다 결과를 출력합니다. --json은 한 줄에 객체
하나입니다: file, verified, reason(실패한 단계), defect, checks(통과한 단계), revocation, signer, content_length,
content_checked. --content나 --detached가 없으면 원문은 서명과만 대조합니다. 무엇을 서명해야 했는지는 알 수 없습니다.
폐지 여부는 --crl, --ocsp, --fetch로 확인하며, --fetch가 없으면 네트워크를 사용하지 않습니다.

종료 코드: 0 모두 검증됨, 1 하나라도 아님, 2 잘못된 호출 또는 없는 파일.

예:
  kakaocert verify --roots root.pem --content contract.txt signed.p7s
  kakaocert verify --roots root.pem --crl ca.crl --crl root.crl --time 2026-03-01T09:30:00+09:00 *.p7s
  kakaocert verify --roots root.pem --content contract.txt --ci-file ci.txt --vid 063f0e4e... signed.p7s`,
	"kakaocert inspect": `SIGNED는 DER, BER, PEM, Base64이며 -는 표준 입력입니다. kakaocert verify로 검증하기 전까지 메시지의 내용은
누구나 쓸 수 있는 것입니다. 이름은 개인정보이므로 가립니다.

종료 코드: 0 모두 읽음, 1 하나라도 읽을 수 없음, 2 잘못된 호출 또는 없는 파일.

예: kakaocert inspect signed.p7s`,
	"kakaocert vid": `VID는 CI 64바이트와 인증서 일련번호 바이트의 SHA-256입니다. CI는 개인정보이므로 명령줄이 아니라 파일에서 읽습니다.

예: kakaocert vid --ci-file ci.txt --serial f1e2d3c4b5a69788`,
	"kakaocert identity": `준비, 요청, 서명 대기, nonce 확인, 서명자 비교를 차례로 진행합니다.
` + koreanLearn + koreanFlow + `
예:
  kakaocert identity
  kakaocert identity --name 홍길동 --birthday 19900101 --phone 01012345678`,
	"kakaocert withdrawal": `준비, 요청, 서명 대기를 거쳐 서명을 받아 검증하고, 서명된 항목과 서명자를 비교합니다. 루프백이 아닌
서버를 호출하면 동의의 여섯 항목을 모두 지정해야 하며, 그 밖에는 생략한 항목을 지어냅니다.
` + koreanStore + `
DIR에는 consent.p7s(서명, DER), consent.json(항목), roots.pem이 저장됩니다:
  openssl cms -verify -inform DER -in DIR/consent.p7s -CAfile DIR/roots.pem -purpose any
  kakaocert evidence verify DIR --roots DIR/roots.pem
` + koreanLearn + koreanFlow + `
예: kakaocert withdrawal --out filed`,
	"kakaocert contract": `준비, 요청, 서명 대기를 거쳐 서명을 받고, 각 서명을 해당 문서와 대조하여 검증하며, 서명자를 비교합니다. 문서는
바이트 그대로 보냅니다. 제목은 파일 이름입니다. 여러 건은 --text A B C 또는 --text A --text B처럼 보여 줄 순서대로
지정합니다.
` + koreanStore + `
DIR에는 문서마다 document-001.p7s(서명, DER)와 document-001.txt가, 그리고 roots.pem이 저장됩니다:
  openssl cms -verify -inform DER -in DIR/document-001.p7s -CAfile DIR/roots.pem -purpose any
  kakaocert evidence verify DIR --roots DIR/roots.pem
` + koreanLearn + koreanFlow + `
예: kakaocert contract --text contract.txt terms.txt --out signed`,
	"kakaocert resume": `중단된 절차는 이어 갈 명령을 출력합니다. --out을 썼다면 요청한 내용이 디렉터리에 있습니다. 아니라면 다시
지정합니다: 본인인증의 nonce, 계약 문서(순서대로), 출금동의의 여섯 항목.

거래의 상태를 묻고, 아직 요청하지 않았을 때만 사용자에게 요청하며, 서명을 기다린 뒤 증거에서 읽거나 새로 받아
검증하고, 서명자를 비교합니다. --name, --birthday, --phone이 없으면 서명자를 비교하지 않습니다.

내장 시뮬레이터는 호출과 함께 끝나므로 이어 갈 절차가 없습니다.

종료 코드: 0 검증됨, 1 아님, 2 잘못된 호출, 130 중단됨.

예:
  kakaocert resume --out signed --key-file key
  kakaocert resume K1110T:0123456789abcdef --nonce 7ZQ2M4KXW5JH3RFT6YB4NCDPLA`,
	"kakaocert evidence": `증거 디렉터리는 evidence 패키지와 withdrawal, contract의 --out이 만든 것입니다. 서명이 들어 있을 수 있는 모든
응답이 변경, 삭제, 추가가 드러나도록 연결되어 있습니다.`,
	"kakaocert evidence list": `시작된 순서로 레코드를 한 줄에 하나씩 출력합니다. 검증은 하지 않습니다. 읽을 수 없는 레코드는 알립니다.

종료 코드: 0 모두 읽음, 1 하나라도 읽을 수 없음, 2 잘못된 호출 또는 없는 디렉터리, 3 키만 없음.

예: kakaocert evidence list signed`,
	"kakaocert evidence show": `RECORD는 레코드의 ID 또는 거래의 tx_id입니다. 레코드에 관해 알려진 것과, 들어 있는 것의 이름과 크기를 보여
줍니다. 내용은 kakaocert evidence export로 저장합니다.

종료 코드: 0 표시함, 1 기록된 그대로가 아님, 2 잘못된 호출 또는 없는 레코드, 3 주어진 키로는 읽을 수 없음.

예: kakaocert evidence show signed 0123456789abcdef`,
	"kakaocert evidence export": `RECORD는 레코드의 ID 또는 거래의 tx_id입니다. answer.json(받은 바이트), signature-001.p7s(DER, 요청 순서),
첨부를 소유자만 읽을 수 있게 저장합니다. 암호화되지 않으며 개인정보가 들어 있습니다. 덮어쓰지 않고, 검증하지 않습니다.

종료 코드: 0 저장함, 1 기록된 그대로가 아님, 2 잘못된 호출 또는 없는 레코드.

예: kakaocert evidence export signed 0123456789abcdef --key-file key --to out`,
	"kakaocert evidence purge": `RECORD는 레코드의 ID 또는 거래의 tx_id입니다. 체인에는 시각, 사유, 파기한 레코드의 다이제스트가 남아 연결이
유지됩니다. 사유는 암호화되지 않으므로 개인정보를 적지 마십시오. 첫 --key-file은 디렉터리에 기록하는 키입니다.

--yes가 없으면 파기하지 않고 대상만 출력합니다. 디스크나 백업에 남은 것까지 지우지는 못합니다.

종료 코드: 0 파기함(또는 출력함), 1 파기할 수 없음, 2 잘못된 호출 또는 없는 레코드.

예: kakaocert evidence purge signed 0123456789abcdef --reason "보존 기간 만료" --yes`,
	"kakaocert evidence verify": `디렉터리 전체를 읽습니다: 체인의 연결, 모든 레코드, 모든 첨부. --roots를 지정하면 함께 보존된 서명 검증의
시각, 인증서, CRL, OCSP 응답으로 모든 서명을 다시 검증합니다. 지정하지 않으면 서명을 검증하지 않으며, 출력에 그렇게 적습니다.

폐지 여부는 처음 검증이 알았던 서명만 확인합니다. --fetch를 지정하면 모든 서명을 확인하며, 보존되지 않은 것은 인증서에 적힌
주소에서 가져옵니다. 어느 응답으로 확인했는지 출력합니다. 처음 검증보다 새로운 목록은 폐지되었다는 것만 말할 수 있습니다.

체인의 끝이 잘린 것은 헤드를 아는 사람만 알 수 있습니다. 헤드는 쓰는 프로세스마다 하나입니다. DIR에 쓸 수 있는 사람이 쓸 수 없는 곳에 때때로 남기십시오:
  kakaocert evidence verify DIR --head >> /elsewhere/heads
나중에 --since로 지정합니다. 체크포인트(kakaocert evidence checkpoint)는 모든 체인의 서명된 헤드이며 --checkpoint로
지정합니다. --checkpoint-key와 --origin을 지정하면 모든 체크포인트의 서명도 검증합니다. --fetch가 없으면 아무것도 전송하지 않습니다.

--tsa-roots를 지정하면 DIR의 시계를 믿지 않습니다. 레코드는 늦어도 타임스탬프가 만들어진 때(kakaocert evidence checkpoint
--tsa-url), 타임스탬프가 없으면 지금 있었던 것으로 보며, 서명은 그 시각에도 유효해야 합니다. 따라서 그 뒤에 인증서가 만료된 서명은
만료 전의 타임스탬프가 있으면 유효하고, 없으면 거부됩니다. 타임스탬프 전에 폐지된 것까지 확인하려면 --fetch도 지정하십시오.

암호화된 디렉터리의 헤드는 키 없이도 출력하며, 그때는 연결만 확인합니다.

--json은 레코드마다 객체 하나, 마지막에 전체에 대한 객체 하나입니다.

종료 코드: 0 기록된 그대로이며 서명도 검증됨, 1 그렇지 않음, 2 잘못된 호출 또는 없는 디렉터리, 3 주어진 키로는 아무것도
읽을 수 없음.

예: kakaocert evidence verify signed --roots signed/roots.pem`,
	"kakaocert evidence copy": `체인, 레코드, 첨부, 체크포인트를 있는 그대로 새 디렉터리에 씁니다. 다른 곳에서 kakaocert evidence verify로 감사하거나 보관할 때 씁니다.
키는 필요하지 않습니다. 프로세스가 플로우를 마칠 때 쓰는 키는 복사하지 않습니다. 그동안 새로 시작된 것은 사본에 없습니다.

종료 코드: 0 저장함, 1 읽거나 쓸 수 없음, 2 잘못된 호출.

예: kakaocert evidence copy signed --to audit-2026`,
	"kakaocert evidence checkpoint": `체크포인트는 DIR의 모든 체인에 대한 서명된 헤드입니다. DIR에 저장하고 출력합니다. 출력한 것을 DIR에 쓸 수 있는 사람이
쓸 수 없는 곳에 보관하고 나중에 kakaocert evidence verify --checkpoint로 지정하면, 잘린 끝, 이전 사본, 다시 쓴 체인이 드러납니다.
지난 체크포인트 뒤로 새 항목이 없으면 그것을 출력합니다.

--tsa-url을 지정하면 타임스탬프 기관이 체크포인트의 시각을 증명합니다. 기관은 다이제스트만 알게 됩니다. 타임스탬프는 DIR에 저장하며,
레코드가 늦어도 언제 있었는지를 kakaocert evidence verify --tsa-roots에 증명합니다. 받지 못해도 체크포인트는 저장하고 출력하며, 종료
코드가 1이므로 다시 실행하십시오.

기관이 비밀번호, 키, 인증서를 요구하면 --tsa-user-file, --tsa-header-file, --tsa-client-cert로 지정합니다. https로만, 또는 이
컴퓨터의 http로만 보냅니다. 명령줄은 이 컴퓨터의 모든 사용자가 볼 수 있으므로 비밀을 적지 마십시오.

--sign-key는 Ed25519 또는 ECDSA 개인키(PEM)입니다. --key-file의 키와 따로 보관하십시오. 둘 다 가진 사람은 증거를 다시 쓸 수
있습니다. 프로그램에서는 evidence.Checkpointer로 KMS나 HSM의 키를 씁니다.

종료 코드: 0 출력함, 1 기록된 그대로가 아니거나 아직 타임스탬프가 없음, 2 잘못된 호출.

예: kakaocert evidence checkpoint signed --origin evidence.bank.example \
      --sign-key sign.pem > /elsewhere/2026-11-27`,
	"kakaocert sim": `카카오톡 인증 서비스를 흉내 내는 서버로, 어떤 언어의 클라이언트든 호출할 수 있습니다. 표준 출력에는 클라이언트에
필요한 값이 셸이 읽을 수 있는 줄로 나옵니다:

   kakaocert sim | tee sim.env        한 터미널에서
   . ./sim.env                        다른 터미널에서

호출은 표준 오류에 출력합니다. Ctrl-C로 끝냅니다.

/_sim/phone 페이지가 사용자의 휴대전화 역할을 하며, 여기서 서명하거나 거절합니다. /_sim/ 아래의 제어 인터페이스로
프로그램에서도 같은 일을 할 수 있습니다. 접근할 수 있으면 서명할 수 있으므로 --public이 없으면 루프백에서만 수신합니다.

시드 파일이 없으면 사용자는 홍길동(19900101, 01012345678) 한 명이며 페이지에서 서명합니다. 계약의 키는 공개되어 있고
늘 같습니다. 시드 파일은 JSON이며 모든 필드를 생략할 수 있습니다:

   {
     "environment": "test",
     "contract": {
       "dealer_key": "...", "institution_key": "...", "settle_ids": ["..."],
       "cipher_keys": [{"key": "(Base64)", "iv": "(Base64)", "version": 1}],
       "without_ci": false,
       "desc": {
         "request_type": "...", "request_organization": "...",
         "receiver_name": "..."
       },
       "denied": ["k3500", "k1100.signer"]
     },
     "dialect": {
       "without_scheme": true, "der": true, "url_safe": true,
       "base64_vid": true, "identity_cms": true
     },
     "users": [
       {
         "name": "김철수", "birthday": "19851224", "phone": "01011112222",
         "behaviour": "sign:3s", "key": "ECDSA"
       }
     ],
     "faults": [{"step": "verify", "kind": "drop_after", "times": 1}]
   }

dialect의 모든 필드는 docs/simulator.ko.md에 있습니다.

behaviour는 sign, sign:3s, refuse, refuse:3s, ignore, manual, dormant, foreign, no_certificate 중 하나이며, 생략하면 바로
서명합니다.`,
	"kakaocert vectors": `ANSWERS가 없으면 벡터를 JSON 객체 하나로 출력합니다. 부분마다 무엇에 관한 것인지, 답에 무엇이 들어가야 하는지,
모든 입력에 공통인 필드, 그리고 벡터(id와 입력)가 있습니다. 부분은 answers(호스트의 응답), cipher(AES), cms(서명),
errors(오류 코드), session(축약서명), vid입니다.

ANSWERS는 파일 또는 표준 입력(-)이며, id마다 구현이 낸 답을 담은 JSON 객체 하나입니다:

   {"vid/one": {"vid": "063f0e4e..."},
    "cipher/gcm-decrypt-name": {"unsupported": true}}

다르게 답한 벡터를 출력합니다. 하나라도 답한 부분과 --part로 지정한 부분은 모두 답해야 합니다. 벡터에는 실제 정보나
비밀이 없습니다.

종료 코드: 0 모두 일치, 1 다르거나 빠진 답이 있음, 2 잘못된 호출 또는 없는 파일.

예:
  kakaocert vectors > vectors.json
  java -cp out kakaocert.Vectors < vectors.json | kakaocert vectors -`,
	"kakaocert doctor": `환경 변수가 가리키는 호스트를 상대로 차례로 점검합니다: 변수, 키, 암호, 루트, 주소, TLS, 시각, 그리고 서비스가 키와 상품
코드와 settle_id를 받아들이는지, 프로토콜의 각 경로가 API로서 응답하는지. 잘못된 것은 할 일과 함께 알립니다.

누구에게도 서명을 요청하지 않고, 거래를 만들지 않으며, 아무것도 가져오지 않습니다. 임의의 tx_id로 호출하며, 준비(prepare)는
settle_id만으로, 그리고 복호화 여부를 알기 위해 존재할 수 없는 사용자(kakaocert doctor, 19000101, 01000000000)로
호출합니다. 호출은 40번 이하이며, 이 장비 밖으로 나가는 호출은 1초에 한 번입니다. 운영 서버는 --production을 지정해야
호출합니다.

점검 결과는 정상, 오류, 미확인, 생략입니다. 미확인은 사람 없이 알 수 없는 것이며 알 수 있는 방법을 함께 알립니다. 정상인
경로에는 E1001, E2003과 같은 거부 코드가 표시됩니다. 내용이 불완전한 호출은 거부되어야 정상입니다.

--write를 지정하면 없는 경로 대신 알려진 다른 경로를 1초에 한 번씩 시도하고, 맞는 것을 KAKAOCERT_PROTOCOL에 쓸 프로토콜
파일로 저장합니다. 임의의 tx_id를 알 수 없다고 응답하는 경로(E2003)만 찾은 것으로 봅니다. 한 상품으로 확인한 경로는 다른
상품에도 적용합니다. 저장한 파일로 doctor를 다시 실행하면 모든 경로를 호출합니다.

종료 코드: 0 오류 없음, 1 오류 있음, 2 잘못된 호출, 130 중단됨.`,
}

const koreanLearn = `
--learn FILE은 필드 이름을 모르는 서버를 위한 것입니다. 이 절차의 값이 응답에서 다른 이름으로 있으면 그 이름을 FILE에
저장하며, 이후 KAKAOCERT_PROTOCOL로 지정합니다. 그 값을 돌려줄 단계의 응답에서, 값이 한 곳에만 있을 때만 저장하고,
아니면 값이 있는 곳을 보여 줍니다. 파일은 읽어 본 뒤에 쓰십시오.
`

const koreanFlow = `
환경 변수에 키가 없으면 내장 시뮬레이터를 호출하며 사용자는 가상 인물입니다. 루프백이 아닌 서버를 호출하면 테스트 서버라도
실제 사람의 휴대전화로 요청이 가므로 --name, --birthday, --phone을 지정해야 합니다.

종료 코드: 0 검증됨, 1 아님(reason, step, error에 이유), 2 잘못된 호출(요청하지 않음), 130 중단됨.
`

const koreanStore = `
카카오는 서명을 한 번만 줍니다. --out을 지정하면 첫 바이트부터 증거로 보존하고 --key-file의 키로 암호화합니다
(openssl rand -out key 32로 만듭니다). 검증된 것은 소유자만 읽을 수 있는 파일로도 저장하며 암호화하지 않습니다. 요청하기
전에 kakaocert resume에 필요한 내용도 저장합니다. 루프백이 아닌 서버를 호출하면 --out과 --key-file을 지정해야 합니다.
`
