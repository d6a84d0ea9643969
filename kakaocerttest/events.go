package kakaocerttest

import (
	"sync"
	"time"
)

// Event is something that happened at the service: a call, or the user's answer
// by hand. It contains no personal data and no key.
type Event struct {
	Time    time.Time `json:"time"`
	Step    string    `json:"step"` // a step, or "window"; or "sign", "decline", "expire" by hand
	Product string    `json:"product"`
	TxID    string    `json:"tx_id,omitempty"`
	Status  int       `json:"status,omitempty"` // HTTP status of a call
	Code    string    `json:"code,omitempty"`   // error code of a call
	Fault   FaultKind `json:"fault,omitempty"`  // the injected fault
}

type events struct {
	mu        sync.RWMutex
	next      int
	listeners map[int]func(Event)
}

func newEvents() *events { return &events{listeners: make(map[int]func(Event))} }

func (e *events) publish(ev Event) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	for _, listen := range e.listeners {
		listen(ev)
	}
}

// OnEvent calls listen for every event until stop is called. The call that
// caused the event waits for listen, which is called from many goroutines: it
// must be quick, and must call neither stop nor OnEvent.
func (s *Service) OnEvent(listen func(Event)) (stop func()) {
	e := s.events
	e.mu.Lock()
	defer e.mu.Unlock()
	id := e.next
	e.next++
	e.listeners[id] = listen
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.listeners, id)
	}
}
