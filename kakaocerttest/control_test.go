package kakaocerttest_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// control sends one call to the control interface.
func (s *sim) control(method, path, body string, header ...string) (int, string) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, bytes.NewReader([]byte(body)))
	require.NoError(s.t, err)
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			request.Host = header[i+1]
		}
		request.Header.Set(header[i], header[i+1])
	}
	response, err := s.http.Do(request)
	require.NoError(s.t, err)
	defer func() { require.NoError(s.t, response.Body.Close()) }()
	text, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	return response.StatusCode, string(text)
}

func (s *sim) controlled(want int, method, path, body string) string {
	s.t.Helper()
	status, text := s.control(method, path, body)
	require.Equal(s.t, want, status, text)
	return text
}

func TestControlIsOff(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{})
	assert.Equal(t, "no such path\n", s.controlled(404, "GET", "/_sim/users", ""))
	assert.Equal(t, "no such path\n", s.controlled(404, "GET", "/_sim/phone", ""))
	assert.Equal(t, "no such path\n", s.controlled(404, "GET", "/", ""))
}

func TestTheBareAddressLeadsToThePhone(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{}, kakaocerttest.WithControl())
	assert.Contains(t, s.controlled(200, "GET", "/", ""), `id="screen"`)
}

func TestControlOfUsers(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{}, kakaocerttest.WithControl())
	added := s.controlled(200, "POST", "/_sim/users", `{"name":"김철수","birthday":"19851224","phone":"01011112222","behaviour":"ignore","key":"ECDSA"}`)
	var u kakaocerttest.User
	require.NoError(t, json.Unmarshal([]byte(added), &u))
	assert.NotEmpty(t, u.CI)
	assert.Equal(t, kakaocerttest.Ignore(), u.Behaviour)
	s.controlled(204, "PUT", "/_sim/users/01011112222/behaviour", `{"behaviour":"sign:3s"}`)
	s.controlled(204, "POST", "/_sim/users/01011112222/revoke", "")
	var list []kakaocerttest.User
	require.NoError(t, json.Unmarshal([]byte(s.controlled(200, "GET", "/_sim/users", "")), &list))
	u.Behaviour = kakaocerttest.SignAfter(3 * time.Second)
	assert.Equal(t, []kakaocerttest.User{u, kakaocerttest.DefaultUser()}, list)

	for wrong, why := range map[string]string{
		`{`:            "unexpected EOF",
		`[]`:           "cannot unmarshal array",
		`{"nome":"x"}`: `unknown field \"nome\"`,
		`{} {}`:        "more follows",
		`{"name":"김철수","birthday":"19851224","phone":"01011112222"}`: "another user has the same User.Phone",
	} {
		text := s.controlled(400, "POST", "/_sim/users", wrong)
		assert.Contains(t, text, `"error":"kakaocerttest: `)
		assert.Contains(t, text, why)
	}
	s.controlled(404, "PUT", "/_sim/users/01000000000/behaviour", `{"behaviour":"sign"}`)
	s.controlled(404, "POST", "/_sim/users/01000000000/revoke", "")
	s.controlled(400, "PUT", "/_sim/users/01011112222/behaviour", `{"behaviour":"sing"}`)
}

func TestControlOfTransactions(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{}, kakaocerttest.WithControl())
	s.controlled(204, "PUT", "/_sim/users/01012345678/behaviour", `{"behaviour":"manual"}`)
	for act, want := range map[string]string{"sign": "COMPLETED", "decline": "REJECTED", "expire": "EXPIRED"} {
		txID := s.requested("K1110T")
		s.controlled(204, "POST", "/_sim/transactions/"+txID+"/"+act, "")
		s.controlled(409, "POST", "/_sim/transactions/"+txID+"/"+act, "")
		var tx kakaocerttest.Transaction
		require.NoError(t, json.Unmarshal([]byte(s.controlled(200, "GET", "/_sim/transactions/"+txID, "")), &tx))
		assert.Equal(t, want, tx.Status)
		assert.Equal(t, want, s.ok(path("status", "K1110T", txID), nil)["status"])
	}
	txID := s.requested("K1110T")
	s.controlled(404, "POST", "/_sim/transactions/"+txID+"/eat", "")
	s.controlled(404, "POST", "/_sim/transactions/none/sign", "")
	s.controlled(404, "GET", "/_sim/transactions/none", "")
	var list []map[string]any
	require.NoError(t, json.Unmarshal([]byte(s.controlled(200, "GET", "/_sim/transactions", "")), &list))
	require.Len(t, list, 4)
	assert.Equal(t, txID, list[3]["tx_id"])
	assert.Equal(t, true, list[3]["pending"])
	assert.NotContains(t, list[3], "signed_at")

	s.controlled(204, "DELETE", "/_sim/transactions", "")
	assert.JSONEq(t, `[]`, s.controlled(200, "GET", "/_sim/transactions", ""))
	s.refused("E2003", 400, path("status", "K1110T", txID), nil)
}

