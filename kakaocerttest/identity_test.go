package kakaocerttest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

func TestIdentityFlow(t *testing.T) {
	t.Parallel()
	user := kakaocerttest.DefaultUser()
	for _, product := range []string{"K1110T", "K1120T"} {
		for _, mode := range []kakaocerttest.CipherMode{kakaocerttest.CTR, kakaocerttest.CBC, kakaocerttest.GCM} {
			t.Run(product+" "+string(mode), func(t *testing.T) {
				t.Parallel()
				s := start(t, kakaocerttest.Contract{CipherKeys: []kakaocerttest.CipherKey{{Mode: mode}}})
				require.NoError(t, s.service.SetBehaviour(user.Phone, kakaocerttest.SignAfter(3*time.Second)))

				txID := s.prepared(product)
				assert.Len(t, txID, 38)
				status := s.ok(path("status", product, txID), nil)
				assert.Equal(t, fields{"tx_id": txID, "status": "PREPARED", "requested_at": nil, "request_expired_at": nil, "signed_at": nil}, status)

				receipt := s.ok(path("request", product, ""), fields{
					"tx_id": txID, "data": "nonce-1", "title": "본인확인", "expires_in": 60, "extra_message": "안녕하세요",
					"desc":           fields{"request_type": "본인확인", "request_organization": "카카오서트은행", "receiver_name": user.Name},
					"identify_items": []string{"CI", "NAME", "BIRTHDAY", "PHONE_NUMBER"},
				})
				assert.Equal(t, txID, receipt["tx_id"])
				assert.Equal(t, "Y", receipt["result"])
				if product == "K1120T" {
					assert.Equal(t, "kakaotalk://me/cert/sign?tx_id="+txID, receipt["scheme"])
				} else {
					assert.NotContains(t, receipt, "scheme")
				}

				status = s.ok(path("status", product, txID), nil)
				assert.Equal(t, fields{
					"tx_id": txID, "status": "REQUESTED", "signed_at": nil,
					"requested_at": "2026-11-23T03:00:00Z", "request_expired_at": "2026-11-23T03:01:00Z",
				}, status)
				s.refused("E2006", http.StatusBadRequest, path("verify", product, txID), nil)
				s.refused("E2006", http.StatusBadRequest, path("signer", product, txID), nil)

				s.clock.Advance(5 * time.Second)
				status = s.ok(path("status", product, txID), nil)
				assert.Equal(t, "COMPLETED", status["status"])
				assert.Equal(t, "2026-11-23T03:00:03Z", status["signed_at"])

				verified := s.ok(path("verify", product, txID), nil)
				assert.Equal(t, "nonce-1", verified["data"])
				assert.Equal(t, "Y", verified["result"])
				assert.Equal(t, "COMPLETED", verified["status"])
				assert.Equal(t, user.CI, s.open(verified["ci"]))
				s.refused("E2003", http.StatusBadRequest, path("verify", product, txID), nil)

				info := s.ok(path("signer", product, txID), nil)
				assert.Equal(t, user.CI, s.open(info["ci"]))
				assert.Equal(t, user.Name, s.open(info["name"]))
				assert.Equal(t, user.Birthday, s.open(info["birthday"]))
				assert.Equal(t, user.Phone, s.open(info["phone_number"]))

				assert.Equal(t, 1, s.service.Calls("prepare"))
				assert.Equal(t, 1, s.service.Calls("request"))
				assert.Equal(t, 3, s.service.Calls("status"))
				assert.Equal(t, 3, s.service.Calls("verify"))
			})
		}
	}
}

func TestUserIsNamedByCI(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{})
	user := kakaocerttest.DefaultUser()
	byCI := fields{"settle_id": settleID, "type": "CI", "ci": s.seal(user.CI)}
	byBoth := fields{"settle_id": settleID, "type": "CI_PHONE_NO", "ci": s.seal(user.CI), "phone_no": s.seal(user.Phone)}

	assert.NotEmpty(t, s.ok(path("prepare", "K1110T", ""), byCI)["tx_id"])
	assert.NotEmpty(t, s.ok(path("prepare", "K1110T", ""), byBoth)["tx_id"])
	s.refused("E2002", 400, path("prepare", "K1110T", ""), byBoth.with("phone_no", s.seal("01000000000")))
	stranger := kakaocerttest.User{Phone: "01099999999"}
	require.Error(t, s.service.AddUser(stranger))
	s.refused("E2001", 400, path("prepare", "K1110T", ""), byCI.with("ci", s.seal(strings.Repeat("A", 86)+"==")))
	s.refused("E1001", 400, path("prepare", "K1110T", ""), byCI.with("ci", s.seal("short")))
	s.refused("E1001", 400, path("prepare", "K1110T", ""), byCI.with("phone_no", s.seal(user.Phone)))
}

