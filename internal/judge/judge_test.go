package judge

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// trial records how a test ended.
type trial struct {
	testing.TB
	name, ended string
}

func (t *trial) Helper()      {}
func (t *trial) Name() string { return t.name }
func (t *trial) Skipf(format string, args ...any) {
	t.ended = "skip: " + fmt.Sprintf(format, args...)
}
func (t *trial) Fatalf(format string, args ...any) {
	t.ended = "fail: " + fmt.Sprintf(format, args...)
}

func TestCourt_CountsTestsByJudge(t *testing.T) {
	t.Parallel()
	absent := errors.New("not in the PATH")
	for _, required := range []bool{false, true} {
		c := newCourt(required)
		c.open = true
		first, second := &trial{name: "TestFirst"}, &trial{name: "TestSecond"}
		c.hear(first, "node", nil)
		c.hear(first, "node", nil)
		c.hear(second, "curl", nil)
		c.hear(first, "curl", nil)
		assert.Empty(t, first.ended+second.ended)
		c.hear(first, "chromium", absent)
		c.hear(second, "chromium", absent)

		var out strings.Builder
		c.report(&out)
		end := "skipped"
		if required {
			end = "failed"
			assert.Equal(t, "fail: judge chromium is missing and KAKAOCERT_JUDGES=required: not in the PATH", first.ended)
		} else {
			assert.Equal(t, "skip: judge chromium is missing: not in the PATH", second.ended)
		}
		assert.Equal(t, "judge curl: heard by 2 tests\njudge node: heard by 1 test\njudge chromium: missing, 2 tests "+end+"\n", out.String())
	}
}

func TestCourt_NeedsMain(t *testing.T) {
	t.Parallel()
	test := &trial{name: "TestFirst"}
	newCourt(false).hear(test, "node", nil)
	assert.Contains(t, test.ended, "must call judge.Main")
}
