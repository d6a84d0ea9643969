package doctor

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kakaocert-go/kakaocert/doctor"
	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
	"github.com/kakaocert-go/kakaocert/internal/env"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// keyOf is a contract whose cipher key has another mode.
func keyOf(mode kakaocerttest.CipherMode) kakaocerttest.Contract {
	return kakaocerttest.Contract{CipherKeys: []kakaocerttest.CipherKey{{Mode: mode}}}
}

// blamed are peculiarities of a contract or a host, and mistakes of the client.
var blamed = map[string]struct {
	contract kakaocerttest.Contract
	dialect  kakaocerttest.Dialect
	protocol string // of simulator and client
	mine     string // of the client alone
	set      map[string]string
	want     []string // wrong or unknown, and at least these
	not      []string
}{
	"identity alone is granted": {
		contract: kakaocerttest.Contract{Denied: []string{"k3100", "k3500"}},
		want:     []string{"path.k3100.prepare.permission", "path.k3500.prepare.permission", "product.K3120.denied", "product.K3511.denied"},
		not:      []string{"decryption.unknown", "settle_id.unknown", "product.K1120.denied"},
	},
	"consents are denied, paths are elsewhere": {
		contract: kakaocerttest.Contract{Denied: []string{"k3100"}}, dialect: kakaocerttest.Dialect{ProductInPath: true},
		want: []string{"path.k3100.status.excluded", "path.k3500.status.missing", "path.k1400.status.absent"},
		not:  []string{"path.k3100.prepare.excluded", "path.k3100.status.missing"},
	},
	"codes of another environment, paths are elsewhere": {
		dialect: kakaocerttest.Dialect{ProductInPath: true}, set: map[string]string{env.Environment: "production"},
		want: []string{"product.test_host"}, not: []string{"path.k1100.status.excluded", "path.k1400.status.absent", "permissions.unseen"},
	},
	"identity alone is denied": {
		contract: kakaocerttest.Contract{Denied: []string{"k1100"}},
		want:     []string{"path.k1100.prepare.permission", "product.K1120.denied"},
		not:      []string{"decryption.unknown", "product.K3120.denied"},
	},
	"nothing is granted": {
		contract: kakaocerttest.Contract{Denied: []string{"k1100", "k1400", "k2100", "k2220", "k3100", "k3500"}},
		want:     []string{"path.k1100.prepare.permission", "path.k3100.prepare.permission", "path.k3500.prepare.permission"},
		not:      []string{"keys.either", "keys.dealer", "settle_id.refused"},
	},
	"without CI": {contract: kakaocerttest.Contract{WithoutCI: true}},
	"a contract whose desc is fixed": {
		contract: kakaocerttest.Contract{Desc: &kakaocerttest.Desc{RequestType: "예시"}},
	},
	"several settle_ids":  {contract: kakaocerttest.Contract{SettleIDs: []string{"first-settle-id", "second-settle-id"}}},
	"settle_id in header": {protocol: `{"place.settle_id": "header"}`},
	"settle_id in header, sent in body": {
		dialect: kakaocerttest.Dialect{SettleIDHeader: true}, want: []string{"settle_id.elsewhere"}, not: []string{"settle_id.refused"},
	},
	"settle_id in body, sent in header": {mine: `{"place.settle_id": "header"}`, want: []string{"settle_id.elsewhere"}},
	"CBC":                               {contract: keyOf(kakaocerttest.CBC), protocol: `{"cipher.mode": "cbc"}`},
	"CBC, taken for CTR":                {contract: keyOf(kakaocerttest.CBC), want: []string{"decryption.unknown"}, not: []string{"decryption.works"}},
	"CTR, taken for CBC":                {mine: `{"cipher.mode": "cbc"}`, want: []string{"decryption.unknown"}},
	"CTR, taken for GCM":                {mine: `{"cipher.mode": "gcm"}`, want: []string{"decryption.unknown"}},
	"another key":                       {set: map[string]string{env.EncKey: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}, want: []string{"decryption.unknown"}},
	"numbers as text": {
		contract: kakaocerttest.Contract{CipherKeys: []kakaocerttest.CipherKey{{Version: 2}, {Version: 3}}},
		protocol: `{"encoding.enc_version": "text"}`, set: map[string]string{env.EncVersion: "2"},
	},
	"a code as a number":  {dialect: kakaocerttest.Dialect{Errors: kakaocerttest.ErrorForm{Code: "errcode", Number: true}}},
	"wrapped errors":      {dialect: kakaocerttest.Dialect{Wrapped: true, Errors: kakaocerttest.ErrorForm{In: "data"}}},
	"errors under error":  {dialect: kakaocerttest.Dialect{Errors: kakaocerttest.ErrorForm{In: "error", Code: "errorCode", Message: "errorMessage"}}},
	"gzip":                {dialect: kakaocerttest.Dialect{Gzip: true}},
	"a byte order mark":   {dialect: kakaocerttest.Dialect{ByteOrderMark: true}},
	"another code's name": {protocol: `{"field.error_code": "fehler"}`},
	"a name of the code that is not known": {
		mine: `{"field.error_code": "fehler"}`, want: []string{"service.renamed"}, not: []string{"keys.either"},
	},
}

// A peculiarity of a contract or a host is not blamed on a key, and a wrong key is
// not taken for right.
func TestDoctor_BlamesWhatIsToBlame(t *testing.T) {
	t.Parallel()
	for name, c := range blamed {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := []kakaocerttest.Option{kakaocerttest.WithContract(c.contract), kakaocerttest.WithDialect(c.dialect)}
			if c.protocol != "" {
				options = append(options, protocolOf(t, c.protocol))
			}
			w := newWard(t, options...)
			for variable, value := range c.set {
				w.set(variable, value)
			}
			if text := c.protocol + c.mine; text != "" {
				w.set(env.Protocol, calltest.Write(t, "protocol.json", []byte(text)))
			}
			_, findings := w.doctor()
			bad := found(findings, doctor.Wrong, doctor.Unknown)
			for _, want := range c.want {
				assert.Contains(t, bad, want)
			}
			for _, not := range c.not {
				assert.NotContains(t, bad, not)
			}
			if c.want == nil {
				assert.Empty(t, bad)
			}
		})
	}
}