func TestContractWithoutCI(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{WithoutCI: true})
	txID := s.prepared("K1110T")
	s.ok(path("request", "K1110T", ""), fields{"tx_id": txID, "data": "n", "identify_items": []string{"CI", "NAME"}})
	verified := s.ok(path("verify", "K1110T", txID), nil)
	assert.NotContains(t, verified, "ci")
	assert.NotContains(t, verified, "vid")
	info := s.ok(path("signer", "K1110T", txID), nil)
	assert.NotContains(t, info, "ci")
	assert.Equal(t, "홍길동", s.open(info["name"]))
	assert.NotContains(t, info, "birthday", "what was not asked for is not given")
}

func TestSeveralKeys(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{CipherKeys: []kakaocerttest.CipherKey{{Version: 2}, {Version: 1}}})
	body := s.person(kakaocerttest.DefaultUser())
	prepare := path("prepare", "K1110T", "")
	assert.NotEmpty(t, s.ok(prepare, body.with("enc_version", 2))["tx_id"])
	s.refused("E1001", 400, prepare, body)
	s.refused("E1001", 400, prepare, body.with("enc_version", 1))
	s.refused("E1001", 400, prepare, body.with("enc_version", 3))
	s.refused("E1001", 400, prepare, body.with("enc_version", "2"))
}

