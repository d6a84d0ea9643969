package main

import (
	"testing"

	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
)

func TestHelp_IsKoreanAndFits80Columns(t *testing.T) {
	t.Parallel()
	calltest.Help(t, program)
}
