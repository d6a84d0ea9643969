package flow

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kakaocert-go/kakaocert"
)

// Calls end in any order: the answer that asks for less must not end the pause that
// another has asked for.
func TestPause_IsNeverShortened(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p pause
		maintenance := &kakaocert.APIError{StatusCode: http.StatusServiceUnavailable, Code: kakaocert.ErrMaintenance}
		busy := &kakaocert.APIError{StatusCode: http.StatusTooManyRequests}
		assert.Equal(t, maintenancePause, p.after(maintenance))
		assert.Equal(t, maintenancePause, p.after(busy))
		assert.Equal(t, maintenancePause, p.left())
		time.Sleep(maintenancePause - time.Second)
		assert.Equal(t, busyPause, p.after(busy), "but it may be lengthened")
		assert.Zero(t, p.after(nil))
	})
}