func TestErrorCodes(t *testing.T) {
	t.Parallel()
	user := kakaocerttest.DefaultUser()

	t.Run("E1004 keys", func(t *testing.T) {
		t.Parallel()
		s := start(t, kakaocerttest.Contract{})
		for _, name := range []string{"Authorization", "Target-Authorization"} {
			for _, value := range []string{"", "KakaoAK other", dealerKey, "Bearer " + dealerKey} {
				right := s.header.Get(name)
				s.header.Set(name, value)
				s.refused("E1004", 401, path("prepare", "K1110T", ""), s.person(user))
				s.header.Set(name, right)
			}
		}
	})
	t.Run("E1007 host and product", func(t *testing.T) {
		t.Parallel()
		s := start(t, kakaocerttest.Contract{})
		s.refused("E1007", 400, path("prepare", "K1110", ""), s.person(user))
		p := start(t, kakaocerttest.Contract{}, kakaocerttest.WithEnvironment(kakaocert.Production))
		p.refused("E1007", 400, path("prepare", "K1110T", ""), p.person(user))
		assert.NotEmpty(t, p.prepared("K1110"))
	})
	t.Run("E1002 permission", func(t *testing.T) {
		t.Parallel()
		s := start(t, kakaocerttest.Contract{Denied: []string{"k1100.signer", "k3500"}})
		txID := s.requested("K1110T")
		s.refused("E1002", 403, path("signer", "K1110T", txID), nil)
		s.refused("E1002", 403, path("prepare", "K3510T", ""), s.person(user))
	})
	t.Run("E1005 settle_id", func(t *testing.T) {
		t.Parallel()
		s := start(t, kakaocerttest.Contract{})
		s.refused("E1005", 400, path("prepare", "K1110T", ""), s.person(user).with("settle_id", nil))
		s.refused("E1005", 400, path("prepare", "K1110T", ""), s.person(user).with("settle_id", "other"))
	})
	t.Run("E1006 desc", func(t *testing.T) {
		t.Parallel()
		s := start(t, kakaocerttest.Contract{Desc: &kakaocerttest.Desc{RequestType: "본인확인", RequestOrganization: "카카오서트은행"}})
		body := fields{"tx_id": s.prepared("K1110T"), "data": "n"}
		s.refused("E1006", 400, path("request", "K1110T", ""), body)
		s.refused("E1006", 400, path("request", "K1110T", ""), body.with("desc", fields{"request_type": "본인확인"}))
		s.ok(path("request", "K1110T", ""), body.with("desc", fields{"request_type": "본인확인", "request_organization": "카카오서트은행"}))
	})
	t.Run("E2001 E2002 E2005 E1001 user", func(t *testing.T) {
		t.Parallel()
		s := start(t, kakaocerttest.Contract{})
		prepare := path("prepare", "K1110T", "")
		other := user
		other.Phone = "01000000000"
		s.refused("E2001", 400, prepare, s.person(other))
		other = user
		other.Birthday = "19900102"
		s.refused("E2002", 400, prepare, s.person(other))
		other = user
		other.Name = "홍길순"
		s.refused("E2002", 400, prepare, s.person(other))
		for behaviour, code := range map[kakaocerttest.Behaviour]string{
			kakaocerttest.Dormant(): "E2005", kakaocerttest.ForeignNumber(): "E1001", kakaocerttest.NoCertificate(): "E2001",
		} {
			require.NoError(t, s.service.SetBehaviour(user.Phone, behaviour))
			s.refused(code, 400, prepare, s.person(user))
		}
	})
	t.Run("E2003 unknown", func(t *testing.T) {
		t.Parallel()
		s := start(t, kakaocerttest.Contract{})
		for _, step := range []string{"status", "verify", "signer"} {
			s.refused("E2003", 400, path(step, "K1110T", "none"), nil)
			s.refused("E1001", 400, path(step, "K1110T", ""), nil)
		}
		s.refused("E2003", 400, path("request", "K1110T", ""), fields{"tx_id": "none", "data": "n"})
		s.refused("E2003", 400, path("status", "K3510T", s.prepared("K1110T")), nil)
	})
	t.Run("E2004 repeated", func(t *testing.T) {
		t.Parallel()
		s := start(t, kakaocerttest.Contract{})
		txID := s.requested("K1110T")
		s.refused("E2004", 400, path("request", "K1110T", ""), fields{"tx_id": txID, "data": "nonce-1"})
	})
	t.Run("E2006 before request", func(t *testing.T) {
		t.Parallel()
		s := start(t, kakaocerttest.Contract{})
		s.refused("E2006", 400, path("verify", "K1110T", s.prepared("K1110T")), nil)
	})
	t.Run("E2007 expired", func(t *testing.T) {
		t.Parallel()
		s := start(t, kakaocerttest.Contract{})
		require.NoError(t, s.service.SetBehaviour(user.Phone, kakaocerttest.Ignore()))
		txID := s.requested("K1110T")
		s.clock.Advance(5*time.Minute - time.Nanosecond)
		assert.Equal(t, "REQUESTED", s.ok(path("status", "K1110T", txID), nil)["status"])
		s.clock.Advance(time.Nanosecond)
		assert.Equal(t, "EXPIRED", s.ok(path("status", "K1110T", txID), nil)["status"])
		s.refused("E2007", 400, path("verify", "K1110T", txID), nil)
		s.refused("E2007", 400, path("signer", "K1110T", txID), nil)
	})
	t.Run("too late to fetch", func(t *testing.T) {
		t.Parallel()
		s := start(t, kakaocerttest.Contract{})
		txID := s.requested("K1110T")
		s.clock.Advance(10*time.Minute + time.Second)
		assert.Equal(t, "COMPLETED", s.ok(path("status", "K1110T", txID), nil)["status"])
		s.refused("E2003", 400, path("verify", "K1110T", txID), nil)
	})
}

