package bilingual_test

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kakaocert-go/kakaocert/internal/bilingual"
)

func TestAsked_AddressComesBeforeTheBrowser(t *testing.T) {
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

func TestAsked_TakesTheLocaleWhereNothingIsSaid(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		asked   string
		environ map[string]string
		want    string
	}{
		{"ko", nil, "ko"},
		{"en", map[string]string{"LANG": "ko_KR.UTF-8"}, "en"},
		{"", nil, "en"},
		{"", map[string]string{"LANG": "ko_KR.UTF-8"}, "ko"},
		{"", map[string]string{"LANG": "ko"}, "ko"},
		{"", map[string]string{"LANG": "kok_IN"}, "en"}, // Konkani
		{"", map[string]string{"LANG": "ko_KR", "LC_MESSAGES": "C"}, "en"},
		{"", map[string]string{"LANG": "C", "LC_ALL": "ko_KR.eucKR"}, "ko"},
	} {
		lang, err := bilingual.Asked(test.asked, func(name string) string { return test.environ[name] })
		assert.NoError(t, err)
		assert.Equal(t, test.want, lang)
	}
	_, err := bilingual.Asked("fr", func(string) string { return "" })
	assert.ErrorIs(t, err, bilingual.ErrLanguage)
}
