package flow

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/cmd/kakaocert/internal/call"
	"github.com/kakaocert-go/kakaocert/internal/cms"
)

// ContractCommand is the verb contract.
func ContractCommand(getenv func(string) string) *cli.Command {
	return &cli.Command{
		Name:      "contract",
		Usage:     "have a person sign one text or up to 200 (K3500)",
		UsageText: "kakaocert contract --text FILE... [--name NAME --birthday YYYYMMDD --phone NUMBER] [--out DIR] [options]",
		Description: `Prepares, requests, waits for the signatures, fetches and checks them, each on its own text,
and compares the signer. A text is sent byte for byte; its title is the name of its file.
Several are given as --text A B C or as --text A --text B --text C, in the order in which they
are shown.
` + storeHelp + `
DIR then has document-001.p7s (the signature, DER) and document-001.txt for each text, in their
order, and roots.pem:
  openssl cms -verify -inform DER -in DIR/document-001.p7s -CAfile DIR/roots.pem -purpose any
  kakaocert evidence verify DIR --roots DIR/roots.pem
` + flowHelp + `
Example: kakaocert contract --text contract.txt terms.txt --out signed`,
		Flags: flowFlags("K3510, of several texts K3511", append([]cli.Flag{
			call.ListFlag("text", "have the text in this `FILE` signed; may be repeated"),
		}, storeFlags()...)...),
		Action: flowAction(getenv, (*flow).contract),
	}
}

// text is one text to be signed.
type text struct {
	file   string
	octets []byte
}

func (f *flow) contract(ctx context.Context) error {
	texts, err := f.texts()
	if err != nil {
		return err
	}
	person, err := f.person()
	if err != nil {
		return err
	}
	if f.store, err = openStore(f.cmd, f.setting.Remote(), exportNames(len(texts))); err != nil {
		return err
	}
	if err := f.open(person, f.store.sink()); err != nil {
		return err
	}
	f.warnWithoutRoots()
	contract, documents := f.client.K3500, documentsOf(texts)
	tx, err := ask(ctx, f, contract, f.contractProduct(len(texts)), func(ctx context.Context, tx kakaocert.K3500Transaction) (*kakaocert.Receipt, error) {
		return contract.Request(ctx, tx, &kakaocert.K3500RequestParams{
			Documents: documents, IdentifyItems: identifyItems, Desc: f.desc,
		})
	})
	if err != nil {
		return err
	}
	result, err := fetch(f, tx, func() (*kakaocert.K3500Result, error) { return contract.Verify(ctx, tx, documents) })
	if err != nil {
		return err
	}
	verifier, at, err := f.verifier()
	if err != nil {
		return err
	}
	checks, err := result.Check(verifier, documents)
	if len(checks) == 0 {
		return err
	}
	err = f.judge(at, checks, result.CI(), result.VID())
	for i := range f.outcome.Signatures {
		f.outcome.Signatures[i].Text = texts[i].file
	}
	if err != nil {
		return err
	}
	return f.conclude(compareSigner(ctx, f, contract, tx), func() ([]export, error) {
		return exportsOf(texts, result.SignedData())
	})
}

func (f *flow) contractProduct(texts int) kakaocert.K3500Product {
	product := kakaocert.K3510
	if texts > 1 {
		product = kakaocert.K3511
	}
	return kakaocert.K3500Product(cmp.Or(f.cmd.String("product"), string(product)))
}

// texts reads the files, in the order in which they were given.
func (f *flow) texts() ([]text, error) {
	files := f.cmd.StringSlice("text")
	more := f.cmd.Args().Slice()
	switch {
	case len(files) == 0:
		return nil, call.Wrong("which text? give --text")
	case len(files) > 1 && len(more) > 0:
		return nil, call.Wrong("the order of the texts is not clear: give each with --text, or all behind one")
	}
	var texts []text
	for _, file := range append(files, more...) {
		octets, err := os.ReadFile(file)
		if err != nil {
			return nil, call.Wrong("--text: %w", err)
		}
		texts = append(texts, text{file, octets})
	}
	return texts, nil
}

func documentsOf(texts []text) []kakaocert.Document {
	documents := make([]kakaocert.Document, len(texts))
	for i, t := range texts {
		title := strings.TrimSuffix(filepath.Base(t.file), filepath.Ext(t.file))
		documents[i] = kakaocert.TextDocument(title, string(t.octets))
	}
	return documents
}

func signatureFile(i int) string { return fmt.Sprintf("document-%03d.p7s", i+1) }
func textFile(i int) string      { return fmt.Sprintf("document-%03d.txt", i+1) }

func exportNames(texts int) []string {
	names := []string{rootsFile}
	for i := range texts {
		names = append(names, signatureFile(i), textFile(i))
	}
	return names
}

func exportsOf(texts []text, signatures [][]byte) ([]export, error) {
	var files []export
	for i, t := range texts {
		der, err := cms.DER(signatures[i])
		if err != nil {
			return nil, err
		}
		files = append(files, export{signatureFile(i), der}, export{textFile(i), t.octets})
	}
	return files, nil
}
