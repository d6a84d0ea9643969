package unserved_test

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/unserved"
)

func TestAddress_RefusesConnectionsAndStaysTaken(t *testing.T) {
	t.Parallel()
	address := unserved.Address(t)
	for range 2 {
		_, err := net.Dial("tcp", address)
		require.Error(t, err)
		_, err = net.Listen("tcp", address)
		require.Error(t, err, "nothing else can listen there")
	}
}
