// Command testgen makes the messages in testdata/cms: in good what must be
// verified, in bad what must be refused, each named after its defect (and,
// behind an underscore, the way it came about), with the roots they chain to
// and the content they sign. Keys are made anew each time and thrown away.
package main

import (
	"log"
	"os"
	"path/filepath"

	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: testgen DIR")
	}
	if err := write(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

// write replaces what was in the directory.
func write(dir string) error {
	root, good, bad := cmstest.Vectors()
	files := map[string][]byte{
		"root.pem":    root.PEM(),
		"content.txt": []byte(cmstest.Content),
	}
	for name, message := range good {
		files[filepath.Join("good", name)] = message
	}
	for name, message := range bad {
		files[filepath.Join("bad", name+".der")] = message
	}
	for _, sub := range []string{"good", "bad"} {
		if err := os.RemoveAll(filepath.Join(dir, sub)); err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return err
		}
	}
	for name, raw := range files {
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o644); err != nil {
			return err
		}
	}
	return nil
}
