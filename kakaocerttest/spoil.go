package kakaocerttest

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"time"
)

const (
	defaultPiece    = 16
	defaultOversize = 65 << 20
	maxOversize     = 1 << 30
)

// instead is the answer of a fault that prevents the work.
func (s *Service) instead(f Fault) (a reply, code string, instead bool) {
	switch f.Kind {
	case Refuse, DropBefore:
		return reply{lost: f.Kind}, "", true
	case TooManyRequests:
		return f.retryAfter(plainReply(http.StatusTooManyRequests, "too many requests\n")), "", true
	case Unavailable:
		return f.retryAfter(plainReply(http.StatusServiceUnavailable, "unavailable\n")), "", true
	case BadGateway:
		return textReply(http.StatusBadGateway, "text/html", badGatewayPage), "", true
	case InternalError:
		return s.dialect.encode(s.failureReply(fail("E0001", ""))), "E0001", true
	case Maintenance:
		return s.dialect.encode(s.failureReply(fail("E0002", ""))), "E0002", true
	case ErrorCode:
		return s.dialect.encode(s.failureReply(fail(f.Code, ""))), f.Code, true
	}
	return reply{}, "", false
}

const badGatewayPage = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><h1>502 Bad Gateway</h1></body>\r\n</html>\r\n"

func (f Fault) retryAfter(a reply) reply {
	if f.RetryAfter > 0 {
		a.header.Set("Retry-After", strconv.Itoa(int(f.RetryAfter/time.Second)))
	}
	return a
}

// spoil applies a fault to an answer after the work.
func (f Fault) spoil(a reply) reply {
	switch f.Kind {
	case DropAfter:
		return reply{status: a.status, lost: DropAfter}
	case CutBody:
		a.whole = f.size(max(1, len(a.body)/2))
	case Slow:
		a.delay = f.Delay
	case Trickle:
		a.piece, a.pause = f.size(defaultPiece), f.Delay
	case BrokenJSON:
		a.body = bytes.TrimSuffix(a.body, []byte("}"))
	case Oversized:
		rest, isObject := bytes.CutPrefix(a.body, []byte("{"))
		if isObject {
			a.body = slices.Concat([]byte(`{"padding":"`), bytes.Repeat([]byte("."), f.size(defaultOversize)), []byte(`",`), rest)
		}
	}
	return a
}

func (f Fault) size(otherwise int) int {
	if f.Size > 0 {
		return f.Size
	}
	return otherwise
}

// spoiledSigner is the signer under a fault; without one it is the owner.
func (s *Service) spoiledSigner(tx *transaction, owner *credential, at time.Time, spoil FaultKind) *credential {
	a := tx.account
	serial := newSerial(owner.serial.BitLen()%8 == 0)
	switch spoil {
	case AnotherUser:
		other := a.get()
		other.Name = "임꺽정"
		return s.newCredential(&account{number: -1, user: other}, serial, at.Add(-year), at.Add(year))
	case ExpiredCertificate:
		return s.newCredential(a, serial, at.Add(-2*year), at.Add(-24*time.Hour))
	case RevokedCertificate:
		s.authority.revoke(serial, at.Add(-time.Hour))
		return s.newCredential(a, serial, at.Add(-year), at.Add(year))
	}
	return owner
}

func spoiledContent(content []byte, spoil FaultKind) []byte {
	if spoil != AnotherDocument {
		return content
	}
	return append(bytes.Clone(content), '.')
}

func spoiledVID(right []byte, spoil FaultKind) []byte {
	if spoil != WrongVID {
		return right
	}
	wrong := bytes.Clone(right)
	wrong[0] ^= 1
	return wrong
}
