package revocation

import (
	"container/list"
	"crypto/sha256"
	"sync"
)

// The limits of a Memory.
const (
	maxRemembered      = 1024
	maxRememberedBytes = 64 << 20
)

// Memory remembers, by digest, lists and answers that were read, and with them
// whose signature was found right: the same list comes with every check. The
// zero Memory is empty. It is safe for concurrent use.
type Memory struct {
	mu    sync.Mutex
	byKey map[memoryKey]*list.Element
	order list.List // the last used first
	bytes int
}

type memoryKey struct {
	kind   byte // 'c' or 'o'
	digest [sha256.Size]byte
}

type remembered struct {
	key  memoryKey
	size int
	crl  *crl
	ocsp *ocspAnswer
}

// Read is as [Read], but reads nothing twice.
func (m *Memory) Read(data Data) *Sources {
	s := new(Sources)
	for _, raw := range data.CRLs {
		r := m.get('c', raw, func(r *remembered) (err error) { r.crl, err = readCRL(raw); return err })
		if r != nil {
			s.crls = append(s.crls, r.crl)
		}
	}
	for _, raw := range data.OCSP {
		r := m.get('o', raw, func(r *remembered) (err error) { r.ocsp, err = readOCSP(raw); return err })
		if r != nil {
			s.ocsp = append(s.ocsp, r.ocsp)
		}
	}
	return s
}

func (m *Memory) get(kind byte, raw []byte, read func(*remembered) error) *remembered {
	key := memoryKey{kind, sha256.Sum256(raw)}
	m.mu.Lock()
	if e, ok := m.byKey[key]; ok {
		m.order.MoveToFront(e)
		m.mu.Unlock()
		return e.Value.(*remembered)
	}
	m.mu.Unlock()
	r := &remembered{key: key, size: len(raw)}
	if read(r) != nil {
		return nil
	}
	m.put(r)
	return r
}

func (m *Memory) put(r *remembered) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.byKey[r.key]; ok {
		return
	}
	if m.byKey == nil {
		m.byKey = make(map[memoryKey]*list.Element)
	}
	m.byKey[r.key] = m.order.PushFront(r)
	m.bytes += r.size
	for m.order.Len() > maxRemembered || m.bytes > maxRememberedBytes && m.order.Len() > 1 {
		oldest := m.order.Remove(m.order.Back()).(*remembered)
		delete(m.byKey, oldest.key)
		m.bytes -= oldest.size
	}
}
