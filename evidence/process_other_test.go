//go:build !unix

package evidence

import (
	"testing"

	"github.com/kakaocert-go/kakaocert/internal/judge"
)

func TestMain(m *testing.M) { judge.Main(m) }
