package console_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
	"github.com/kakaocert-go/kakaocert/kakaocerttest/console"
)

// noon is the time of the tests' clocks.
var noon = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

// sim is a simulator with its console, whose user answers by hand.
type sim struct {
	*kakaocerttest.Server
	t      *testing.T
	client *kakaocert.Client
}

func start(t *testing.T, hosts ...string) *sim {
	t.Helper()
	user := kakaocerttest.DefaultUser()
	user.Behaviour = kakaocerttest.Manual()
	server := kakaocerttest.NewServer(t, kakaocerttest.WithHandler(console.Handler), kakaocerttest.WithHosts(hosts...),
		kakaocerttest.WithUsers(user), kakaocerttest.WithClock(kakaocerttest.NewClock(noon)))
	config := server.Config()
	config.Evidence = kakaocert.UnsafeNoEvidence()
	client, err := kakaocert.NewClient(config)
	require.NoError(t, err)
	return &sim{server, t, client}
}

func hong() kakaocert.User {
	user := kakaocerttest.DefaultUser()
	return kakaocert.ByPerson(kakaocert.Person{Name: user.Name, Birthday: user.Birthday, Phone: user.Phone})
}

// prepared is an identity check that is not requested yet.
func (s *sim) prepared() kakaocert.K1100Transaction {
	s.t.Helper()
	tx, err := s.client.K1100.Prepare(s.t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: hong()})
	require.NoError(s.t, err)
	return tx
}

// requested is an identity check that waits for the user.
func (s *sim) requested() kakaocert.K1100Transaction {
	s.t.Helper()
	tx := s.prepared()
	_, err := s.client.K1100.Request(s.t.Context(), tx, &kakaocert.K1100RequestParams{Data: "nonce-of-the-tests-1234567890", Title: "본인확인"})
	require.NoError(s.t, err)
	return tx
}

// consent is a withdrawal consent that waits for the user.
func (s *sim) consent() (txID string) {
	s.t.Helper()
	tx, err := s.client.K3100.Prepare(s.t.Context(), &kakaocert.K3100PrepareParams{Product: kakaocert.K3120, User: hong()})
	require.NoError(s.t, err)
	_, err = s.client.K3100.Request(s.t.Context(), tx, &kakaocert.K3100RequestParams{
		ReturnURL: "https://bank.example/back",
		Consent: &kakaocert.Consent{
			BillingOrganization: "카카오서트통신", BankName: "카카오서트은행", AccountNumber: "110-123-456789",
			AccountHolder: "홍길동", AccountHolderBirthday: "19900101", CollectionType: kakaocert.CollectionCMS,
		},
	})
	require.NoError(s.t, err)
	return tx.TxID()
}

// contract is a text and a hash that wait for the user.
func (s *sim) contract(title string) (txID string) {
	s.t.Helper()
	tx, err := s.client.K3500.Prepare(s.t.Context(), &kakaocert.K3500PrepareParams{Product: kakaocert.K3511, User: hong()})
	require.NoError(s.t, err)
	_, err = s.client.K3500.Request(s.t.Context(), tx, &kakaocert.K3500RequestParams{
		Title: title, Desc: &kakaocert.Desc{RequestOrganization: "카카오서트은행"},
		Documents: []kakaocert.Document{
			kakaocert.TextDocument("약관", "제1조\n목적"),
			kakaocert.DigestDocument("해시", [32]byte{}),
		},
	})
	require.NoError(s.t, err)
	return tx.TxID()
}

// control sends one call to the control interface.
func (s *sim) control(method, path, body string, header ...string) (int, string) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+path, strings.NewReader(body))
	require.NoError(s.t, err)
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			request.Host = header[i+1]
		}
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(s.t, err)
	defer func() { require.NoError(s.t, response.Body.Close()) }()
	text, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	return response.StatusCode, string(text)
}

// get opens one of the console's pages.
func (s *sim) get(path string) (*http.Response, string) {
	s.t.Helper()
	response, err := http.Get(s.URL + path)
	require.NoError(s.t, err)
	defer func() { require.NoError(s.t, response.Body.Close()) }()
	text, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	return response, string(text)
}

func (s *sim) controlled(want int, method, path, body string) string {
	s.t.Helper()
	status, text := s.control(method, path, body)
	require.Equal(s.t, want, status, text)
	return text
}

func TestHandler_LeadsTheBareAddressToThePhone(t *testing.T) {
	t.Parallel()
	s := start(t)
	assert.Contains(t, s.controlled(200, "GET", "/", ""), `id="screen"`)
}