func TestArgumentsOfPrepare(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{})
	body := s.person(kakaocerttest.DefaultUser())
	for name, wrong := range map[string]fields{
		"no type":          body.with("type", nil),
		"unknown type":     body.with("type", "NAME"),
		"type is a number": body.with("type", 1),
		"no name":          body.with("name", nil),
		"name in clear":    body.with("name", "홍길동"),
		"name is empty":    body.with("name", ""),
		"birthday":         body.with("birthday", s.seal("900101")),
		"no such day":      body.with("birthday", s.seal("19900230")),
		"hyphens":          body.with("phone_no", s.seal("010-1234-5678")),
		"misspelt field":   body.with("phone_number", s.seal("01012345678")),
	} {
		t.Run(name, func(t *testing.T) {
			s.refused("E1001", 400, path("prepare", "K1110T", ""), wrong)
		})
	}
	s.refused("E1001", 400, path("prepare", "K1110T", ""), "text")
	s.refused("E1001", 400, path("prepare", "K9999T", ""), body)
	s.header.Set("Content-Type", "text/plain")
	s.refused("E1001", 400, path("prepare", "K1110T", ""), body)
}

func TestArgumentsOfRequest(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{})
	body := fields{"tx_id": s.prepared("K1110T"), "data": strings.Repeat("가", 40)}
	for name, wrong := range map[string]fields{
		"no tx_id":         body.with("tx_id", nil),
		"no data":          body.with("data", nil),
		"41 characters":    body.with("data", strings.Repeat("가", 41)),
		"data is a number": body.with("data", 5),
		"unknown item":     body.with("identify_items", []string{"EMAIL"}),
		"item twice":       body.with("identify_items", []string{"CI", "CI"}),
		"items as text":    body.with("identify_items", "CI"),
		"no time":          body.with("expires_in", 0),
		"time as text":     body.with("expires_in", "60"),
		"a fraction":       body.with("expires_in", 1.5),
		"return_url":       body.with("return_url", "bank://back"),
		"desc as text":     body.with("desc", "text"),
		"desc's fields":    body.with("desc", fields{"other": "x"}),
		"document_type":    body.with("document_type", "TEXT"),
	} {
		t.Run(name, func(t *testing.T) {
			s.refused("E1001", 400, path("request", "K1110T", ""), wrong)
		})
	}
	s.ok(path("request", "K1110T", ""), body)

	app := fields{"tx_id": s.prepared("K1120T"), "data": "n"}
	s.refused("E1001", 400, path("request", "K1120T", ""), app.with("return_url", "no scheme"))
	s.ok(path("request", "K1120T", ""), app.with("return_url", "bank://back"))
}

func TestRequest_TakesTheContractsExtraFields(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{ExtraFields: []string{"branch"}})
	txID := s.prepared("K1110T")
	body := fields{"tx_id": txID, "data": "nonce-1", "branch": fields{"code": 7}}
	s.refused("E1001", 400, path("request", "K1110T", ""), body.with("agency", "x"))
	s.ok(path("request", "K1110T", ""), body)
}

func TestUser_Refuses(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{}, kakaocerttest.WithDialect(kakaocerttest.Dialect{WithoutScheme: true}))
	require.NoError(t, s.service.SetBehaviour("01012345678", kakaocerttest.RefuseAfter(time.Second)))
	txID := s.prepared("K1120T")
	receipt := s.ok(path("request", "K1120T", ""), fields{"tx_id": txID, "data": "n"})
	assert.NotContains(t, receipt, "scheme")
	s.clock.Advance(time.Second)
	assert.Equal(t, "REJECTED", s.ok(path("status", "K1120T", txID), nil)["status"])
	assert.Equal(t, fields{"tx_id": txID, "result": "N", "status": "REJECTED"}, s.ok(path("verify", "K1120T", txID), nil))
	s.refused("E2006", 400, path("signer", "K1120T", txID), nil)
}

