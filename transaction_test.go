package kakaocert_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
)

func TestTransaction_ComesBackFromItsText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		product     kakaocert.K1100Product
		environment kakaocert.Environment
	}{
		`"K1110T:0123-abc"`: {kakaocert.K1110, kakaocert.Test},
		`"K1120:0123-abc"`:  {kakaocert.K1120, kakaocert.Production},
	} {
		var tx kakaocert.K1100Transaction
		require.NoError(t, json.Unmarshal([]byte(text), &tx))
		assert.Equal(t, want.product, tx.Product())
		assert.Equal(t, want.environment, tx.Environment())
		assert.Equal(t, "0123-abc", tx.TxID())
		back, err := json.Marshal(tx)
		require.NoError(t, err)
		assert.JSONEq(t, text, string(back))
	}
}

func TestTransaction_AnotherServicesIsNotRead(t *testing.T) {
	t.Parallel()
	var identity kakaocert.K1100Transaction
	var consent kakaocert.K3100Transaction
	var signature kakaocert.K3500Transaction
	assert.Error(t, identity.UnmarshalText([]byte("K3510T:tx")))
	assert.Error(t, consent.UnmarshalText([]byte("K1110T:tx")))
	assert.Error(t, signature.UnmarshalText([]byte("K3110T:tx")))
	assert.NoError(t, signature.UnmarshalText([]byte("K3521:tx")))
}

// Assigning one service's transaction to another's does not compile.
func TestTransaction_AnotherServicesDoesNotCompile(t *testing.T) {
	t.Parallel()
	types := []reflect.Type{
		reflect.TypeFor[kakaocert.K1100Transaction](), reflect.TypeFor[kakaocert.K3100Transaction](), reflect.TypeFor[kakaocert.K3500Transaction](),
	}
	services := []reflect.Type{
		reflect.TypeFor[*kakaocert.K1100Service](), reflect.TypeFor[*kakaocert.K3100Service](), reflect.TypeFor[*kakaocert.K3500Service](),
	}
	for i, service := range services {
		for _, name := range []string{"Request", "Status", "Wait", "Verify", "Restore", "SignerInfo"} {
			method, found := service.MethodByName(name)
			require.True(t, found, name)
			at := 2 // after receiver and context
			if name == "Restore" {
				at = 1
			}
			for j, transaction := range types {
				assert.Equal(t, i == j, transaction.AssignableTo(method.Type.In(at)), "%v given to %v.%s", transaction, service, name)
			}
		}
	}
}

func TestTransaction_BadTextIsRefusedAndLeavesTheOldOne(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"K1110T", ":", "K1110T:", "K1110TT:tx", "k1110:tx", "T:tx",
		"K1110:a b", "K1110:a\nb", "K1110:한글", "K1110:" + strings.Repeat("x", 257),
	} {
		tx, err := kakaocert.ParseTransaction[kakaocert.K1100Product]("K1110:good")
		require.NoError(t, err)
		assert.Error(t, tx.UnmarshalText([]byte(text)), text)
		_, err = kakaocert.ParseTransaction[kakaocert.K1100Product](text)
		argument, ok := errors.AsType[*kakaocert.ArgumentError](err)
		require.True(t, ok, text)
		assert.Equal(t, "Transaction", argument.Field)
		assert.Equal(t, "K1110:good", tx.String())
	}
}

func TestTransaction_ZeroIsEmptyText(t *testing.T) {
	t.Parallel()
	var tx kakaocert.K3500Transaction
	assert.True(t, tx.IsZero())
	assert.Empty(t, fmt.Sprint(tx))
	require.NoError(t, tx.UnmarshalText(nil))
	assert.True(t, tx.IsZero())
	_, err := kakaocert.ParseTransaction[kakaocert.K3500Product]("")
	assert.Error(t, err, "a transaction that must be there")
}

func FuzzTransaction(f *testing.F) {
	f.Add("K1110T:0123")
	f.Add("K1120:a:b")
	f.Fuzz(func(t *testing.T, text string) {
		var tx, again kakaocert.K1100Transaction
		if tx.UnmarshalText([]byte(text)) != nil {
			return
		}
		if tx.String() != text {
			t.Fatalf("%q came back as %q", text, tx)
		}
		if err := again.UnmarshalText([]byte(tx.String())); err != nil || again != tx {
			t.Fatalf("%q did not come back: %v", text, err)
		}
	})
}