func TestControl_Users(t *testing.T) {
	t.Parallel()
	s := start(t)
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
	hong := kakaocerttest.DefaultUser()
	hong.Behaviour = kakaocerttest.Manual()
	assert.Equal(t, []kakaocerttest.User{u, hong}, list)

	for wrong, why := range map[string]string{
		`{`:            "unexpected EOF",
		`[]`:           "cannot unmarshal array",
		`{"nome":"x"}`: `unknown field \"nome\"`,
		`{} {}`:        "more follows",
		`{"name":"김철수","birthday":"19851224","phone":"01011112222"}`: "another user has the same User.Phone",
	} {
		text := s.controlled(400, "POST", "/_sim/users", wrong)
		assert.Contains(t, text, `"error":"`)
		assert.Contains(t, text, why)
	}
	s.controlled(404, "PUT", "/_sim/users/01000000000/behaviour", `{"behaviour":"sign"}`)
	s.controlled(404, "POST", "/_sim/users/01000000000/revoke", "")
	s.controlled(400, "PUT", "/_sim/users/01011112222/behaviour", `{"behaviour":"sing"}`)
}

func TestControl_Transactions(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.controlled(204, "PUT", "/_sim/users/01012345678/behaviour", `{"behaviour":"manual"}`)
	for act, want := range map[string]string{"sign": "COMPLETED", "decline": "REJECTED", "expire": "EXPIRED"} {
		waiting := s.requested()
		txID := waiting.TxID()
		s.controlled(204, "POST", "/_sim/transactions/"+txID+"/"+act, "")
		s.controlled(409, "POST", "/_sim/transactions/"+txID+"/"+act, "")
		var tx kakaocerttest.Transaction
		require.NoError(t, json.Unmarshal([]byte(s.controlled(200, "GET", "/_sim/transactions/"+txID, "")), &tx))
		assert.Equal(t, want, tx.Status)
		status, err := s.client.K1100.Status(t.Context(), waiting)
		require.NoError(t, err)
		assert.EqualValues(t, want, status.Status)
	}
	waiting := s.requested()
	txID := waiting.TxID()
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
	_, err := s.client.K1100.Status(t.Context(), waiting)
	assert.ErrorIs(t, err, kakaocert.ErrUnknownTransaction)
}

func TestControl_FaultsAndClock(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.controlled(204, "POST", "/_sim/faults", `{"step":"status","kind":"unavailable","times":2,"retry_after":"3s"}`)
	s.controlled(204, "POST", "/_sim/faults", `{"step":"verify","kind":"slow","delay":"1h"}`)
	assert.JSONEq(t, `[{"step":"status","kind":"unavailable","times":2,"retry_after":"3s"},{"step":"verify","kind":"slow","times":1,"delay":"1h0m0s"}]`,
		s.controlled(200, "GET", "/_sim/faults", ""))
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
	assert.Equal(t, noon.Add(10*time.Minute), s.Clock().Now())
	s.controlled(400, "POST", "/_sim/clock", `{"advance":"much"}`)
}

func TestHandler_RefusesOtherSites(t *testing.T) {
	t.Parallel()
	s := start(t, "Sim.Example")
	link := []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}
	paths := map[string]string{
		"/_sim/users": "GET", "/_sim/transactions": "DELETE", "/_sim/faults": "POST", "/_sim/clock": "POST", "/_sim/events": "GET",
		"/_sim/phone": "GET", "/_sim/phone/screen": "GET", "/_sim/phone/flow": "GET", "/_sim/phone/panel": "GET", "/_sim/phone/phone.js": "GET",
		"/_sim/users/01012345678/behaviour": "PUT", "/_sim/transactions/x/sign": "POST", "/_sim/none": "GET",
	}
	for path, method := range paths {
		for name, header := range map[string][]string{
			"another origin":        {"Origin", "https://bank.example"},
			"no origin":             {"Origin", "null"},
			"another site":          {"Sec-Fetch-Site", "cross-site"},
			"another port":          {"Sec-Fetch-Site", "same-site"},
			"another host":          {"Host", "evil.example"},
			"another host, as own":  {"Host", "evil.example", "Origin", "http://evil.example", "Sec-Fetch-Site", "same-origin"},
			"another host's link":   append([]string{"Host", "evil.example"}, link...),
			"a frame of other site": {"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"},
		} {
			status, text := s.control(method, path, "", header...)
			assert.Equal(t, 403, status, "%s %s: %s", method, path, name)
			assert.Contains(t, text, `{"error":"`)
		}
		status, _ := s.control(method, path, "", link...)
		assert.Equal(t, path == "/_sim/phone", status == 200, "a link of another site opens %s", path)
	}
	for name, header := range map[string][]string{
		"program":           nil,
		"own page":          {"Origin", s.URL, "Sec-Fetch-Site", "same-origin"},
		"allowed name":      {"Host", "SIM.example:8080"},
		"allowed name, own": {"Host", "sim.Example", "Origin", "http://Sim.example"},
	} {
		status, text := s.control("GET", "/_sim/users", "", header...)
		assert.Equal(t, 200, status, "%s: %s", name, text)
	}
}

