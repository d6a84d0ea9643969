package doctor

import "github.com/kakaocert-go/kakaocert/internal/bilingual"

var hostWords = bilingual.Table{
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
		"{BaseURL}에 오타가 없는지, 이 장비의 DNS 설정이 올바른지 확인하십시오.",
		"Check {BaseURL} for a typing mistake, and this machine's DNS.",
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
		"A proxy may open TLS, or the machine's CA certificates are missing (ca-certificates). A gateway's own\nroot belongs into the system's store or SSL_CERT_FILE; the check is never switched off.",
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
		"An old device is in front of the service; nothing below TLS 1.2 is spoken.",
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
		"An NTP client shows the difference (chronyc tracking, timedatectl).",
	},
}
