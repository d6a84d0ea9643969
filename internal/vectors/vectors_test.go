package vectors

import (
	"encoding/json"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func twoParts(t *testing.T) []Part {
	t.Helper()
	parts, err := readParts(fstest.MapFS{
		"schema.json": {Data: []byte(`{"not": "a part"}`)},
		"a.json": {Data: []byte(`{"part":"a","about":"a","answer":"a","common":{"x":1,"y":2},"vectors":[
			{"id":"a/1","about":"the first","input":{"y":3},"expect":{"good":true},"detail":{"reason":"r"}},
			{"id":"a/2","about":"the second","input":{},"expect":{"good":[1, 2]}}]}`)},
		"b.json": {Data: []byte(`{"part":"b","about":"b","answer":"b","vectors":[{"id":"b/1","about":"another","input":{},"expect":{"text":"é"}}]}`)},
	})
	require.NoError(t, err)
	return parts
}

func compared(t *testing.T, answers string, required ...string) *Comparison {
	t.Helper()
	read, err := ReadAnswers([]byte(answers))
	require.NoError(t, err)
	c, err := Compare(twoParts(t), read, required)
	require.NoError(t, err)
	return c
}

func TestCompare_TakesTheSameValuesForRight(t *testing.T) {
	t.Parallel()
	c := compared(t, "\ufeff"+`{"a/1":{"good":true,"more":1}, "a/2":{"good":[1.0,2]}, "b/1":{"text":"\u00e9"}}`)
	assert.True(t, c.Agrees)
	assert.Empty(t, c.Differences)
	assert.Equal(t, []Count{{Part: "a", Vectors: 2, Right: 2}, {Part: "b", Vectors: 1, Right: 1}}, c.Parts)
}

func TestCompare_NamesWhatDiffers(t *testing.T) {
	t.Parallel()
	for answers, different := range map[string][]string{
		`{"a/1":{"good":false},"a/2":{"good":[1,2]}}`:              {"a/1 good"},
		`{"a/1":{"good":"true"},"a/2":{"good":[2,1]}}`:             {"a/1 good", "a/2 good"},
		`{"a/1":{},"a/2":{"good":[1,2]}}`:                          {"a/1 good"},
		`{"a/1":{"good":true,"reason":"s"},"a/2":{"good":[1,2]}}`:  {"a/1 reason"},
		`{"a/1":{"good":true,"reason":null},"a/2":{"good":[1,2]}}`: {"a/1 reason"},
		`{"a/1":{"good":true}}`:                                    {"a/2 "},
		`{"a/1":{"good":true},"a/2":null}`:                         {"a/2 "},
	} {
		c := compared(t, answers)
		var got []string
		for _, d := range c.Differences {
			got = append(got, d.ID+" "+d.Field)
		}
		assert.Equal(t, different, got, answers)
		assert.False(t, c.Agrees)
		assert.Equal(t, len(different), c.Parts[0].Wrong)
		assert.Zero(t, c.Parts[1].Wrong, "what was not begun is not asked for")
	}
}

func TestCompare_RequiredPartsAreAnsweredWhole(t *testing.T) {
	t.Parallel()
	c := compared(t, `{"a/1":{"good":true},"a/2":{"unsupported":true}}`, "b")
	assert.Equal(t, []Count{{Part: "a", Vectors: 2, Right: 1, Unsupported: 1}, {Part: "b", Vectors: 1, Wrong: 1}}, c.Parts)
	assert.False(t, c.Agrees)
	assert.True(t, compared(t, `{"a/1":{"good":true},"a/2":{"unsupported":true}}`).Agrees)
	for _, nothing := range []string{`{}`, `{"b/1":{"unsupported":true}}`} {
		assert.False(t, compared(t, nothing).Agrees, "no answer is right")
	}
}

func TestReadAnswers_RefusesWhatIsNoObjectOfObjects(t *testing.T) {
	t.Parallel()
	for _, text := range []string{``, `null`, `[]`, `{"a/1":true}`, `{"a/1":{}`, `{"a/1":{}} {}`, `{"a/1":[{}]}`} {
		_, err := ReadAnswers([]byte(text))
		assert.Error(t, err, text)
	}
	read, err := ReadAnswers([]byte(`{"c/1":{}}`))
	require.NoError(t, err)
	_, err = Compare(twoParts(t), read, nil)
	require.Equal(t, &UnknownError{"c/1"}, err)
}

func TestRead_AddsWhatIsCommon(t *testing.T) {
	t.Parallel()
	parts := twoParts(t)
	var in struct{ X, Y int }
	require.NoError(t, parts[0].Read(parts[0].Vectors[0], &in))
	assert.Equal(t, 1, in.X)
	assert.Equal(t, 3, in.Y, "a vector's own field counts")
}

func TestQuestions_HaveNoExpectations(t *testing.T) {
	t.Parallel()
	parts := twoParts(t)
	text, err := json.Marshal(Questions(parts))
	require.NoError(t, err)
	assert.NotContains(t, string(text), "expect")
	assert.NotContains(t, string(text), "detail")
	assert.NotNil(t, parts[0].Vectors[0].Expect)
}

func FuzzCompare(f *testing.F) {
	f.Add([]byte(`{"vid/one":{"vid":"00"},"cipher/cbc-decrypt-empty":{"refused":true}}`))
	f.Add([]byte(`{"cms/bad-truncated":{"verified":false,"reason":"parsed"}}`))
	parts, err := Parts()
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text []byte) {
		answers, err := ReadAnswers(text)
		if err != nil {
			return
		}
		c, err := Compare(parts, answers, nil)
		if err != nil {
			return
		}
		require.False(t, c.Agrees && len(c.Differences) > 0)
		_, err = json.Marshal(c)
		require.NoError(t, err)
	})
}
