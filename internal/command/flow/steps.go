package flow

import (
	"fmt"
	"sync"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
)

// steps reports how a flow gets on, as it happens: on standard error, and without
// colours, where standard output is for the result alone.
type steps struct {
	out *call.Console
}

func newSteps(cmd *cli.Command) *steps {
	if cmd.Bool("json") {
		plain := *call.Stderr(cmd)
		plain.Coloured = false
		return &steps{out: &plain}
	}
	return &steps{out: call.Stdout(cmd)}
}

func (s *steps) say(step, format string, args ...any) { call.Field(s.out, step, format, args...) }

// warn is say for what must not be missed.
func (s *steps) warn(format string, args ...any) {
	fmt.Fprintf(s.out, "  %s %s\n", s.out.Paint(call.Yellow, call.Pad(s.out.T("note"), 12)), call.Printable(s.out.Sprintf(format, args...)))
}

// clearLine erases the cursor's line.
const clearLine = "\r\x1b[K"

// waiting reports each status that is new and, on a terminal, that time passes.
// Stop ends it.
func (s *steps) waiting() (told func(kakaocert.TransactionStatus), stop func()) {
	var mu sync.Mutex
	var last kakaocert.Status
	began := time.Now()
	done, ended := make(chan struct{}), make(chan struct{})
	told = func(status kakaocert.TransactionStatus) {
		mu.Lock()
		defer mu.Unlock()
		if status.Status == last || status.Status == kakaocert.StatusCompleted {
			return
		}
		last = status.Status
		s.erase()
		s.say("status", "%s%s", last, s.until(status.RequestExpiredAt))
	}
	go func() {
		defer close(ended)
		if !s.out.Terminal {
			return
		}
		ticker := time.NewTicker(time.Second)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
			}
			mu.Lock()
			fmt.Fprintf(s.out, "%s  %s %s", clearLine, call.Pad(s.out.T("waiting"), 12), time.Since(began).Round(time.Second))
			mu.Unlock()
		}
	}()
	return told, func() {
		close(done)
		<-ended
		s.erase()
	}
}

func (s *steps) erase() {
	if s.out.Terminal {
		fmt.Fprint(s.out, clearLine)
	}
}

func (s *steps) until(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return s.out.Sprintf(", until %s", t.Local().Format("15:04:05"))
}
