// Command generate writes the OpenAPI description of the default wire.
//
//	go run ./internal/openapi/generate docs/openapi.json
package main

import (
	"log"
	"os"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/openapi"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: generate FILE")
	}
	text, err := openapi.Document(kakaocert.DefaultProtocol())
	if err == nil {
		err = os.WriteFile(os.Args[1], text, 0o644)
	}
	if err != nil {
		log.Fatal(err)
	}
}
