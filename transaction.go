package kakaocert

import (
	"slices"
	"strings"
)

// Transaction is one request to one user: the product, its environment and the
// tx_id. It contains no personal data, and its text (and JSON) form is made to be
// kept: the flow goes on after a restart or in another process.
//
// Keep it, with the nonce, in the server's session or an authenticated cookie:
// who can swap the tx_id can swap the person. A transaction of one service is
// not accepted by another: it does not compile.
type Transaction[P Product] struct {
	product     P
	environment Environment
	txID        string
}

type (
	K1100Transaction = Transaction[K1100Product]
	K1400Transaction = Transaction[K1400Product]
	K2100Transaction = Transaction[K2100Product]
	K2220Transaction = Transaction[K2220Product]
	K3100Transaction = Transaction[K3100Product]
	K3500Transaction = Transaction[K3500Product]
)

// maxTxID is far above the 38 characters that are seen (DOC: opaque).
const maxTxID = 256

// Product returns the product code, without the test host's T.
func (t Transaction[P]) Product() P { return t.product }

// Environment returns where the transaction was prepared.
func (t Transaction[P]) Environment() Environment { return t.environment }

// TxID returns the service's own name for the transaction, which is opaque.
func (t Transaction[P]) TxID() string { return t.txID }

// IsZero reports whether the transaction names nothing.
func (t Transaction[P]) IsZero() bool { return t == Transaction[P]{} }

// String returns the text form: product code of the environment, colon
// and tx_id, such as "K1110T:0123456789abcdef"; empty for the zero transaction.
func (t Transaction[P]) String() string {
	if t.IsZero() {
		return ""
	}
	return t.code() + ":" + t.txID
}

// code is the product code as it is in a path.
func (t Transaction[P]) code() string { return string(t.product) + t.environment.suffix() }

func (t Transaction[P]) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads the text form; an empty text is the zero transaction.
func (t *Transaction[P]) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*t = Transaction[P]{}
		return nil
	}
	parsed, err := ParseTransaction[P](string(text))
	if err != nil {
		return err
	}
	*t = parsed
	return nil
}

// ParseTransaction reads the text form. The product of another service, and
// anything that is not a transaction, is an [*ArgumentError].
func ParseTransaction[P Product](text string) (Transaction[P], error) {
	refuse := func(reason string) (Transaction[P], error) {
		return Transaction[P]{}, &ArgumentError{Field: "Transaction", Reason: reason}
	}
	code, txID, found := strings.Cut(text, ":")
	if !found {
		return refuse("is not a product code, a colon and a tx_id")
	}
	if reason := checkTxID(txID); reason != "" {
		return refuse(reason)
	}
	environment := Production
	if bare, isTest := strings.CutSuffix(code, Test.suffix()); isTest {
		code, environment = bare, Test
	}
	if !slices.Contains(productsOf[P](), P(code)) {
		return refuse("has no product code of this service")
	}
	return Transaction[P]{product: P(code), environment: environment, txID: txID}, nil
}

type (
	K1100Product string // identity, 본인인증
	K1400Product string // identity through the standard window, 인증 표준창
	K2100Product string // certified login, 인증 로그인
	K2220Product string // abbreviated signature, 축약서명
	K3100Product string // withdrawal consent, 출금동의
	K3500Product string // signature, 전자서명
)

const (
	K1110 K1100Product = "K1110" // identity by channel message
	K1120 K1100Product = "K1120" // identity app-to-app

	K1400 K1400Product = "K1400" // identity through the standard window

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

// Product is the product code of any one service. Codes are typed by service,
// and never carry the T of the test host. (DOC)
type Product interface {
	K1100Product | K1400Product | K2100Product | K2220Product | K3100Product | K3500Product
}

// productsOf lists the codes of P's service.
func productsOf[P Product]() []P {
	var zero P
	switch any(zero).(type) {
	case K1100Product:
		return []P{P(K1110), P(K1120)}
	case K1400Product:
		return []P{P(K1400)}
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
