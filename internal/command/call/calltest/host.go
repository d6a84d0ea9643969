package calltest

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// Host is a simulator that the command finds through its environment.
type Host struct {
	*kakaocerttest.Server
	Environ []string
}

// NewHost starts a simulator until the test ends.
func NewHost(t *testing.T, opts ...kakaocerttest.Option) *Host {
	t.Helper()
	server := kakaocerttest.NewServer(t, opts...)
	roots := Write(t, "roots.pem", server.RootPEM())
	return &Host{Server: server, Environ: append(server.Environ(), "KAKAOCERT_ROOTS="+roots)}
}

// Without takes variables away.
func Without(environ []string, names ...string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.Contains(names, name)
	})
}

// With sets a variable.
func With(environ []string, name, value string) []string {
	return append(Without(environ, name), name+"="+value)
}

// ContractText is a text to be signed.
const ContractText = "제1조 (목적)\n본인은 동의합니다.\n"

// AssertNothingPersonal looks for what the tests' invented people have.
func AssertNothingPersonal(t *testing.T, got Called) {
	t.Helper()
	for _, canary := range []string{
		"홍길동", "김철수", "Gildong", "19900101", "900101", "19851224", "01012345678", "01011112222",
		"3333-01-1234567", "예시은행", "예시전력", "제1조", "십이", kakaocerttest.DefaultUser().CI,
	} {
		assert.NotContains(t, got.Out, canary)
		assert.NotContains(t, got.Errors, canary)
	}
}
