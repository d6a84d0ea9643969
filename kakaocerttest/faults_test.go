package kakaocerttest_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mozilla.org/pkcs7"

	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

func (s *sim) inject(f kakaocerttest.Fault) {
	s.t.Helper()
	require.NoError(s.t, s.service.Inject(f))
}

// overBoth runs a test over TCP and in-process.
func overBoth(t *testing.T, test func(t *testing.T, s *sim)) {
	t.Helper()
	for _, name := range []string{"TCP", "in-process"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			user := kakaocerttest.DefaultUser()
			user.Key = kakaocerttest.ECDSA
			s := start(t, kakaocerttest.Contract{}, kakaocerttest.WithUsers(user))
			if name == "in-process" {
				s.http.Transport = s.service.Transport()
			} else {
				// A separate connection for each call, so that net/http does not repeat calls.
				s.http.Transport = &http.Transport{DisableKeepAlives: true}
			}
			test(t, s)
		})
	}
}

func TestFault_LostBeforeTheWork(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, s *sim) {
		txID := s.requested("K1110T")
		for _, kind := range []kakaocerttest.FaultKind{kakaocerttest.Refuse, kakaocerttest.DropBefore} {
			s.inject(kakaocerttest.Fault{Step: "verify", Kind: kind})
			_, _, err := s.try(path("verify", "K1110T", txID), nil)
			require.Error(t, err)
		}
		assert.Equal(t, 1, s.service.Calls("verify"), "a refused connection has called nothing")
		s.ok(path("verify", "K1110T", txID), nil)
	})
}

func TestFault_RefusedInProcess(t *testing.T) {
	t.Parallel()
	service := kakaocerttest.NewService()
	require.NoError(t, service.Inject(kakaocerttest.Fault{Kind: kakaocerttest.Refuse}))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://any/sign/v2/status", nil)
	require.NoError(t, err)
	_, err = service.Transport().RoundTrip(request)
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
}

func TestFault_LostAnswer(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, s *sim) {
		txID := s.requested("K1110T")
		s.inject(kakaocerttest.Fault{Step: "verify", Kind: kakaocerttest.DropAfter})
		_, _, err := s.try(path("verify", "K1110T", txID), nil)
		require.ErrorIs(t, err, io.EOF)
		s.refused("E2003", 400, path("verify", "K1110T", txID), nil)
	})
}

func TestFault_CutBody(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, s *sim) {
		txID := s.requested("K1110T")
		s.inject(kakaocerttest.Fault{Step: "verify", Kind: kakaocerttest.CutBody, Size: 7})
		status, text, err := s.try(path("verify", "K1110T", txID), nil)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		assert.Equal(t, http.StatusOK, status)
		assert.Len(t, text, 7)
		s.refused("E2003", 400, path("verify", "K1110T", txID), nil)
	})
}

func TestFault_SlowAndTrickle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		service := kakaocerttest.NewService()
		s := &sim{t: t, service: service, url: "http://any", http: &http.Client{Transport: service.Transport()}}
		began := time.Now()
		require.NoError(t, service.Inject(kakaocerttest.Fault{Kind: kakaocerttest.Slow, Delay: time.Hour}))
		status, whole, err := s.try(path("status", "K1110T", "x"), nil)
		require.NoError(t, err)
		assert.Equal(t, http.StatusUnauthorized, status)
		assert.Equal(t, time.Hour, time.Since(began))

		began = time.Now()
		require.NoError(t, service.Inject(kakaocerttest.Fault{Kind: kakaocerttest.Trickle, Delay: time.Minute, Size: 10}))
		_, text, err := s.try(path("status", "K1110T", "x"), nil)
		require.NoError(t, err)
		assert.Equal(t, whole, text)
		assert.Equal(t, time.Duration((len(text)+9)/10)*time.Minute, time.Since(began))
	})
}

func TestFault_TrickleOverTCP(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{})
	s.inject(kakaocerttest.Fault{Step: "status", Kind: kakaocerttest.Trickle, Size: 3})
	s.refused("E2003", 400, path("status", "K1110T", "x"), nil)
}

