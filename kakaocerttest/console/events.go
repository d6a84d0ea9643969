package console

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

const (
	maxHistory  = 200              // events that the phone page can show
	maxBacklog  = 256              // events that a slow listener may be behind
	heartbeat   = 15 * time.Second // so that a listener that has gone is noticed
	reconnectMS = 1000
)

// history keeps the last events and passes new ones on.
type history struct {
	mu        sync.Mutex
	last      []kakaocerttest.Event
	listeners map[chan kakaocerttest.Event]struct{}
}

func newHistory() *history { return &history{listeners: make(map[chan kakaocerttest.Event]struct{})} }

// add never waits: a listener that is too far behind is cut off, and comes
// back by itself.
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

func (h *history) listen() (events <-chan kakaocerttest.Event, stop func()) {
	listener := make(chan kakaocerttest.Event, maxBacklog)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.listeners[listener] = struct{}{}
	return listener, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if _, still := h.listeners[listener]; still {
			delete(h.listeners, listener)
			close(listener)
		}
	}
}

// events streams events as server-sent events, from now on.
func (c *console) events(w http.ResponseWriter, r *http.Request) {
	events, stop := c.history.listen()
	defer stop()
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	if _, err := fmt.Fprintf(w, "retry: %d\n\n", reconnectMS); err != nil || out.Flush() != nil {
		return
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		line := ":\n\n"
		select {
		case <-r.Context().Done():
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
		}
		if _, err := fmt.Fprint(w, line); err != nil || out.Flush() != nil {
			return
		}
	}
}
