package console

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

const (
	maxHistory  = 200              // events that the phone page can show
	maxBacklog  = 256              // events by which a slow listener may be behind
	maxStreams  = 64               // pages and programs that listen at the same time
	streamFor   = 10 * time.Minute // then a listener reconnects by itself
	heartbeat   = 15 * time.Second // so that a closed connection is noticed
	reconnectMS = 1000
)

// history keeps the last events and passes new ones on.
type history struct {
	mu        sync.Mutex
	last      []kakaocerttest.Event
	listeners map[chan kakaocerttest.Event]struct{}
}

func newHistory() *history { return &history{listeners: make(map[chan kakaocerttest.Event]struct{})} }

// add never waits: a listener that is too far behind is disconnected, and
// reconnects by itself.
func (h *history) add(ev kakaocerttest.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.last) == maxHistory {
		h.last = slices.Delete(h.last, 0, 1)
	}
	h.last = append(h.last, ev)
	for listener := range h.listeners {
		select {
		case listener <- ev:
		default:
			delete(h.listeners, listener)
			close(listener)
		}
	}
}

func (h *history) all() []kakaocerttest.Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.last)
}

// listen passes new events on until stop; false says that too many listen.
func (h *history) listen() (events <-chan kakaocerttest.Event, stop func(), ok bool) {
	listener := make(chan kakaocerttest.Event, maxBacklog)
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.listeners) == maxStreams {
		return nil, nil, false
	}
	h.listeners[listener] = struct{}{}
	stop = func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if _, still := h.listeners[listener]; still {
			delete(h.listeners, listener)
			close(listener)
		}
	}
	return listener, stop, true
}

// events streams events as server-sent events, from now on. A stream ends after
// ten minutes, or when its reader does not read; browsers reconnect by
// themselves.
func (c *console) events(w http.ResponseWriter, r *http.Request) {
	events, stop, ok := c.history.listen()
	if !ok {
		w.Header().Set("Retry-After", "1")
		writeJSON(w, http.StatusServiceUnavailable, controlError{"console: at most 64 streams of events at once"})
		return
	}
	defer stop()
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	send := func(line string) bool {
		_ = out.SetWriteDeadline(time.Now().Add(heartbeat)) // a writer without deadlines has no connection to hold
		_, err := io.WriteString(w, line)
		return err == nil && out.Flush() == nil
	}
	over, beat := time.NewTimer(streamFor), time.NewTicker(heartbeat)
	defer over.Stop()
	defer beat.Stop()
	for line := fmt.Sprintf("retry: %d\n\n", reconnectMS); send(line); {
		select {
		case <-r.Context().Done():
			return
		case <-over.C:
			return
		case ev, open := <-events:
			if !open {
				return
			}
			text, err := json.Marshal(ev)
			if err != nil {
				return
			}
			line = "data: " + string(text) + "\n\n"
		case <-beat.C:
			line = ":\n\n"
		}
	}
}
