package doctor

import "github.com/kakaocert-go/kakaocert/internal/bilingual"

var serviceWords = bilingual.Table{
	"service.wrapped": {
		"%[1]s: 오류 코드가 %[3]s에 있음(%[2]s). 응답의 필드가 %[4]s 객체 안에 있음",
		"%[1]s: the code is at %[3]s (%[2]s): answers have their fields in the object %[4]s",
	},
	"todo.service.wrapped": {
		"프로토콜 파일에 다음을 지정하거나, kakaocert doctor --write로 저장하십시오:\n%s",
		"Put this into the protocol file, or let kakaocert doctor --write do it:\n%s",
	},
	"service.several": {
		"%[1]s: 오류 코드가 여러 곳에 있음(%[3]s): %[2]s",
		"%[1]s: the code is at several places (%[3]s): %[2]s",
	},
	"todo.service.several": {
		"계약 문서에 있는 이름을 프로토콜 파일에 지정하십시오: {\"field.error_code\": \"...\"}",
		"Put the one that the contract's papers name into the protocol file: {\"field.error_code\": \"...\"}",
	},
	"service.unnameable": {
		"%[1]s: 오류 코드가 프로토콜 파일에 적을 수 없는 곳에 있음(%[2]s): 배열 안이거나, 이름에 영문자, 숫자, _, - 외의 문자가 있음",
		"%[1]s: the code (%[2]s) is at a place that no protocol file can name: in a list, or under a name with other characters than letters, digits, _ and -",
	},
	"todo.service.unnameable": {
		"{BaseURL}이 게이트웨이라면 게이트웨이가 서비스의 응답을 그대로 전달하도록 하십시오. 아니라면 이 모듈의 저장소에 알려 주십시오.",
		"Where {BaseURL} is a gateway, have it pass on the service's answers as they are; else report it to this module's repository.",
	},
	"form.wrapped": {
		"%[1]s: 오류 코드가 %[3]s에 있음(%[2]s). 응답의 필드가 %[4]s 객체 안에 있으며, 프로토콜에 반영함",
		"%[1]s: the code is at %[3]s (%[2]s): answers have their fields in the object %[4]s, which the protocol has now",
	},
	"service.renamed": {
		"%[1]s: 오류 코드가 프로토콜에 없는 필드 %[3]s에 있음(%[2]s)",
		"%[1]s: the code is in the field %[3]s (%[2]s), which the protocol does not have",
	},
	"todo.service.renamed": {
		"프로토콜 파일에 다음을 지정하거나, kakaocert doctor --write로 저장하십시오:\n%s",
		"Put this into the protocol file, or let kakaocert doctor --write do it:\n%s",
	},
	"form.renamed": {
		"%[1]s: 오류 코드가 %[3]s 필드에 있으며(%[2]s), 프로토콜에 반영함",
		"%[1]s: the code is in the field %[3]s (%[2]s), which the protocol has now",
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
		"{BaseURL}을 해제하면 카카오의 호스트를 호출합니다. 게이트웨이라면 주소 끝에 경로가 필요할 수 있습니다.",
		"Unset {BaseURL} for Kakao's host; a gateway may need a path at its end.",
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
		"카카오의 다른 API이거나 게이트웨이일 수 있습니다. {BaseURL}을 확인하십시오.",
		"This may be another API of Kakao's, or a gateway: check {BaseURL}.",
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
		"{DealerKey}와 {InstitutionKey}를 서로 바꾸십시오.",
		"Exchange {DealerKey} and {InstitutionKey}.",
	},
	"keys.dealer": {
		"거부됨(E1004). 서비스의 메시지가 Authorization, 즉 딜러사 키를 가리킴",
		"refused (E1004); the service's words name Authorization: the dealer's key",
	},
	"todo.keys.dealer": {
		"{DealerKey}에 딜러사 앱의 REST API 키를 설정하십시오. 이용기관 키는 확인되지 않았습니다.",
		"Set {DealerKey} to the REST API key of the dealer's app. Nothing is known of the other key.",
	},
	"keys.institution": {
		"거부됨(E1004). 서비스의 메시지가 Target-Authorization, 즉 이용기관 키를 가리킴",
		"refused (E1004); the service's words name Target-Authorization: the institution's key",
	},
	"todo.keys.institution": {
		"{InstitutionKey}에 이용기관 앱의 REST API 키를 설정하십시오.",
		"Set {InstitutionKey} to the REST API key of the institution's app.",
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
		"테스트 서버를 호출하려면 {BaseURL}을 해제하십시오. 실제 고객이 대상이라면 {Environment}를 production으로 설정하십시오.",
		"Unset {BaseURL} to reach the test host; or, if customers are meant, set {Environment} to production.",
	},
	"product.test_host": {
		"거부됨(E1007): 호출한 코드 %s(T 없음), 이 호스트가 받는 코드 %s. 테스트 서버임",
		"refused (E1007): %s has no T, and this host takes %s: it is a test host",
	},
	"todo.product.test_host": {
		"{Environment}를 test로 설정하십시오. 실제 고객이 대상이라면 {BaseURL}을 해제하십시오.",
		"Set {Environment} to test; or, if customers are meant, unset {BaseURL}.",
	},
	"product.neither": {
		"거부됨(E1007): 코드 %s, 다른 환경의 코드 모두 이 호스트용이 아님",
		"refused (E1007): %s is for another host, and so is the code of the other environment",
	},
	"todo.product.neither": {
		"계약 대상인 호스트와 상품을 카카오에 문의하십시오.",
		"Ask Kakao which host and which products the contract is for.",
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
	"further.no_call": {
		"확인하지 않음: 남은 호출이 없음",
		"not asked: no call is left",
	},
	"todo.further.no_call": {
		"다시 실행하십시오. 프로토콜 파일을 저장했다면 그 파일로 실행하십시오.",
		"Run it again, with the protocol file where one was written.",
	},

	"decryption.version": {
		"키 번호 %d로는 복호화됨: 키와 IV는 맞고 {KeyVersion}이 다름",
		"the service decrypts under key number %d: key and IV are right, {KeyVersion} is not",
	},
	"todo.decryption.version": {
		"{KeyVersion}을 그 번호로 설정하십시오(0이면 해제).",
		"Set {KeyVersion} to that number; unset it where the number is 0.",
	},
	"decryption.works": {
		"서비스가 존재할 수 없는 사용자를 조회했고(%s), 임의의 값은 조회하지 못함: 키와 IV가 맞음",
		"the service looked for a person who cannot exist (%s), and could not for random values: key and IV are right",
	},
	"decryption.unknown": {
		"서비스가 존재할 수 없는 사용자를 조회하지 않음(%s): {Cipher}가 잘못되었거나, 서비스가 그런 사용자를 조회 없이 거부함",
		"the service did not look for a person who cannot exist (%s): {Cipher} is wrong, or the service refuses such a person unseen",
	},
	"todo.decryption.unknown": {
		"동의를 얻은, 인증서가 있는 사람으로 kakaocert identity를 실행하면 알 수 있습니다. 그때도 E1001, E2001, E2002 중\n하나가 나오면 키, IV 또는 cipher.mode가 계약과 다른 것입니다.",
		"To find out: kakaocert identity with a person who has agreed and has a certificate. Where that gives\nE1001, E2001 or E2002 as well, the key, the IV or cipher.mode is not the contract's.",
	},
	"decryption.blind": {
		"아무 키로도 암호화하지 않은 임의의 값에도 서비스가 똑같이 응답함(%s)",
		"the service answers the same to random values (%s)",
	},
	"todo.decryption.blind": {
		"동의를 얻은, 인증서가 있는 사람으로 kakaocert identity를 실행하면 알 수 있습니다. 그때 E1001, E2001, E2002 중\n하나가 나오면 키, IV 또는 cipher.mode가 계약과 다른 것입니다.",
		"To find out: kakaocert identity with a person who has agreed and has a certificate. Where that gives\nE1001, E2001 or E2002, the key, the IV or cipher.mode is not the contract's.",
	},
}
