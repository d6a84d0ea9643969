package kakaocert

import "slices"

// Product codes are typed by service: a code of one service is not accepted by
// another. They never carry the T of the test host; the client's [Environment]
// adds it. (DOC)
type (
	K1100Product string // identity, 본인인증
	K2100Product string // certified login, 인증 로그인
	K2220Product string // abbreviated signature, 축약서명
	K3100Product string // withdrawal consent, 출금동의
	K3500Product string // signature, 전자서명
)

const (
	K1110 K1100Product = "K1110" // identity by channel message
	K1120 K1100Product = "K1120" // identity app-to-app

	K2100 K2100Product = "K2100" // certified login, either way

	K2220 K2220Product = "K2220" // abbreviated signatures, with a login
	K3220 K2220Product = "K3220" // abbreviated signatures, without a login

	K3110 K3100Product = "K3110" // withdrawal consent by channel message
	K3120 K3100Product = "K3120" // withdrawal consent app-to-app

	K3510 K3500Product = "K3510" // one document by channel message
	K3520 K3500Product = "K3520" // one document app-to-app
	K3511 K3500Product = "K3511" // 2 to 200 documents by channel message
	K3521 K3500Product = "K3521" // 2 to 200 documents app-to-app
)

// Product is the product code of any one service.
type Product interface {
	K1100Product | K2100Product | K2220Product | K3100Product | K3500Product
}

// productsOf lists the codes of P's service.
func productsOf[P Product]() []P {
	var zero P
	switch any(zero).(type) {
	case K1100Product:
		return []P{P(K1110), P(K1120)}
	case K2100Product:
		return []P{P(K2100)}
	case K2220Product:
		return []P{P(K2220), P(K3220)}
	case K3100Product:
		return []P{P(K3110), P(K3120)}
	default:
		return []P{P(K3510), P(K3520), P(K3511), P(K3521)}
	}
}

// appToApp reports whether the user comes from the institution's own app.
func appToApp[P Product](p P) bool {
	return slices.Contains([]P{P(K1120), P(K2220), P(K3220), P(K3120), P(K3520), P(K3521)}, p)
}

// severalDocuments reports whether the product takes 2 to 200 documents.
func severalDocuments(p K3500Product) bool { return p == K3511 || p == K3521 }