func TestControlOfFaultsAndClock(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{}, kakaocerttest.WithControl())
	s.controlled(204, "POST", "/_sim/faults", `{"step":"status","kind":"unavailable","times":2,"retry_after":"3s"}`)
	s.controlled(204, "POST", "/_sim/faults", `{"step":"verify","kind":"slow","delay":"1h"}`)
	assert.JSONEq(t, `[{"step":"status","kind":"unavailable","times":2,"retry_after":"3s"},{"step":"verify","kind":"slow","times":1,"delay":"1h0m0s"}]`,
		s.controlled(200, "GET", "/_sim/faults", ""))
	response, _ := s.raw(path("status", "K1110T", "x"))
	assert.Equal(t, 503, response.StatusCode)
	s.controlled(204, "DELETE", "/_sim/faults", "")
	assert.JSONEq(t, `[]`, s.controlled(200, "GET", "/_sim/faults", ""))
	for wrong, why := range map[string]string{
		`{"kind":"fire"}`:                      "Fault.Kind is unknown",
		`{"kind":"slow","delay":"soon"}`:       "delay is not a duration",
		`{"kind":"slow","delai":"3s"}`:         `unknown field \"delai\"`,
		`{"kind":"wrong_vid","step":"status"}`: "for verify only",
	} {
		assert.Contains(t, s.controlled(400, "POST", "/_sim/faults", wrong), why)
	}

	assert.JSONEq(t, `{"now":"2026-11-23T03:00:00Z"}`, s.controlled(200, "GET", "/_sim/clock", ""))
	assert.JSONEq(t, `{"now":"2026-11-23T03:10:00Z"}`, s.controlled(200, "POST", "/_sim/clock", `{"advance":"10m"}`))
	assert.Equal(t, noon.Add(10*time.Minute), s.clock.Now())
	s.controlled(400, "POST", "/_sim/clock", `{"advance":"much"}`)
}

func TestControlRefusesOthers(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{}, kakaocerttest.WithControl("sim"))
	host := strings.TrimPrefix(s.url, "http://")
	for name, c := range map[string]struct {
		want   int
		header []string
	}{
		"a program":            {200, nil},
		"its own page":         {200, []string{"Origin", s.url, "Sec-Fetch-Site", "same-origin"}},
		"typed in":             {200, []string{"Sec-Fetch-Site", "none"}},
		"a given name":         {200, []string{"Host", "sim:8080"}},
		"localhost":            {200, []string{"Host", "localhost:8080"}},
		"IPv6":                 {200, []string{"Host", "[::1]:8080"}},
		"another origin":       {403, []string{"Origin", "https://bank.example"}},
		"no origin":            {403, []string{"Origin", "null"}},
		"another port":         {403, []string{"Origin", "http://127.0.0.1:1", "Sec-Fetch-Site", "same-site"}},
		"another site":         {403, []string{"Sec-Fetch-Site", "cross-site"}},
		"a link from a page":   {403, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}},
		"a rebound name":       {403, []string{"Host", "evil.example", "Origin", "http://evil.example"}},
		"a rebound name alone": {403, []string{"Host", "evil.example:" + host[strings.LastIndexByte(host, ':')+1:]}},
	} {
		t.Run(name, func(t *testing.T) {
			status, text := s.control("GET", "/_sim/users", "", c.header...)
			assert.Equal(t, c.want, status, text)
		})
	}
	link := []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}
	status, _ := s.control("GET", "/_sim/phone", "", link...)
	assert.Equal(t, 200, status, "a page may link to the phone")
	status, _ = s.control("GET", "/_sim/phone", "", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe")
	assert.Equal(t, 403, status, "and may not frame it")
}