func TestUser_ActsByHand(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{})
	require.NoError(t, s.service.SetBehaviour("01012345678", kakaocerttest.Manual()))
	status := func(txID string) any { return s.ok(path("status", "K1110T", txID), nil)["status"] }

	first := s.prepared("K1110T")
	require.ErrorIs(t, s.service.Sign(first), kakaocerttest.ErrNotPending, "not requested yet")
	s.ok(path("request", "K1110T", ""), fields{"tx_id": first, "data": "nonce-1", "title": "본인확인"})
	second, third := s.requested("K1110T"), s.requested("K1110T")

	list := s.service.Transactions()
	require.Len(t, list, 3)
	assert.Equal(t, []string{first, second, third}, []string{list[0].TxID, list[1].TxID, list[2].TxID})
	assert.True(t, list[0].Pending)
	assert.Equal(t, "본인확인", list[0].Title)
	assert.Equal(t, []kakaocerttest.Document{{Text: "nonce-1"}}, list[0].Documents)

	s.clock.Advance(time.Minute)
	require.NoError(t, s.service.Sign(first))
	require.NoError(t, s.service.Decline(second))
	require.NoError(t, s.service.Expire(third))
	assert.Equal(t, "COMPLETED", status(first))
	assert.Equal(t, "REJECTED", status(second))
	assert.Equal(t, "EXPIRED", status(third))
	for _, txID := range []string{first, second, third, "none"} {
		require.ErrorIs(t, s.service.Sign(txID), kakaocerttest.ErrNotPending)
		require.ErrorIs(t, s.service.Decline(txID), kakaocerttest.ErrNotPending)
		require.ErrorIs(t, s.service.Expire(txID), kakaocerttest.ErrNotPending)
	}
	one, found := s.service.Transaction(first)
	require.True(t, found)
	assert.Equal(t, noon.Add(time.Minute), one.SignedAt)
	_, found = s.service.Transaction("none")
	assert.False(t, found)
}

func TestPathsAndMethods(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{})
	for _, unknown := range []string{"/", "/sign/v2/prepare/", "/sign/v2/prepare/K1110T/more", "/sign/v3/prepare/K1110T"} {
		status, text, err := s.try(unknown, fields{})
		require.NoError(t, err)
		assert.Equal(t, http.StatusNotFound, status)
		assert.Equal(t, "no such path\n", string(text))
	}
	status, _, err := s.try(path("prepare", "K1110T", ""), nil)
	require.NoError(t, err)
	assert.Equal(t, http.StatusMethodNotAllowed, status)
	s.refused("E1001", 400, "/sign/v2/prepare/K3110T", s.person(kakaocerttest.DefaultUser()))
}

func TestAnswersBearTheClocksDate(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{})
	s.clock.Advance(time.Hour)
	response, _ := s.raw("/")
	assert.Equal(t, "Mon, 23 Nov 2026 04:00:00 GMT", response.Header.Get("Date"))
}

func TestProtocolMovesTheService(t *testing.T) {
	t.Parallel()
	protocol, err := kakaocert.ParseProtocol(strings.NewReader(`{
		"step.k1100.status": "POST /v9/state-of/{product}/now",
		"field.tx_id": "transaction", "field.error_code": "errcode",
		"value.status.prepared": "READY", "encoding.cipher": "hex"
	}`))
	require.NoError(t, err)
	s := start(t, kakaocerttest.Contract{}, kakaocerttest.WithProtocol(protocol))
	body := s.person(kakaocerttest.DefaultUser())
	status, out := s.do(path("prepare", "K1110T", ""), body)
	assert.Equal(t, 400, status)
	assert.Equal(t, "E1001", out["errcode"], "Base64 is not hex")
	for _, name := range []string{"name", "birthday", "phone_no"} {
		body = body.with(name, inHex(t, body[name].(string)))
	}
	txID := s.ok(path("prepare", "K1110T", ""), body)["transaction"]
	assert.Equal(t, "READY", s.ok("/v9/state-of/K1110T/now", fields{"transaction": txID})["status"])
}

func TestEvents(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{})
	var got []kakaocerttest.Event
	stop := s.service.OnEvent(func(e kakaocerttest.Event) { got = append(got, e) })
	require.NoError(t, s.service.SetBehaviour("01012345678", kakaocerttest.Manual()))
	txID := s.requested("K1110T")
	s.refused("E2006", 400, path("verify", "K1110T", txID), nil)
	require.NoError(t, s.service.Sign(txID))
	stop()
	s.ok(path("verify", "K1110T", txID), nil)
	want := []kakaocerttest.Event{
		{Time: noon, Step: "prepare", Product: "K1110T", TxID: txID, Status: 200},
		{Time: noon, Step: "request", Product: "K1110T", TxID: txID, Status: 200},
		{Time: noon, Step: "verify", Product: "K1110T", TxID: txID, Status: 400, Code: "E2006"},
		{Time: noon, Step: "sign", Product: "K1110T", TxID: txID},
	}
	assert.Equal(t, want, got)
}
