package doctor

import "github.com/kakaocert-go/kakaocert/internal/bilingual"

var pathWords = bilingual.Table{
	"path.answers": {
		"%s (%s): %s",
		"%s (%s): %s",
	},
	"path.inferred": {
		"%s (%s): 호출하지 않음. 다른 상품의 호출로 확인한 경로임: %s",
		"%s (%s): not called; a call for another product shows the path: %s",
	},
	"path.permission": {
		"%s (%s): %s: 경로는 있으나 이 계약에 포함되지 않음",
		"%s (%s): %s: there, but not in this contract",
	},
	"todo.path.permission": {
		"계약에 포함된 API이면 권한을 카카오에 요청하십시오. 쓰지 않으면 할 일이 없습니다.",
		"Where the contract grants this API, ask Kakao for the permission; otherwise nothing is to be done.",
	},
	"path.missing": {
		"%s (%s): %s: 존재하지 않는 경로",
		"%s (%s): %s: no such path",
	},
	"todo.path.missing": {
		"계약 문서의 경로를 프로토콜 파일의 step.(서비스).(단계)에 지정하거나, 알려진 다른 경로를\nkakaocert doctor --write로 찾으십시오.",
		"Take the path from the contract's papers, and put it into the protocol file under step.(service).(step);\nor let kakaocert doctor --write try the alternatives that are known.",
	},
	"path.elsewhere": {
		"%s (%s): %s. 다른 경로는 임의의 tx_id를 알 수 없다고 응답함(E2003): 이 단계 또는 이 상품의 경로가 아님",
		"%s (%s): %s, where other paths say that a made-up tx_id is unknown (E2003): this path belongs to another step or product",
	},
	"todo.path.elsewhere": {
		"계약 문서의 경로를 프로토콜 파일의 step.(서비스).(단계)에 지정하거나, 알려진 다른 경로를\nkakaocert doctor --write로 찾으십시오.",
		"Take the path from the contract's papers, and put it into the protocol file under step.(service).(step);\nor let kakaocert doctor --write try the alternatives that are known.",
	},
	"path.parameters": {
		"%s (%s): %s: 경로는 있으나 tx_id를 조회하기 전에 파라미터를 거부함",
		"%s (%s): %s: it is there, but refuses the parameters before looking for the tx_id",
	},
	"todo.path.parameters": {
		"동의를 얻은 사람으로 전체 과정을 실행하면 알 수 있습니다(kakaocert identity). field.tx_id의 이름이 다를 수도 있습니다.",
		"To find out: a whole flow with a person who has agreed (kakaocert identity); or field.tx_id has another name.",
	},
	"path.method": {
		"%s (%s): %s: HTTP 메서드가 다름",
		"%s (%s): %s: the path is there for another method",
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
	"path.unread": {
		"%s (%s): %s: 오류 코드가 프로토콜에 없는 곳에 있음",
		"%s (%s): %s: the code is at a place that the protocol does not have",
	},
	"todo.path.unread": {
		"프로토콜 파일에 다음을 지정하거나, kakaocert doctor --write로 저장하십시오:\n%s",
		"Put this into the protocol file, or let kakaocert doctor --write do it:\n%s",
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
		"To find out: a whole flow with a person who has agreed (kakaocert identity).",
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
	"path.product": {
		"%s (%s): %s: 다른 상품의 경로로는 있으나 이 상품은 거부됨",
		"%s (%s): %s: there for other products, and refused for this one",
	},
	"todo.path.product": {
		"계약에 포함된 상품이면 카카오에 문의하십시오. 쓰지 않는 상품이면 할 일이 없습니다.",
		"Where the contract grants this product, ask Kakao; otherwise nothing is to be done.",
	},
	"path.absent": {
		"%s (%s): %s: 존재하지 않는 경로이며, 계약에 이 서비스가 있는지 알 수 없음",
		"%s (%s): %s: no such path, and the contract may not have this service",
	},
	"todo.path.absent": {
		"계약에 이 서비스가 없으면 할 일이 없습니다. 있으면 계약 문서의 경로를 프로토콜 파일의 step.(서비스).(단계)에 지정하거나,\n알려진 다른 경로를 kakaocert doctor --write로 찾으십시오.",
		"Where the contract does not have it, nothing is to be done. Where it does, take the path from the papers, and put\nit into the protocol file under step.(service).(step); or let kakaocert doctor --write try the alternatives.",
	},
	"path.excluded": {
		"%s (%s): %s: 존재하지 않는 경로이며, 준비(prepare)의 응답에 따르면 계약에 이 서비스가 없음",
		"%s (%s): %s: no such path, and by the answer to prepare the contract does not have this service",
	},
	"todo.path.excluded": {
		"쓰지 않는 서비스이면 할 일이 없습니다. 계약에 포함된 서비스이면 권한을 카카오에 요청한 뒤 다시 실행하십시오.",
		"Where you do not use the service, nothing is to be done. Where the contract has it, ask Kakao for the permission, and run this again.",
	},
	"path.login": {
		"%s (%s): %s: 이 호스트에서 응답하지 않음",
		"%s (%s): %s: the host does not answer it",
	},
	"todo.path.login": {
		"K2100과 K2220만 이 경로를 씁니다. 쓴다면 kauth.kakao.com과 kapi.kakao.com으로 나가는 길을 여십시오.\n{BaseURL}을 쓴다면 게이트웨이가 두 호스트도 전달해야 합니다.",
		"Only K2100 and K2220 use it. Where you use them, open the way to kauth.kakao.com and kapi.kakao.com;\na gateway under {BaseURL} must lead to both.",
	},
	"path.no_call": {
		"%s (%s): %s",
		"%s (%s): %s",
	},
	"todo.path.no_call": {
		"다시 실행하십시오. 프로토콜 파일을 저장했다면 그 파일로 실행하십시오.",
		"Run it again, with the protocol file where one was written.",
	},

	"permissions.seen": {
		"모든 경로에 상품 코드가 있어 권한이 없는 API는 위에 나타남",
		"every path names its product, so an API without permission shows above",
	},
	"permissions.uncalled": {
		"호출하지 않은 경로에서는 권한을 알 수 없음",
		"paths that were not called do not show whether the contract grants the step",
	},
	"todo.permissions.uncalled": {
		"저장한 프로토콜 파일로 kakaocert doctor를 다시 실행하십시오. 그때는 모든 경로를 호출합니다.",
		"Run kakaocert doctor again with the protocol file that was written: it then calls every path.",
	},
	"permissions.unseen": {
		"상품 코드가 없는 경로에서는 권한을 알 수 없음: 서비스가 임의의 tx_id를 먼저 거부함",
		"a path without the product code cannot show whether the contract grants the step: the made-up tx_id is refused first",
	},
	"todo.permissions.unseen": {
		"동의를 얻은 사람으로 전체 과정을 실행하면 알 수 있습니다(kakaocert identity). 그때 E1002가 나오는 단계는 권한을 카카오에 요청하십시오.",
		"To find out: a whole flow with a person who has agreed (kakaocert identity). Where a step gives E1002 then, ask Kakao for the permission.",
	},
}
