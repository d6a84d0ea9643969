// Command generate makes the portable vectors in testdata/vectors. It computes
// what is expected with the standard library or takes it from the papers, and
// not from the package that the vectors test. The signed messages are those of
// testdata/cms.
//
//	go run ./internal/vectors/generate testdata
package main

import (
	"bytes"
	"encoding/json"
	"log"
	"os"
	"path/filepath"

	"github.com/kakaocert-go/kakaocert/internal/vectors"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: generate TESTDATA")
	}
	files, err := generate(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(os.Args[1], "vectors", name), text, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// generate returns the files by their names. It makes the same every time.
func generate(testdata string) (map[string][]byte, error) {
	messages, err := readMessages(filepath.Join(testdata, "cms"))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, part := range []*part{
		cipherPart(), vidPart(), messages.part(), errorsPart(), answersPart(messages), sessionPart(), consentPart(), documentPart(),
	} {
		if files[part.Part+".json"], err = part.encode(); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// fields is a JSON object that is being made.
type fields map[string]any

type vector struct {
	ID     string `json:"id"`
	About  string `json:"about"`
	Input  fields `json:"input"`
	Expect fields `json:"expect"`
	Detail fields `json:"detail,omitempty"`
}

// part is a [vectors.Part] that is being made.
type part struct {
	Schema  string   `json:"$schema"`
	Part    string   `json:"part"`
	About   string   `json:"about"`
	Answer  string   `json:"answer"`
	Common  fields   `json:"common,omitempty"`
	Vectors []vector `json:"vectors"`
}

func newPart(name, about, answer string, common fields) *part {
	return &part{Schema: vectors.SchemaFile, Part: name, About: about, Answer: answer, Common: common}
}

func (p *part) add(name, about string, input, expect, detail fields) {
	p.Vectors = append(p.Vectors, vector{p.Part + "/" + name, about, input, expect, detail})
}

func (p *part) encode() ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	err := encoder.Encode(p)
	return out.Bytes(), err
}