func TestFault_AnswersInsteadOfWork(t *testing.T) {
	t.Parallel()
	for kind, want := range map[kakaocerttest.FaultKind]struct {
		status int
		code   string
	}{
		kakaocerttest.TooManyRequests: {429, ""}, kakaocerttest.Unavailable: {503, ""}, kakaocerttest.BadGateway: {502, ""},
		kakaocerttest.InternalError: {400, "E0001"}, kakaocerttest.Maintenance: {503, "E0002"},
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := start(t, kakaocerttest.Contract{})
			txID := s.requested("K1110T")
			s.inject(kakaocerttest.Fault{Step: "verify", Kind: kind, Times: 2, RetryAfter: 3 * time.Second})
			for range 2 {
				response, text := s.raw(path("verify", "K1110T", txID))
				assert.Equal(t, want.status, response.StatusCode)
				var out fields
				err := json.Unmarshal(text, &out)
				assert.Equal(t, want.code == "", err != nil, "%s", text)
				if want.code != "" {
					assert.Equal(t, want.code, out["code"])
				}
				if kind == kakaocerttest.TooManyRequests || kind == kakaocerttest.Unavailable {
					assert.Equal(t, "3", response.Header.Get("Retry-After"))
				}
			}
			s.ok(path("verify", "K1110T", txID), nil)
		})
	}
}

func (s *sim) raw(path string) (*http.Response, []byte) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+path, nil)
	require.NoError(s.t, err)
	request.Header = s.header.Clone()
	response, err := s.http.Do(request)
	require.NoError(s.t, err)
	defer func() { require.NoError(s.t, response.Body.Close()) }()
	text, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	return response, text
}

func TestFault_BrokenAndOversizedAnswers(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{})
	s.inject(kakaocerttest.Fault{Step: "verify", Kind: kakaocerttest.BrokenJSON})
	s.inject(kakaocerttest.Fault{Step: "verify", Kind: kakaocerttest.Oversized, Size: 1 << 20})
	response, text := s.raw(path("verify", "K1110T", s.requested("K1110T")))
	assert.Equal(t, http.StatusOK, response.StatusCode)
	assert.False(t, json.Valid(text))
	assert.Contains(t, string(text), "nonce-1")

	_, text = s.raw(path("verify", "K1110T", s.requested("K1110T")))
	assert.True(t, json.Valid(text))
	assert.Greater(t, len(text), 1<<20)
	assert.Contains(t, string(text), "nonce-1")
}

func TestFault_Signatures(t *testing.T) {
	t.Parallel()
	user := kakaocerttest.DefaultUser()
	user.Key, user.Serial = kakaocerttest.ECDSA, "1234"
	s := start(t, kakaocerttest.Contract{}, kakaocerttest.WithUsers(user))
	one := func(kind kakaocerttest.FaultKind) (*pkcs7.PKCS7, fields) {
		txID := s.prepared("K3510T")
		s.ok(path("request", "K3510T", ""), fields{"tx_id": txID, "document_type": "TEXT", "data": "text"})
		if kind != "" {
			s.inject(kakaocerttest.Fault{Kind: kind})
		}
		answer := s.ok(path("verify", "K3510T", txID), nil)
		raw, err := base64.StdEncoding.DecodeString(answer["signed_data"].(string))
		require.NoError(t, err)
		message, err := pkcs7.Parse(raw)
		require.NoError(t, err)
		return message, answer
	}
	good := func(m *pkcs7.PKCS7) error { return m.VerifyWithChainAtTime(s.service.Roots(), noon) }

	right, answer := one("")
	require.NoError(t, good(right))
	vid := answer["vid"]

	message, answer := one(kakaocerttest.WrongVID)
	require.NoError(t, good(message))
	assert.NotEqual(t, vid, answer["vid"])

	message, answer = one(kakaocerttest.AnotherUser)
	require.NoError(t, good(message))
	assert.NotEqual(t, right.GetOnlySigner().Subject.CommonName, message.GetOnlySigner().Subject.CommonName)
	assert.Equal(t, vid, answer["vid"], "the VID stays the user's, so that it does not match the certificate")

	message, answer = one(kakaocerttest.AnotherDocument)
	require.NoError(t, good(message))
	assert.Equal(t, "text.", string(message.Content))
	assert.Equal(t, vid, answer["vid"])

	message, _ = one(kakaocerttest.ExpiredCertificate)
	require.ErrorContains(t, good(message), "outside of certificate validity")

	message, answer = one(kakaocerttest.RevokedCertificate)
	require.NoError(t, good(message))
	assert.NotEqual(t, vid, answer["vid"], "is the revoked certificate's")
	raw, err := s.service.CRL()
	require.NoError(t, err)
	crl, err := x509.ParseRevocationList(raw)
	require.NoError(t, err)
	require.Len(t, crl.RevokedCertificateEntries, 1)
	assert.Equal(t, message.GetOnlySigner().SerialNumber, crl.RevokedCertificateEntries[0].SerialNumber)
	assert.Equal(t, noon.Add(-time.Hour), crl.RevokedCertificateEntries[0].RevocationTime)

	message, _ = one("")
	require.NoError(t, good(message))
	assert.Equal(t, right.GetOnlySigner().Raw, message.GetOnlySigner().Raw, "faults leave nothing behind")
}