func TestEvents_TellCallsAsTheyHappen(t *testing.T) {
	t.Parallel()
	s := start(t)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/_sim/events", nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	assert.Equal(t, "text/event-stream", response.Header.Get("Content-Type"))
	lines := bufio.NewScanner(response.Body)
	require.True(t, lines.Scan())
	assert.Equal(t, "retry: 1000", lines.Text())

	tx := s.prepared()
	txID := tx.TxID()
	_, err = s.client.K1100.Verify(t.Context(), tx, "nonce-of-the-tests-1234567890")
	require.ErrorIs(t, err, kakaocert.ErrNotSigned)
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

func TestStartServer_RefusesHostsThatAreNoNames(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"", "http://sim.example", "sim.example:8080"} {
		_, err := kakaocerttest.StartServer("127.0.0.1:0", kakaocerttest.WithHosts(host))
		assert.ErrorContains(t, err, "WithHosts: host name", host)
	}
}

func TestPhone_ShowsRequestsCallsAndSettings(t *testing.T) {
	t.Parallel()
	s := start(t)
	empty := s.controlled(200, "GET", "/_sim/phone", "")
	assert.Contains(t, empty, "대기 중인 요청이 없습니다")

	identity, consentID, contract := s.requested().TxID(), s.consent(), s.contract("<script>alert(1)</script>")

	screen := s.controlled(200, "GET", "/_sim/phone/screen?lang=en", "")
	for _, want := range []string{
		"/_sim/transactions/" + identity + "/sign", "/_sim/transactions/" + contract + "/decline", "/_sim/transactions/" + consentID + "/expire",
		"카카오서트은행", "제1조\n목적", "Documents <b>2</b>", "Account number", "110********789", "홍*동", "1******1", "Only the document&#39;s hash was sent",
		"&lt;script&gt;alert(1)&lt;/script&gt;", "app-to-app", "2026-11-23T03:05:00Z",
	} {
		assert.Contains(t, screen, want)
	}
	for _, hidden := range []string{"<script", "홍길동", "110-123-456789", "19900101"} {
		assert.NotContains(t, screen, hidden)
	}
	revealed := s.controlled(200, "GET", "/_sim/phone/screen?lang=en&reveal=1", "")
	assert.Contains(t, revealed, "110-123-456789")
	assert.Contains(t, revealed, "홍길동")
	assert.Contains(t, revealed, "Test institution")

	require.NoError(t, s.Sign(consentID))
	screen = s.controlled(200, "GET", "/_sim/phone/screen", "")
	assert.Contains(t, screen, `href="https://bank.example/back"`)
	assert.Contains(t, screen, "서명 완료")

	flow := s.controlled(200, "GET", "/_sim/phone/flow", "")
	assert.Contains(t, flow, "홍*동")
	assert.NotContains(t, flow, "홍길동")
	assert.Contains(t, s.controlled(200, "GET", "/_sim/phone/flow?reveal=1", ""), "홍길동")
	assert.Contains(t, s.controlled(200, "GET", "/_sim/phone/flow?lang=en", ""), "user signs")

	require.NoError(t, s.Inject(kakaocerttest.Fault{Kind: kakaocerttest.AnotherUser}))
	panel := s.controlled(200, "GET", "/_sim/phone/panel?lang=en", "")
	assert.Contains(t, panel, "another user&#39;s signature")
	assert.Contains(t, panel, "010*****678")
	assert.Contains(t, panel, `value="manual" selected`)
}

func TestPhone_SpeaksKoreanAndEnglish(t *testing.T) {
	t.Parallel()
	s := start(t)
	for accept, want := range map[string]string{"": "ko", "en-US,en;q=0.9,ko;q=0.8": "en", "fr,ko-KR;q=0.8,en;q=0.5": "ko", "de": "ko"} {
		_, text := s.control("GET", "/_sim/phone", "", "Accept-Language", accept)
		assert.Contains(t, text, `<html lang="`+want+`">`, accept)
	}
	response, text := s.get("/_sim/phone?lang=en")
	assert.Contains(t, text, `<html lang="en">`)
	assert.Contains(t, response.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'")
	assert.NotContains(t, text, "behave.", "every text has its words")
	assert.NotContains(t, text, "kind.")
	for _, file := range []string{"phone.js", "phone.css"} {
		response, text := s.get("/_sim/phone/" + file)
		assert.Equal(t, 200, response.StatusCode)
		assert.NotEmpty(t, text)
	}
}
