package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/judge"
)

func TestMain(m *testing.M) {
	if os.Getenv(podVariable) != "" {
		main()
		return
	}
	judge.Main(m)
}

func TestStory_EndsOnTheOtherPod(t *testing.T) {
	judge.PostgreSQL(t)
	var out bytes.Buffer
	require.NoError(t, perform(t.Context(), nil, &out))
	said := out.String()
	assert.Contains(t, said, "killed:      pod-1")
	assert.Contains(t, said, "finished:    by pod-2")
	assert.Contains(t, said, "asked:       1 time")
	for _, personal := range []string{"홍길동", "19900101", "01012345678"} {
		assert.NotContains(t, said, personal)
	}
}

func TestStay_ShowsThePageThroughWhicheverPodLives(t *testing.T) {
	judge.PostgreSQL(t)
	s, err := setStage(t.Context())
	require.NoError(t, err)
	defer s.close()
	s.pods[0].kill()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	balancer := serveOn(t, s)
	page := get(ctx, t, balancer)
	assert.Contains(t, page, "pod-2")
	assert.Contains(t, page, "계약서에 서명하기")
	id, err := s.pods[1].begin(ctx)
	require.NoError(t, err)
	_, err = s.pods[1].until(ctx, id, "waiting")
	require.NoError(t, err)
	assert.Contains(t, get(ctx, t, balancer+"/loans/"+id), "카카오톡으로 서명 요청을 보냈습니다")
	require.NoError(t, s.kakao.Decline(s.txID()))
	_, err = s.pods[1].until(ctx, id, "ended")
	require.NoError(t, err)
	assert.Contains(t, get(ctx, t, balancer+"/loans/"+id), "declined")
	assert.Contains(t, get(ctx, t, balancer+"/loans/"+strings.Repeat("x", 9)), "Not Found")
}

func serveOn(t *testing.T, s *stage) (address string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(s.forward))
	t.Cleanup(server.Close)
	return server.URL
}

func get(ctx context.Context, t *testing.T, address string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return string(text)
}