func TestFault_SwappedPair(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{WithoutCI: true})
	txID := s.prepared("K3511T")
	s.ok(path("request", "K3511T", ""), fields{"tx_id": txID, "documents": []fields{
		{"document_type": "TEXT", "data": "first"}, {"document_type": "TEXT", "data": "second"}, {"document_type": "TEXT", "data": "third"},
	}})
	s.inject(kakaocerttest.Fault{Kind: kakaocerttest.SwappedPair})
	var contents []string
	for _, element := range s.ok(path("verify", "K3511T", txID), nil)["signed_documents"].([]any) {
		content, _ := s.signedContent(element.(map[string]any)["signed_document"])
		contents = append(contents, content)
	}
	assert.Equal(t, []string{"second", "first", "third"}, contents)
}

func TestFault_Queue(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{})
	for _, wrong := range []kakaocerttest.Fault{
		{}, {Kind: "fire"}, {Kind: kakaocerttest.Slow, Step: "sign"}, {Kind: kakaocerttest.Slow, Times: -2},
		{Kind: kakaocerttest.ErrorCode}, {Kind: kakaocerttest.Slow, Code: "E0001"}, {Kind: kakaocerttest.Slow, Delay: -1}, {Kind: kakaocerttest.WrongVID, Step: "status"},
	} {
		require.Error(t, s.service.Inject(wrong))
	}
	assert.Empty(t, s.service.Faults())
	s.inject(kakaocerttest.Fault{Step: "status", Kind: kakaocerttest.Maintenance, Times: kakaocerttest.Always})
	s.inject(kakaocerttest.Fault{Step: "verify", Kind: kakaocerttest.InternalError})
	s.inject(kakaocerttest.Fault{Step: "verify", Kind: kakaocerttest.Maintenance})
	for range 3 {
		s.refused("E0002", 503, path("status", "K1110T", "x"), nil)
	}
	s.refused("E0001", 400, path("verify", "K1110T", "x"), nil)
	s.inject(kakaocerttest.Fault{Step: "signer", Kind: kakaocerttest.ErrorCode, Code: "E2016"})
	s.inject(kakaocerttest.Fault{Step: "signer", Kind: kakaocerttest.ErrorCode, Code: "E1002"})
	s.inject(kakaocerttest.Fault{Step: "signer", Kind: kakaocerttest.ErrorCode, Code: "E2010"})
	s.refused("E2016", 400, path("signer", "K1110T", "x"), nil)
	s.refused("E1002", 403, path("signer", "K1110T", "x"), nil)
	s.refused("E2010", 400, path("signer", "K1110T", "x"), nil)
	assert.Len(t, s.service.Faults(), 2)
	s.service.ClearFaults()
	s.refused("E2003", 400, path("status", "K1110T", "x"), nil)
	s.refused("E2003", 400, path("verify", "K1110T", "x"), nil)
}

func TestFault_IsInTheEvent(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{})
	var got []kakaocerttest.Event
	defer s.service.OnEvent(func(e kakaocerttest.Event) { got = append(got, e) })()
	s.inject(kakaocerttest.Fault{Step: "status", Kind: kakaocerttest.BadGateway})
	txID := s.prepared("K1110T")
	got = nil
	_, text, err := s.try(path("status", "K1110T", txID), nil)
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(string(text), "<html>"))
	assert.Equal(t, []kakaocerttest.Event{{Time: noon, Step: "status", Product: "K1110T", TxID: txID, Status: 502, Fault: kakaocerttest.BadGateway}}, got)
}
