package vectors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
)

// Answers is what an implementation has made of the vectors, by their IDs.
type Answers map[string]object

// unsupported is the answer of an implementation that does not do what the
// vector is about.
const unsupported = "unsupported"

// ReadAnswers reads one JSON object that maps IDs to answers.
func ReadAnswers(text []byte) (Answers, error) {
	decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	var answers Answers
	if err := decoder.Decode(&answers); err != nil || answers == nil {
		return nil, errors.New("must be one JSON object that maps the IDs of vectors to objects")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("must end after one JSON object")
	}
	return answers, nil
}

// Comparison is how an implementation's answers compare with the vectors.
type Comparison struct {
	Agrees      bool         `json:"agrees"` // there is an answer, and no difference
	Parts       []Count      `json:"parts"`
	Differences []Difference `json:"differences"`
}

// Count is how many vectors of a part were answered.
type Count struct {
	Part        string `json:"part"`
	Vectors     int    `json:"vectors"`
	Right       int    `json:"right"`
	Wrong       int    `json:"wrong"`       // answers that differ, and vectors without an answer
	Unsupported int    `json:"unsupported"` // answers that say so
}

// Difference is a vector that an implementation answers otherwise. An empty
// Field says that there is no answer.
type Difference struct {
	ID       string          `json:"id"`
	About    string          `json:"about"`
	Field    string          `json:"field"`
	Expected json.RawMessage `json:"expected,omitempty"`
	Got      json.RawMessage `json:"got,omitempty"`
}

// UnknownError is an answer to no vector.
type UnknownError struct{ ID string }

func (e *UnknownError) Error() string {
	return fmt.Sprintf("vectors: %q is no vector of these parts", e.ID)
}

// Compare compares the answers with the vectors. A part with one answer must be
// answered in full, and so must one that is required. An ID that no vector has is
// an error.
func Compare(parts []Part, answers Answers, required []string) (*Comparison, error) {
	c := &Comparison{Parts: []Count{}, Differences: []Difference{}}
	known := make(map[string]bool)
	right := 0
	for _, part := range parts {
		begun := slices.Contains(required, part.Part) || slices.ContainsFunc(part.Vectors, func(v Vector) bool { return answers[v.ID] != nil })
		count := Count{Part: part.Part, Vectors: len(part.Vectors)}
		for _, v := range part.Vectors {
			known[v.ID] = true
			if begun {
				c.add(&count, v, answers[v.ID])
			}
		}
		right += count.Right
		c.Parts = append(c.Parts, count)
	}
	for _, id := range slices.Sorted(maps.Keys(answers)) {
		if !known[id] {
			return nil, &UnknownError{id}
		}
	}
	c.Agrees = right > 0 && len(c.Differences) == 0
	return c, nil
}

func (c *Comparison) add(count *Count, v Vector, answer object) {
	if string(answer[unsupported]) == "true" {
		count.Unsupported++
		return
	}
	before := len(c.Differences)
	if answer == nil {
		c.Differences = append(c.Differences, Difference{ID: v.ID, About: v.About})
	}
	for _, field := range slices.Sorted(maps.Keys(v.Expect)) {
		if answer != nil {
			c.compare(v, field, v.Expect[field], answer[field])
		}
	}
	for _, field := range slices.Sorted(maps.Keys(v.Detail)) {
		if got, there := answer[field]; there {
			c.compare(v, field, v.Detail[field], got)
		}
	}
	if len(c.Differences) > before {
		count.Wrong++
	} else {
		count.Right++
	}
}

func (c *Comparison) compare(v Vector, field string, expected, got json.RawMessage) {
	if !sameJSON(expected, got) {
		c.Differences = append(c.Differences, Difference{ID: v.ID, About: v.About, Field: field, Expected: expected, Got: got})
	}
}

// sameJSON compares values and not how they are written.
func sameJSON(a, b json.RawMessage) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}
