package doctor

import "github.com/kakaocert-go/kakaocert/internal/bilingual"

var settingsWords = bilingual.Table{
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

	"environment.test": {
		"test: 상품 코드 끝에 T가 붙음",
		"test: product codes end in T",
	},
	"environment.production": {
		"production: 상품 코드에 T가 붙지 않으며, 사용자는 실제 고객임",
		"production: product codes have no T, users are customers",
	},
	"environment.unset": {
		"{Environment}가 설정되지 않음",
		"{Environment} is not set",
	},
	"todo.environment.unset": {
		"Test 또는 Production으로 설정하십시오.",
		"Set it to Test or Production.",
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
		"앱의 REST API 키를 설정하십시오. 딜러사 앱은 {DealerKey}, 이용기관 앱은\n{InstitutionKey}입니다. 계약 없이 시도하려면 kakaocert sim이 출력하는 값을 쓰십시오.",
		"Set it to the app's REST API key: the dealer's in {DealerKey}, the institution's in\n{InstitutionKey}. To try without a contract, take what kakaocert sim prints.",
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
		"%s has a space, a line break or another character that a header cannot contain",
	},
	"todo.key.malformed": {
		"앞뒤 문자 없이 키만 다시 복사하십시오.",
		"Copy the key again, without what is around it.",
	},

	"settle.accepted": {
		"유효함. 임의의 값은 거부됨(%s)",
		"accepted; one that is made up is not (%s)",
	},
	"settle.unset": {
		"{SettleID}가 설정되지 않음",
		"{SettleID} is not set",
	},
	"todo.settle.unset": {
		"계약에 명시된 정산 단위를 설정하십시오. 준비(prepare)마다 따로 지정한다면 할 일이 없습니다.",
		"Set it to the settlement unit that the contract names. Where each prepare names its own, nothing is to be done.",
	},
	"settle.malformed": {
		"{SettleID}가 공백 없는 ASCII 128자 이하의 값이 아님",
		"{SettleID} must be at most 128 characters of ASCII without spaces",
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
		"{SettleID}를 계약과 대조하십시오. 이 호스트와 상품에 맞는 값이어야 합니다.",
		"Compare {SettleID} with the contract, for this host and these products.",
	},
	"settle.moved": {
		"%[2]s에 있으면 거부되고(%[1]s), %[3]s에 있으면 거부되지 않음: 프로토콜에 반영함",
		"refused in the %[2]s (%[1]s), and not in the %[3]s, where the protocol has it now",
	},
	"settle.elsewhere": {
		"%[2]s에 있으면 거부되고(%[1]s), %[3]s에 있으면 거부되지 않음",
		"refused in the %[2]s (%[1]s), and not in the %[3]s",
	},
	"todo.settle.elsewhere": {
		"프로토콜 파일에 다음을 지정하거나, kakaocert doctor --write로 저장하십시오:\n%s",
		"Put this into the protocol file, or let kakaocert doctor --write do it:\n%s",
	},
	"settle.unknown": {
		"서비스가 다른 이유로 먼저 거부함(%s). 임의의 값을 넣어도 같음",
		"the service refuses for another reason first (%s), a made-up settle_id too",
	},
	"todo.settle.unknown": {
		"동의를 얻은 사람으로 준비(prepare)를 호출하면 알 수 있습니다. 그때 E1005가 나오면 settle_id 문제입니다.",
		"To find out: prepare for a person who has agreed; E1005 then means that the settle_id is wrong.",
	},
	"settle.formed": {
		"settle_id 형식이 맞음",
		"has the form of a settle_id",
	},

	"cipher.works": {
		"테스트용 문장을 암호화한 뒤 복호화하면 원문과 일치함",
		"a known text is encrypted, and decrypted to the same",
	},
	"cipher.broken": {
		"테스트용 문장을 암호화한 뒤 복호화해도 원문과 일치하지 않음",
		"a known text is not decrypted to the same",
	},
	"todo.cipher.broken": {
		"키와 IV, 그리고 프로토콜의 cipher.mode를 확인하십시오.",
		"Check key and IV, and cipher.mode in the protocol.",
	},
	"cipher.unset": {
		"{Cipher}가 설정되지 않음",
		"{Cipher} is not set",
	},
	"todo.cipher.unset": {
		"계약으로 받은 키와 IV로 암호를 만드십시오.",
		"Make it of the contract's key and IV.",
	},

	"roots.unset": {
		"{Roots}가 없음: 서명을 확인할 수 있는지는 보지 않음",
		"{Roots} is empty: whether signatures can be checked was not looked at",
	},

	"intermediates.unset": {
		"{Intermediates}가 없음: 메시지나 루트에 발급 기관의 인증서가 있으면 필요 없음",
		"{Intermediates} is empty, which is right where messages contain the issuing authority",
	},

	"certificate.valid": {
		"인증서 %d개, 가장 이른 만료일 %s",
		"certificates: %d; the first ends on %s",
	},
	"certificate.ending": {
		"곧 만료되는 인증서가 있음: %s",
		"one ends soon: %s",
	},
	"todo.certificate.ending": {
		"다음 인증서를 카카오에 요청하고, 받은 경로와 다른 경로로 지문을 확인하십시오.",
		"Ask Kakao for the next one, and confirm its fingerprint out of band.",
	},
	"certificate.expired": {
		"%d번째 인증서가 %s에 만료됨",
		"certificate %d ended on %s",
	},
	"todo.certificate.expired": {
		"유효한 인증서를 카카오에서 받고, 받은 경로와 다른 경로로 지문을 확인하십시오.",
		"Get the one that is valid now from Kakao, and confirm its fingerprint out of band.",
	},
	"certificate.early": {
		"%d번째 인증서는 %s부터 유효함",
		"certificate %d is not valid before %s",
	},
	"todo.certificate.early": {
		"먼저 이 장비의 시각을 확인하십시오.",
		"Check this machine's clock first.",
	},
	"certificate.not_authority": {
		"%d번째 인증서가 인증기관의 인증서가 아님",
		"certificate %d is not an authority's",
	},
	"todo.certificate.not_authority": {
		"서명자의 인증서가 아니라 인증기관의 인증서를 지정하십시오.",
		"Give the authorities' certificates, and not a signer's.",
	},
	"certificate.orphan": {
		"%d번째 인증서가 어느 루트에도 연결되지 않음",
		"certificate %d leads to none of the roots",
	},
	"todo.certificate.orphan": {
		"{Roots}와 {Intermediates}가 같은 인증기관의 것인지 계약 문서와 대조하십시오.",
		"Compare {Roots} and {Intermediates} with the contract: both must be of one authority.",
	},

	"client.made": {
		"설정 전체로 클라이언트를 만들 수 있음",
		"a client can be made of all settings",
	},
	"client.refused": {
		"클라이언트를 만들 수 없음: %s %s",
		"no client can be made: %s %s",
	},
	"todo.client.refused": {
		"해당 필드를 고치십시오.",
		"Mend that field.",
	},

	"address.kakao": {
		"%s, 카카오의 %s 호스트",
		"%s, Kakao's %s host",
	},
	"address.own": {
		"%s, {BaseURL}의 값",
		"%s, from {BaseURL}",
	},
	"address.other_environment": {
		"%s: 카카오의 호스트이지만 %s용이 아님",
		"%s is Kakao's host, but not for %s",
	},
	"todo.address.other_environment": {
		"{BaseURL}을 해제하십시오. 카카오의 호스트와 상품 코드는 {Environment} 하나로 함께 정해집니다.",
		"Unset {BaseURL}: {Environment} alone chooses between Kakao's hosts, and the product codes with them.",
	},
	"address.plain": {
		"{BaseURL}이 다른 장비로 가는 암호화되지 않은 http 주소임: 전송 구간에서 키가 노출됨",
		"{BaseURL} is plain http to another machine: keys would be readable on the way",
	},
	"todo.address.plain": {
		"https를 쓰십시오. http는 이 장비에서 실행 중인 시뮬레이터에만 쓸 수 있습니다.",
		"Use https; plain http is for a simulator on this machine.",
	},
	"address.malformed": {
		"{BaseURL}이 스킴과 호스트(필요하면 경로)로 이루어진 주소가 아님",
		"{BaseURL} must have a scheme, a host and at most a path",
	},
	"todo.address.malformed": {
		"https://host 또는 https://host/path 형식으로 쓰십시오. 카카오의 호스트를 쓰려면 변수를 해제하십시오.",
		"Give it as https://host or https://host/path, or unset it for Kakao's host.",
	},
}