func TestServerSentEvents(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{}, kakaocerttest.WithControl())
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/_sim/events", nil)
	require.NoError(t, err)
	response, err := s.http.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	assert.Equal(t, "text/event-stream", response.Header.Get("Content-Type"))
	lines := bufio.NewScanner(response.Body)
	require.True(t, lines.Scan())
	assert.Equal(t, "retry: 1000", lines.Text())

	txID := s.prepared("K1110T")
	s.refused("E2006", 400, path("verify", "K1110T", txID), nil)
	var got []kakaocerttest.Event
	for len(got) < 2 && lines.Scan() {
		if data, isData := strings.CutPrefix(lines.Text(), "data: "); isData {
			assert.NotContains(t, data, "홍길동")
			var ev kakaocerttest.Event
			require.NoError(t, json.Unmarshal([]byte(data), &ev))
			got = append(got, ev)
		}
	}
	assert.Equal(t, []kakaocerttest.Event{
		{Time: noon, Step: "prepare", Product: "K1110T", TxID: txID, Status: 200},
		{Time: noon, Step: "verify", Product: "K1110T", TxID: txID, Status: 400, Code: "E2006"},
	}, got)
}

func TestPhonePage(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{}, kakaocerttest.WithControl())
	require.NoError(t, s.service.SetBehaviour("01012345678", kakaocerttest.Manual()))
	empty := s.controlled(200, "GET", "/_sim/phone", "")
	assert.Contains(t, empty, "대기 중인 요청이 없습니다")

	identity := s.requested("K1110T")
	consentID := s.prepared("K3120T")
	s.ok(path("request", "K3120T", ""), fields{"tx_id": consentID, "data": s.seal(jsonOf(t, consent)), "return_url": "https://bank.example/back"})
	contract := s.prepared("K3511T")
	s.ok(path("request", "K3511T", ""), fields{
		"tx_id": contract, "title": "<script>alert(1)</script>",
		"desc": fields{"request_organization": "카카오서트은행"},
		"documents": []fields{
			{"title": "약관", "document_type": "TEXT", "data": "제1조\n목적"},
			{"title": "해시", "document_type": "HASH", "data": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
		},
	})

	screen := s.controlled(200, "GET", "/_sim/phone/screen?lang=en", "")
	for _, want := range []string{
		"/_sim/transactions/" + identity + "/sign", "/_sim/transactions/" + contract + "/decline", "/_sim/transactions/" + consentID + "/expire",
		"카카오서트은행", "제1조\n목적", "Documents <b>2</b>", "Account number", "110-123-456789", "Only the document&#39;s hash was sent",
		"&lt;script&gt;alert(1)&lt;/script&gt;", "app-to-app", "2026-11-23T03:05:00Z",
	} {
		assert.Contains(t, screen, want)
	}
	assert.NotContains(t, screen, "<script")

	require.NoError(t, s.service.Sign(consentID))
	screen = s.controlled(200, "GET", "/_sim/phone/screen", "")
	assert.Contains(t, screen, `href="https://bank.example/back"`)
	assert.Contains(t, screen, "COMPLETED")

	flow := s.controlled(200, "GET", "/_sim/phone/flow", "")
	assert.Contains(t, flow, "홍*동")
	assert.NotContains(t, flow, "홍길동")
	assert.Contains(t, s.controlled(200, "GET", "/_sim/phone/flow?reveal=1", ""), "홍길동")
	assert.Contains(t, s.controlled(200, "GET", "/_sim/phone/flow?lang=en", ""), "user signs")

	s.inject(kakaocerttest.Fault{Kind: kakaocerttest.AnotherUser})
	panel := s.controlled(200, "GET", "/_sim/phone/panel?lang=en", "")
	assert.Contains(t, panel, "another user&#39;s signature")
	assert.Contains(t, panel, "010*****678")
	assert.Contains(t, panel, `value="manual" selected`)
}

func TestPhonePageSpeaks(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{}, kakaocerttest.WithControl())
	for accept, want := range map[string]string{"": "ko", "en-US,en;q=0.9,ko;q=0.8": "en", "fr,ko-KR;q=0.8,en;q=0.5": "ko", "de": "ko"} {
		_, text := s.control("GET", "/_sim/phone", "", "Accept-Language", accept)
		assert.Contains(t, text, `<html lang="`+want+`">`, accept)
	}
	response, text := s.raw("/_sim/phone?lang=en")
	assert.Contains(t, string(text), `<html lang="en">`)
	assert.Contains(t, response.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'")
	assert.NotContains(t, string(text), "behave.", "every text has its words")
	assert.NotContains(t, string(text), "kind.")
	for _, file := range []string{"phone.js", "phone.css"} {
		response, text := s.raw("/_sim/phone/" + file)
		assert.Equal(t, 200, response.StatusCode)
		assert.NotEmpty(t, text)
	}
}
