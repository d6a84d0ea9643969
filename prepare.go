package kakaocert

import (
	"cmp"
	"context"
	"slices"
	"strconv"
)

// PrepareParams says whom to ask, and by which product.
type PrepareParams[P Product] struct {
	Product  P
	User     User
	SettleID string // in place of Config.SettleID, when set
}

type (
	K1100PrepareParams = PrepareParams[K1100Product]
	K2220PrepareParams = PrepareParams[K2220Product]
	K3100PrepareParams = PrepareParams[K3100Product]
	K3500PrepareParams = PrepareParams[K3500Product]
)

func (f flow[P]) prepare(ctx context.Context, params *PrepareParams[P], opts []CallOption) (Transaction[P], error) {
	none := Transaction[P]{}
	if params == nil {
		return none, errNoParams
	}
	code, err := productCode(f.core, params.Product)
	if err != nil {
		return none, err
	}
	if err := params.User.check(); err != nil {
		return none, err
	}
	settleID, err := f.settle(params.SettleID)
	if err != nil {
		return none, err
	}
	body, err := f.userFields(params.User)
	if err != nil {
		return none, err
	}
	body[f.protocol.Field("settle_id")] = settleID

	st := step{service: f.service, name: "prepare", product: code, body: body}
	answer, object, err := f.do(ctx, st, opts)
	if err != nil {
		return none, err
	}
	txID := object.text(f.protocol.List("field.tx_id"))
	if reason := checkTxID(txID); reason != "" {
		return none, st.undecodable(f.protocol.Field("tx_id"), reason, nil, answer)
	}
	return Transaction[P]{product: params.Product, environment: f.environment, txID: txID}, nil
}

// productCode is the code as it stands in a path.
func productCode[P Product](c *core, p P) (string, error) {
	if !slices.Contains(productsOf[P](), p) {
		return "", &ArgumentError{Field: "Product", Reason: "is no product code of this service"}
	}
	return string(p) + c.environment.suffix(), nil
}

// settle is the settlement unit of a call.
func (c *core) settle(own string) (string, error) {
	settleID := cmp.Or(own, c.settleID)
	return settleID, checkSettleID("SettleID", settleID)
}

// userFields is how prepare names the user.
func (f flow[P]) userFields(user User) (map[string]any, error) {
	d := user.data.get()
	kind, fields := "value.type.person", map[string]string{"name": d.person.Name, "birthday": d.person.Birthday, "phone_no": d.person.Phone}
	switch d.kind {
	case userByCI:
		kind, fields = "value.type.ci", map[string]string{"ci": d.ci}
	case userByCIAndPhone:
		kind, fields = "value.type.ci_phone", map[string]string{"ci": d.ci, "phone_no": d.person.Phone}
	}
	body := map[string]any{f.protocol.Field("type"): f.protocol.Get(kind)}
	for name, value := range fields {
		secret, err := f.encrypt(value)
		if err != nil {
			return nil, err
		}
		body[f.protocol.Field(name)] = secret
	}
	f.addKeyVersion(body)
	return body, nil
}

// addKeyVersion says which key encrypted the body's values, where the contract
// has several.
func (c *core) addKeyVersion(body map[string]any) {
	version := c.cipher.KeyVersion()
	if version == 0 {
		return
	}
	if c.protocol.Get("encoding.enc_version") == "text" {
		body[c.protocol.Field("enc_version")] = strconv.Itoa(version)
		return
	}
	body[c.protocol.Field("enc_version")] = version
}
