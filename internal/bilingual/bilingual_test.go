package bilingual_test

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kakaocert-go/kakaocert/internal/bilingual"
)

func TestTheAddressIsAskedBeforeTheBrowser(t *testing.T) {
	t.Parallel()
	table := bilingual.Table{"hello": {"안녕하세요", "Hello"}}
	for _, test := range []struct{ address, accept, lang, other, hello string }{
		{"/", "", "ko", "en", "안녕하세요"},
		{"/?lang=en", "ko", "en", "ko", "Hello"},
		{"/?lang=fr", "en-US,en;q=0.9,ko;q=0.8", "en", "ko", "Hello"},
		{"/", "fr, ko-KR;q=0.8, en;q=0.5", "ko", "en", "안녕하세요"},
	} {
		r := httptest.NewRequest("GET", test.address, nil)
		r.Header.Set("Accept-Language", test.accept)
		words := table.For(r)
		assert.Equal(t, test.lang, words.Lang)
		assert.Equal(t, test.other, words.OtherLang())
		assert.Equal(t, test.hello, words.T("hello"))
		assert.Equal(t, "goodbye", words.T("goodbye"), "a text that is missing shows")
	}
}
