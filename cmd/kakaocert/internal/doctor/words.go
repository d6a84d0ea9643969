package doctor

import "github.com/kakaocert-go/kakaocert/internal/bilingual"

// words are what the doctor says, in Korean and English: under a diagnosis what was
// seen, with fmt's verbs, and under "todo." and the diagnosis what to do about it, a
// line each. The diagnosis of a check is its kind and its cause; its result is in
// results.
var words = bilingual.Table{
	"summary":        {"정상 %d, 오류 %d, 미확인 %d, 생략 %d", "%d ok, %d wrong, %d unknown, %d skipped"},
	"result.wrong":   {"오류   ", "wrong  "},
	"result.unknown": {"미확인 ", "unknown"},
	"result.skipped": {"생략   ", "skipped"},
	"result.ok":      {"정상   ", "ok     "},

	"skipped.before": {
		"앞 단계의 오류로 확인하지 않음",
		"not looked at: something above is wrong",
	},

	"protocol.default": {
		"기본값: 항목 %d개, 그중 %d개는 가정",
		"the default: %d entries, %d of them assumed",
	},
	"protocol.file": {
		"파일에서 변경한 항목: %s. 나머지 중 %d개는 가정",
		"the file changes %s; %d other entries are assumed",
	},
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
	"environment.test": {
		"test: 상품 코드 끝에 T가 붙음",
		"test: product codes end in T",
	},
	"environment.production": {
		"production: 상품 코드에 T가 붙지 않으며, 사용자는 실제 고객임",
		"production: product codes have no T, users are customers",
	},
	"environment.unknown": {
		"KAKAOCERT_ENV가 test도 production도 아님",
		"KAKAOCERT_ENV is neither test nor production",
	},
	"todo.environment.unknown": {
		"둘 중 하나로 설정하십시오.",
		"Set it to one of the two.",
	},

	"key.formed": {
		"%s: 키 형식이 맞음",
		"%s has the form of a key",
	},
	"key.unset": {
		"%s가 설정되지 않음",
		"%s is not set",
	},
	"todo.key.unset": {
		"앱의 REST API 키를 설정하십시오. 딜러사 앱은 KAKAOCERT_DEALER_KEY, 이용기관 앱은\nKAKAOCERT_INSTITUTION_KEY입니다. 계약 없이 시도하려면 kakaocert sim이 출력하는 값을 쓰십시오.",
		"Set it to the app's REST API key: the dealer's in KAKAOCERT_DEALER_KEY, the institution's in\nKAKAOCERT_INSTITUTION_KEY. To try without a contract, take what kakaocert sim prints.",
	},
	"key.prefixed": {
		"%s가 KakaoAK로 시작함",
		"%s begins with KakaoAK",
	},
	"todo.key.prefixed": {
		"접두어 없이 키만 설정하십시오. KakaoAK는 자동으로 붙습니다.",
		"Give the bare key: KakaoAK is added to it.",
	},
	"key.malformed": {
		"%s에 공백, 줄바꿈 등 헤더에 쓸 수 없는 문자가 있음",
		"%s has a space, a line break or another character that no header can have",
	},
	"todo.key.malformed": {
		"앞뒤 문자 없이 키만 다시 복사하십시오.",
		"Copy the key again, without what is around it.",
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

	"cipher.works": {
		"AES-256-%s: 테스트용 문장을 암호화한 뒤 복호화하면 원문과 일치함",
		"AES-256-%s gives a known text back",
	},
	"cipher.version": {
		"KAKAOCERT_ENC_VERSION이 1 이상의 정수가 아님",
		"KAKAOCERT_ENC_VERSION is not a whole number from 1",
	},
	"todo.cipher.version": {
		"계약에 키 번호가 있으면 그 번호를 설정하고, 없으면 변수를 해제하십시오.",
		"Set it to the key's number in the contract; unset it where the contract gives none.",
	},
	"cipher.broken": {
		"AES-256-%s: 테스트용 문장을 암호화한 뒤 복호화해도 원문과 일치하지 않음",
		"AES-256-%s does not give a known text back",
	},
	"todo.cipher.broken": {
		"프로토콜 파일의 cipher.mode와 키, IV를 확인하십시오.",
		"Check cipher.mode in the protocol file, and key and IV.",
	},

	"roots.readable": {
		"%s: 루트 인증서를 읽을 수 있음",
		"%s contains root certificates",
	},
	"roots.unset": {
		"KAKAOCERT_ROOTS가 설정되지 않음: 서명을 확인하려면 --roots를 지정해야 함",
		"KAKAOCERT_ROOTS is not set: signatures are checked only where --roots is given",
	},
	"roots.broken": {
		"KAKAOCERT_ROOTS: %v",
		"KAKAOCERT_ROOTS: %v",
	},
	"todo.roots.broken": {
		"카카오에서 받은 루트 인증서를 PEM 파일로 지정하십시오.",
		"Name a PEM file with the root certificates that Kakao gave you.",
	},

	"address.kakao": {
		"%s, 카카오의 %s 호스트",
		"%s, Kakao's %s host",
	},
	"address.own": {
		"%s, KAKAOCERT_BASE_URL의 값",
		"%s, from KAKAOCERT_BASE_URL",
	},
	"address.other_environment": {
		"%s: 카카오의 호스트이지만 %s용이 아님",
		"%s is Kakao's host, but not for %s",
	},
	"todo.address.other_environment": {
		"KAKAOCERT_BASE_URL을 해제하십시오. 카카오의 호스트와 상품 코드는 KAKAOCERT_ENV 하나로 함께 정해집니다.",
		"Unset KAKAOCERT_BASE_URL: KAKAOCERT_ENV alone chooses between Kakao's hosts, and the product codes with them.",
	},
	"address.plain": {
		"KAKAOCERT_BASE_URL이 다른 장비로 가는 암호화되지 않은 http 주소임: 전송 구간에서 키가 노출됨",
		"KAKAOCERT_BASE_URL is plain http to another machine: keys would be readable on the way",
	},
	"todo.address.plain": {
		"https를 쓰십시오. http는 이 장비에서 실행 중인 시뮬레이터에만 쓸 수 있습니다.",
		"Use https; plain http is for a simulator on this machine.",
	},
	"address.malformed": {
		"KAKAOCERT_BASE_URL이 스킴과 호스트(필요하면 경로)로 이루어진 주소가 아님",
		"KAKAOCERT_BASE_URL is not scheme, host and perhaps a path",
	},
	"todo.address.malformed": {
		"https://host 또는 https://host/path 형식으로 쓰십시오. 카카오의 호스트를 쓰려면 변수를 해제하십시오.",
		"Give it as https://host or https://host/path, or unset it for Kakao's host.",
	},

	"resolve.found": {
		"%s: %s",
		"%s is %s",
	},
	"resolve.literal": {
		"%s: DNS 조회가 필요 없음",
		"%s needs no resolving",
	},
	"resolve.proxy": {
		"DNS 조회는 프록시에서 수행함: %s",
		"left to the proxy %s",
	},
	"resolve.not_found": {
		"%s: 존재하지 않는 호스트",
		"there is no host %s",
	},
	"todo.resolve.not_found": {
		"KAKAOCERT_BASE_URL에 오타가 없는지, 이 장비의 DNS 설정이 올바른지 확인하십시오.",
		"Check KAKAOCERT_BASE_URL for a typing mistake, and this machine's DNS.",
	},
	"resolve.failed": {
		"%s: DNS 응답 없음",
		"the DNS does not answer for %s",
	},
	"todo.resolve.failed": {
		"이 장비의 네트워크와 DNS 서버를 확인하십시오.",
		"Check this machine's network and its DNS server.",
	},

	"connect.open": {
		"%s",
		"%s",
	},
	"connect.refused": {
		"%s: 연결이 거부됨. 해당 포트에서 수신 대기하는 프로세스가 없음",
		"%s refuses the connection: nothing listens there",
	},
	"todo.connect.refused": {
		"호스트와 포트, 그리고 시뮬레이터나 게이트웨이가 실행 중인지 확인하십시오.",
		"Check host and port, and whether the simulator or the gateway runs.",
	},
	"connect.timeout": {
		"%s: %s 안에 응답 없음",
		"%s does not answer within %s",
	},
	"todo.connect.timeout": {
		"방화벽에서 이 주소를 허용하고, 이 장비의 공인 IP를 카카오에 등록하십시오.",
		"Open the firewall to it, and have this machine's public IP address registered with Kakao.",
	},
	"connect.reset": {
		"%s: 서버가 연결을 끊음",
		"%s cuts the connection",
	},
	"todo.connect.reset": {
		"이 장비의 공인 IP를 카카오에 등록하고, TLS를 차단하는 방화벽이 있는지 확인하십시오.",
		"Have this machine's public IP address registered with Kakao; look for a firewall that cuts TLS.",
	},
	"connect.failed": {
		"%s: 연결할 수 없음: %v",
		"%s cannot be reached: %v",
	},
	"todo.connect.failed": {
		"네트워크를 확인하고, 프록시(HTTPS_PROXY)를 쓴다면 그 설정도 확인하십시오.",
		"Check the network and, where there is one, the proxy (HTTPS_PROXY).",
	},

	"tls.trusted": {
		"%s, 신뢰할 수 있는 인증서, %s까지 유효",
		"%s, certificate trusted, valid until %s",
	},
	"tls.plain": {
		"TLS 없음: 이 장비 밖으로 나가지 않는 http",
		"none: plain http, which stays on this machine",
	},
	"tls.unknown_authority": {
		"이 장비가 신뢰하지 않는 인증기관이 발급한 호스트 인증서임",
		"the host's certificate is of an authority that this machine does not trust",
	},
	"todo.tls.unknown_authority": {
		"중간에서 통신을 복호화하는 프록시가 있거나, 시스템에 CA 인증서(ca-certificates)가 없을 수 있습니다. 자체 게이트웨이의\n루트 인증서는 시스템 저장소나 SSL_CERT_FILE에 추가하십시오. 인증서 검증은 끌 수 없습니다.",
		"A proxy may read along, or the machine's CA certificates are missing (ca-certificates). A gateway's own\nroot belongs into the system's store or SSL_CERT_FILE; the check is never switched off.",
	},
	"tls.wrong_name": {
		"%s의 인증서가 아님",
		"the certificate is not for %s",
	},
	"todo.tls.wrong_name": {
		"인증서에 기재된 호스트 이름으로 호출하십시오.",
		"Call the host by the name in its certificate.",
	},
	"tls.expired": {
		"이 장비의 시각 기준으로 인증서가 유효하지 않음",
		"the certificate is not valid at this machine's time",
	},
	"todo.tls.expired": {
		"먼저 이 장비의 시각을, 다음으로 인증서의 유효기간을 확인하십시오.",
		"Check this machine's clock first; then the certificate's dates.",
	},
	"tls.not_tls": {
		"TLS를 쓰지 않는 포트임",
		"the port does not speak TLS",
	},
	"todo.tls.not_tls": {
		"포트를 확인하십시오. 시뮬레이터는 http://로 호출합니다.",
		"Check the port; a simulator is called with http://.",
	},
	"tls.too_old": {
		"호스트가 TLS 1.2 이상을 지원하지 않음",
		"the host has no TLS 1.2 or newer",
	},
	"todo.tls.too_old": {
		"서비스 앞단에 오래된 장비가 있습니다. TLS 1.2 미만으로는 통신하지 않습니다.",
		"Something old stands before the service; nothing below TLS 1.2 is spoken.",
	},
	"tls.failed": {
		"%v",
		"%v",
	},
	"todo.tls.failed": {
		"중간에 프록시나 게이트웨이가 있는지 확인하십시오.",
		"Look for a proxy or a gateway on the way.",
	},

	"clock.right": {
		"서버 시각과의 차이: %s",
		"%s from the server's",
	},
	"clock.ahead": {
		"이 장비의 시각이 서버보다 %s 빠름",
		"this machine is %s ahead of the server",
	},
	"todo.clock.ahead": {
		"NTP로 시각을 동기화하십시오. 인증서와 서명은 이 시각으로 확인하며, 검증(verify)은 서명 후 10분 안에 호출해야 합니다.",
		"Set the clock by NTP: certificates and signatures are checked by it, and verify must come within 10 minutes.",
	},
	"clock.behind": {
		"이 장비의 시각이 서버보다 %s 느림",
		"this machine is %s behind the server",
	},
	"todo.clock.behind": {
		"NTP로 시각을 동기화하십시오. 인증서와 서명은 이 시각으로 확인하며, 검증(verify)은 서명 후 10분 안에 호출해야 합니다.",
		"Set the clock by NTP: certificates and signatures are checked by it, and verify must come within 10 minutes.",
	},
	"clock.unknown": {
		"응답에 비교할 시각 정보가 없음",
		"the answer has no date to compare with",
	},
	"todo.clock.unknown": {
		"NTP 클라이언트로 확인하십시오(chronyc tracking, timedatectl).",
		"An NTP client tells (chronyc tracking, timedatectl).",
	},

	"service.answers": {
		"%s: 인증 서비스의 코드로 응답함(%s)",
		"%s answers with a code of the service (%s)",
	},
	"service.not_it": {
		"어느 경로도 인증 서비스처럼 응답하지 않음(%s: %s): 다른 호스트임",
		"no path answers as the service does (%s: %s): this is another host",
	},
	"todo.service.not_it": {
		"KAKAOCERT_BASE_URL을 해제하면 카카오의 호스트를 호출합니다. 게이트웨이라면 주소 끝에 경로가 필요할 수 있습니다.",
		"Unset KAKAOCERT_BASE_URL for Kakao's host; a gateway may need a path at its end.",
	},
	"service.front": {
		"인증 서비스에 도달하기 전에 거부됨(%s: %s)",
		"refused before the service saw it (%s: %s)",
	},
	"todo.service.front": {
		"이 장비의 공인 IP를 카카오에 등록하고, 별도 인증을 요구하는 게이트웨이가 있는지 확인하십시오.",
		"Have this machine's public IP address registered with Kakao; look for a gateway that wants its own login.",
	},
	"service.busy": {
		"인증 서비스가 현재 응답할 수 없음(%s: %s)",
		"the service cannot answer now (%s: %s)",
	},
	"todo.service.busy": {
		"나중에 다시 시도하십시오. E0002는 점검 중입니다.",
		"Try again later; E0002 is maintenance.",
	},
	"service.other_code": {
		"API가 응답하지만 인증 서비스의 코드가 아님(%s: %s)",
		"an API answers, but with codes that are not the service's (%s: %s)",
	},
	"todo.service.other_code": {
		"카카오의 다른 API이거나 게이트웨이일 수 있습니다. KAKAOCERT_BASE_URL을 확인하십시오.",
		"This may be another API of Kakao's, or a gateway: check KAKAOCERT_BASE_URL.",
	},
	"service.no_code": {
		"%s: 거부됨(HTTP %d). JSON에 알려진 이름의 오류 코드 필드가 없음. 응답의 필드: %s",
		"%s refuses (HTTP %d) with JSON that has no error code under the names known; its fields: %s",
	},
	"todo.service.no_code": {
		"오류 필드의 이름은 가정입니다. 계약 문서의 이름이 다르면 프로토콜 파일에 지정하십시오:\n{\"field.error_code\": \"...\"}",
		"The names of error fields are assumed. Where the papers name another, put it into the protocol file:\n{\"field.error_code\": \"...\"}",
	},
	"service.no_answer": {
		"%s: %v",
		"%s: %v",
	},
	"todo.service.no_answer": {
		"연결은 되지만 호출에 응답하지 않습니다. 이 장비의 IP가 등록되어 있는지 확인하십시오.",
		"The host accepts connections but does not answer calls: see whether this machine's IP address is registered.",
	},

	"keys.accepted": {
		"두 키 모두 정상",
		"both are accepted",
	},
	"keys.swapped": {
		"거부됨(E1004). 서로 바꾸면 정상임: 딜러사 키와 이용기관 키가 뒤바뀜",
		"refused (E1004), and accepted when exchanged: dealer and institution key are swapped",
	},
	"todo.keys.swapped": {
		"KAKAOCERT_DEALER_KEY와 KAKAOCERT_INSTITUTION_KEY를 서로 바꾸십시오.",
		"Exchange KAKAOCERT_DEALER_KEY and KAKAOCERT_INSTITUTION_KEY.",
	},
	"keys.dealer": {
		"거부됨(E1004). 서비스의 메시지가 Authorization, 즉 딜러사 키를 가리킴",
		"refused (E1004); the service's words name Authorization: the dealer's key",
	},
	"todo.keys.dealer": {
		"KAKAOCERT_DEALER_KEY에 딜러사 앱의 REST API 키를 설정하십시오. 이용기관 키는 확인되지 않았습니다.",
		"Set KAKAOCERT_DEALER_KEY to the REST API key of the dealer's app. Nothing is known of the other key.",
	},
	"keys.institution": {
		"거부됨(E1004). 서비스의 메시지가 Target-Authorization, 즉 이용기관 키를 가리킴",
		"refused (E1004); the service's words name Target-Authorization: the institution's key",
	},
	"todo.keys.institution": {
		"KAKAOCERT_INSTITUTION_KEY에 이용기관 앱의 REST API 키를 설정하십시오.",
		"Set KAKAOCERT_INSTITUTION_KEY to the REST API key of the institution's app.",
	},
	"keys.either": {
		"거부됨(E1004). 서로 바꾸어도 거부되며, 어느 키가 문제인지는 서비스가 알려 주지 않음",
		"refused (E1004), exchanged too; the service does not say which of the two it is",
	},
	"todo.keys.either": {
		"두 키, 곧 이 서비스의 딜러사 앱 키와 이용기관 앱 키를 계약과 대조하십시오.",
		"Compare both with the contract: the dealer app's key and the institution app's key, of this service.",
	},

	"product.accepted": {
		"호스트가 %s 형식의 상품 코드를 받음",
		"the host takes codes like %s",
	},
	"product.production_host": {
		"거부됨(E1007): 호출한 코드 %s(테스트 서버용), 이 호스트가 받는 코드 %s. 운영 서버임",
		"refused (E1007): %s is for the test host, and this host takes %s: it is production",
	},
	"todo.product.production_host": {
		"테스트 서버를 호출하려면 KAKAOCERT_BASE_URL을 해제하십시오. 실제 고객이 대상이라면 KAKAOCERT_ENV=production으로 설정하십시오.",
		"Unset KAKAOCERT_BASE_URL to reach the test host; or, if customers are meant, set KAKAOCERT_ENV=production.",
	},
	"product.test_host": {
		"거부됨(E1007): 호출한 코드 %s(T 없음), 이 호스트가 받는 코드 %s. 테스트 서버임",
		"refused (E1007): %s has no T, and this host takes %s: it is a test host",
	},
	"todo.product.test_host": {
		"KAKAOCERT_ENV=test로 설정하십시오. 실제 고객이 대상이라면 KAKAOCERT_BASE_URL을 해제하십시오.",
		"Set KAKAOCERT_ENV=test; or, if customers are meant, unset KAKAOCERT_BASE_URL.",
	},
	"product.neither": {
		"거부됨(E1007): 코드 %s, 다른 환경의 코드 모두 이 호스트용이 아님",
		"refused (E1007): %s is for another host, and so is the code of the other environment",
	},
	"todo.product.neither": {
		"계약 대상인 호스트와 상품을 카카오에 문의하십시오.",
		"Ask Kakao which host and which products the contract is for.",
	},

	"settle.accepted": {
		"유효함. 임의의 값은 거부됨(%s)",
		"accepted; one that is made up is not (%s)",
	},
	"settle.unset": {
		"KAKAOCERT_SETTLE_ID가 설정되지 않음",
		"KAKAOCERT_SETTLE_ID is not set",
	},
	"todo.settle.unset": {
		"계약에 명시된 정산 단위를 설정하십시오.",
		"Set it to the settlement unit that the contract names.",
	},
	"settle.malformed": {
		"KAKAOCERT_SETTLE_ID가 공백 없는 ASCII 128자 이하의 값이 아님",
		"KAKAOCERT_SETTLE_ID is not at most 128 characters of ASCII without spaces",
	},
	"todo.settle.malformed": {
		"계약 문서에서 다시 복사하십시오.",
		"Copy it again from the contract.",
	},
	"settle.refused": {
		"거부됨(%s)",
		"refused (%s)",
	},
	"todo.settle.refused": {
		"KAKAOCERT_SETTLE_ID를 계약과 대조하십시오. 이 호스트와 상품에 맞는 값이어야 합니다.",
		"Compare KAKAOCERT_SETTLE_ID with the contract, for this host and these products.",
	},
	"settle.unknown": {
		"서비스가 다른 이유로 먼저 거부함(%s). 임의의 값을 넣어도 같음",
		"the service complains about something else first (%s), of a made-up one too",
	},
	"todo.settle.unknown": {
		"동의를 얻은 사람으로 준비(prepare)를 호출하면 알 수 있습니다. 그때 E1005가 나오면 settle_id 문제입니다.",
		"What would tell: preparing for a person who has agreed; E1005 then means the settle_id.",
	},

	"path.answers": {
		"%s (%s): %s",
		"%s (%s): %s",
	},
	"todo.path.permission": {
		"계약에 포함된 API이면 권한을 카카오에 요청하십시오. 쓰지 않으면 할 일이 없습니다.",
		"Where the contract grants this API, ask Kakao for the permission; otherwise nothing is to be done.",
	},
	"path.permission": {
		"%s (%s): %s: 경로는 있으나 이 계약에 포함되지 않음",
		"%s (%s): %s: there, but not in this contract",
	},
	"path.missing": {
		"%s (%s): %s: 존재하지 않는 경로",
		"%s (%s): %s: no such path",
	},
	"todo.path.missing": {
		"계약 문서의 경로를 프로토콜 파일의 step.(서비스).(단계)에 지정하십시오.",
		"Take the path from the contract's papers, and put it into the protocol file under step.(service).(step).",
	},
	"path.elsewhere": {
		"%s (%s): %s. 다른 경로는 임의의 tx_id를 알 수 없다고 응답함(E2003): 이 단계 또는 이 상품의 경로가 아님",
		"%s (%s): %s, where other paths say that a made-up tx_id is unknown (E2003): not this step's, or not this product's",
	},
	"todo.path.elsewhere": {
		"계약 문서의 경로를 프로토콜 파일의 step.(서비스).(단계)에 지정하십시오.",
		"Take the path from the contract's papers, and put it into the protocol file under step.(service).(step).",
	},
	"path.parameters": {
		"%s (%s): %s: 경로는 있으나 tx_id를 조회하기 전에 파라미터를 거부함",
		"%s (%s): %s: it is there, but refuses the parameters before looking for the tx_id",
	},
	"todo.path.parameters": {
		"동의를 얻은 사람으로 전체 과정을 실행하면 알 수 있습니다(kakaocert identity). field.tx_id의 이름이 다를 수도 있습니다.",
		"What would tell: a whole flow with a person who has agreed (kakaocert identity); or field.tx_id has another name.",
	},
	"path.method": {
		"%s (%s): %s: HTTP 메서드가 다름",
		"%s (%s): %s: another method",
	},
	"todo.path.method": {
		"계약 문서의 메서드를 프로토콜 파일의 step.(서비스).(단계)에 지정하십시오.",
		"Take the method from the contract's papers, and put it into the protocol file under step.(service).(step).",
	},
	"path.no_code": {
		"%s (%s): %s: 알려진 이름의 오류 코드 필드가 없음",
		"%s (%s): %s: no error code under the names known",
	},
	"todo.path.no_code": {
		"코드 필드의 이름을 프로토콜 파일에 지정하십시오: {\"field.error_code\": \"...\"}",
		"Put the name of the code's field into the protocol file: {\"field.error_code\": \"...\"}",
	},
	"path.other_code": {
		"%s (%s): %s: 인증 서비스의 코드가 아님",
		"%s (%s): %s: no code of the service",
	},
	"todo.path.other_code": {
		"서비스 앞단에서 응답했을 수 있습니다. 이 코드의 뜻을 카카오에 문의하십시오.",
		"Something before the service may have answered: ask Kakao what the code means there.",
	},
	"path.accepted": {
		"%s (%s): %s: 임의의 tx_id를 거부하지 않음",
		"%s (%s): %s: a made-up tx_id was not refused",
	},
	"todo.path.accepted": {
		"동의를 얻은 사람으로 전체 과정을 실행하면 알 수 있습니다(kakaocert identity).",
		"What would tell: a whole flow with a person who has agreed (kakaocert identity).",
	},
	"path.busy": {
		"%s (%s): %s",
		"%s (%s): %s",
	},
	"todo.path.busy": {
		"나중에 다시 시도하십시오.",
		"Try again later.",
	},
	"path.no_answer": {
		"%s (%s): %s",
		"%s (%s): %s",
	},
	"todo.path.no_answer": {
		"다시 시도하십시오.",
		"Try again.",
	},

	"further.answers": {
		"사용 가능(%s)",
		"answers (%s)",
	},
	"further.denied": {
		"권한 없음(%s)",
		"no permission (%s)",
	},
	"todo.further.denied": {
		"계약에 포함된 상품이면 권한을 카카오에 요청하십시오. 쓰지 않는 상품이면 할 일이 없습니다.",
		"Where the contract grants this product, ask Kakao for the permission; otherwise nothing is to be done.",
	},
	"further.host": {
		"이 호스트의 상품이 아님(%s)",
		"not a product of this host (%s)",
	},
	"todo.further.host": {
		"계약에 포함된 상품이면 카카오에 문의하십시오.",
		"Where the contract grants this product, ask Kakao.",
	},
	"further.unclear": {
		"알 수 없음: %s",
		"unclear: %s",
	},
	"todo.further.unclear": {
		"다시 시도하십시오.",
		"Try again.",
	},

	"decryption.version": {
		"키 번호 %q로는 복호화됨: 키와 IV는 맞고 KAKAOCERT_ENC_VERSION이 다름",
		"the service decrypts under key number %q: key and IV are right, KAKAOCERT_ENC_VERSION is not",
	},
	"todo.decryption.version": {
		"KAKAOCERT_ENC_VERSION을 그 번호로 설정하십시오(빈 값이면 해제).",
		"Set KAKAOCERT_ENC_VERSION to that number; unset it where the number is empty.",
	},
	"decryption.works": {
		"서비스가 존재할 수 없는 사용자를 조회했고(%s), 임의의 키로는 조회하지 못함: 키와 IV가 맞음",
		"the service looked for a person who cannot be (%s), and could not with a made-up key: key and IV are right",
	},
	"decryption.unknown": {
		"서비스가 존재할 수 없는 사용자를 조회하지 않음(%s): KAKAOCERT_ENC_KEY나 KAKAOCERT_ENC_IV가 잘못되었거나, 서비스가 그런 사용자를 조회 없이 거부함",
		"the service did not look for a person who cannot be (%s): KAKAOCERT_ENC_KEY or KAKAOCERT_ENC_IV is wrong, or it refuses such a person unseen",
	},
	"todo.decryption.unknown": {
		"동의를 얻은, 인증서가 있는 사람으로 kakaocert identity를 실행하면 알 수 있습니다. 그때도 E1001, E2001, E2002 중\n하나가 나오면 키, IV 또는 cipher.mode가 계약과 다른 것입니다.",
		"What would tell: kakaocert identity with a person who has agreed and has a certificate. Where that gives\nE1001, E2001 or E2002 as well, the key, the IV or cipher.mode is not the contract's.",
	},
	"decryption.blind": {
		"임의의 키로 암호화한 값에도 서비스가 똑같이 응답함(%s)",
		"the service answers the same of data under a made-up key (%s)",
	},
	"todo.decryption.blind": {
		"동의를 얻은, 인증서가 있는 사람으로 kakaocert identity를 실행하면 알 수 있습니다. 그때 E1001, E2001, E2002 중\n하나가 나오면 키, IV 또는 cipher.mode가 계약과 다른 것입니다.",
		"What would tell: kakaocert identity with a person who has agreed and has a certificate. Where that gives\nE1001, E2001 or E2002, the key, the IV or cipher.mode is not the contract's.",
	},
}

// results are those of the diagnoses that are not ok.
var results = map[string]result{
	"skipped.before":            resultSkipped,
	"protocol.broken":           resultWrong,
	"environment.unknown":       resultWrong,
	"key.unset":                 resultWrong,
	"key.prefixed":              resultWrong,
	"key.malformed":             resultWrong,
	"enc.unset":                 resultWrong,
	"enc.not_base64":            resultWrong,
	"enc.length":                resultWrong,
	"enc.swapped":               resultWrong,
	"cipher.version":            resultWrong,
	"roots.broken":              resultWrong,
	"further.denied":            resultUnknown,
	"further.host":              resultUnknown,
	"further.unclear":           resultUnknown,
	"decryption.version":        resultWrong,
	"path.permission":           resultUnknown,
	"cipher.broken":             resultWrong,
	"address.other_environment": resultWrong,
	"address.plain":             resultWrong,
	"address.malformed":         resultWrong,
	"resolve.not_found":         resultWrong,
	"resolve.failed":            resultWrong,
	"connect.refused":           resultWrong,
	"connect.timeout":           resultWrong,
	"connect.reset":             resultWrong,
	"connect.failed":            resultWrong,
	"tls.unknown_authority":     resultWrong,
	"tls.wrong_name":            resultWrong,
	"tls.expired":               resultWrong,
	"tls.not_tls":               resultWrong,
	"tls.too_old":               resultWrong,
	"tls.failed":                resultWrong,
	"clock.ahead":               resultWrong,
	"clock.behind":              resultWrong,
	"clock.unknown":             resultUnknown,
	"service.not_it":            resultWrong,
	"service.front":             resultWrong,
	"service.busy":              resultUnknown,
	"service.other_code":        resultWrong,
	"service.no_code":           resultWrong,
	"service.no_answer":         resultWrong,
	"keys.swapped":              resultWrong,
	"keys.dealer":               resultWrong,
	"keys.institution":          resultWrong,
	"keys.either":               resultWrong,
	"product.production_host":   resultWrong,
	"product.test_host":         resultWrong,
	"product.neither":           resultWrong,
	"settle.unset":              resultWrong,
	"settle.malformed":          resultWrong,
	"settle.refused":            resultWrong,
	"settle.unknown":            resultUnknown,
	"path.missing":              resultWrong,
	"path.elsewhere":            resultWrong,
	"path.parameters":           resultUnknown,
	"path.method":               resultWrong,
	"path.no_code":              resultWrong,
	"path.other_code":           resultUnknown,
	"path.accepted":             resultUnknown,
	"path.busy":                 resultUnknown,
	"path.no_answer":            resultUnknown,
	"decryption.unknown":        resultUnknown,
	"decryption.blind":          resultUnknown,
}
