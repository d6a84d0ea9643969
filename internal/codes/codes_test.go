package codes_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kakaocert-go/kakaocert/internal/codes"
)

func TestCodes_AreToldFromValues(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct{ code, service bool }{
		"E2003":                   {true, true},
		"E0000":                   {true, true},
		"E20030":                  {true, false},
		"e2003":                   {true, false},
		"E200":                    {true, false},
		"E２００３":                   {false, false},
		"KOE101":                  {true, false},
		"-401":                    {true, false},
		"invalid_grant":           {true, false},
		"12345":                   {true, false},
		"":                        {false, false},
		"900101":                  {false, false}, // a birthday
		"19900101":                {false, false},
		"01012345678":             {false, false}, // a phone number
		"홍길동":                     {false, false},
		"a b":                     {false, false},
		"E2003\n":                 {false, false},
		strings.Repeat("a", 32):   {true, false},
		strings.Repeat("a", 33):   {false, false},
		"AAAA1B2C3D4E5F6=":        {false, false},
		"3333-01-1234567":         {false, false}, // an account
		"settle-id-of-a-contract": {true, false},
	} {
		assert.Equal(t, want.code, codes.IsCode(text), text)
		assert.Equal(t, want.service, codes.IsService(text), text)
	}
}
