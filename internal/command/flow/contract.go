package flow

import (
	"cmp"
	"context"
	"fmt"
	"os"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/cms"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
)

// ContractCommand is the verb contract.
func ContractCommand(getenv func(string) string) *cli.Command {
	return &cli.Command{
		Name:      "contract",
		Usage:     "have a person sign one text or up to 200 (K3500)",
		UsageText: "kakaocert contract --text FILE... [--name NAME --birthday YYYYMMDD --phone NUMBER] [--out DIR] [options]",
		Description: `Prepares, requests, waits for the signatures, fetches them, checks each with its own text, and
compares the signer. A text is sent byte for byte; its title is the name of its file. Give
several texts as --text A B C or as --text A --text B --text C, in the order in which the person
shall see them.
` + storeHelp + `
DIR then contains document-001.p7s (the signature, DER) and document-001.txt for each text, in their
order, and roots.pem:
  openssl cms -verify -inform DER -in DIR/document-001.p7s -CAfile DIR/roots.pem -purpose any
  kakaocert evidence verify DIR --roots DIR/roots.pem
` + learnHelp + flowHelp + `
Example: kakaocert contract --text contract.txt terms.txt --out signed`,
		Flags: flowFlags("K3510, of several texts K3511", append([]cli.Flag{
			call.ListFlag("text", "have the text in this `FILE` signed; may be repeated"),
		}, append(storeFlags(), learnFlag())...)...),
		Action: flowAction(getenv, (*flow).contract),
	}
}

func (f *flow) contract(ctx context.Context) error {
	var err error
	if f.asked.Texts, err = f.texts(f.cmd.Args().Slice()); err != nil {
		return err
	}
	if err := f.findPerson(); err != nil {
		return err
	}
	standard := kakaocert.K3510
	if len(f.asked.Texts) > 1 {
		standard = kakaocert.K3511
	}
	product, err := productOf(f, standard, kakaocert.K3510, kakaocert.K3511, kakaocert.K3520, kakaocert.K3521)
	if err != nil {
		return err
	}
	return perform(ctx, f, f.contractScript(), product, kakaocert.K3500Transaction{})
}

// contractScript is the flow of one signature or several.
func (f *flow) contractScript() script[kakaocert.K3500Product, kakaocert.K3500Result] {
	texts := f.asked.Texts
	documents := documentsOf(texts)
	return script[kakaocert.K3500Product, kakaocert.K3500Result]{
		files:   exportNames(len(texts)),
		service: func(c *kakaocert.Client) service[kakaocert.K3500Product] { return c.K3500 },
		request: func(ctx context.Context, c *kakaocert.Client, tx kakaocert.K3500Transaction, opts ...kakaocert.CallOption) (*kakaocert.Receipt, error) {
			return c.K3500.Request(ctx, tx, &kakaocert.K3500RequestParams{
				Documents: documents, Title: cmp.Or(f.asked.Title, texts[0].title()),
				IdentifyItems: identifyItems, Desc: f.asked.desc(),
			}, opts...)
		},
		verify: func(ctx context.Context, tx kakaocert.K3500Transaction, opts ...kakaocert.CallOption) (*kakaocert.K3500Result, error) {
			return f.client.K3500.Verify(ctx, tx, documents, opts...)
		},
		restore: func(tx kakaocert.K3500Transaction, body []byte) (*kakaocert.K3500Result, error) {
			return f.client.K3500.Restore(tx, body, documents)
		},
		recall: func(ctx context.Context, tx kakaocert.K3500Transaction) (*kakaocert.K3500Result, error) {
			return f.client.K3500.Recall(ctx, tx, documents)
		},
		check: func(result *kakaocert.K3500Result) (exporter, error) {
			return func() ([]export, error) { return exportsOf(texts, result.SignedData()) }, f.checkContract(result, documents)
		},
	}
}

func (f *flow) checkContract(result *kakaocert.K3500Result, documents []kakaocert.Document) error {
	verifier, at, err := f.verifier()
	if err != nil {
		return err
	}
	checked, err := result.Check(verifier)
	if checked == nil {
		return err
	}
	err = f.judge(at, checked.Documents(), result.CI(), result.VID())
	for i := range f.outcome.Signatures {
		f.outcome.Signatures[i].Text = f.asked.Texts[i].File
	}
	return err
}

// texts reads the files of --text and those behind it, in the order in which they
// were given.
func (f *flow) texts(more []string) ([]text, error) {
	files := f.cmd.StringSlice("text")
	switch {
	case len(files) == 0:
		return nil, call.Wrong("which text? give --text")
	case len(files) > 1 && len(more) > 0:
		return nil, call.Wrong("the order of the texts is not clear: give each with --text, or all behind one")
	}
	var texts []text
	for _, file := range append(files, more...) {
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, call.Wrong("--text: %w", err)
		}
		texts = append(texts, text{file, raw})
	}
	return texts, nil
}

func documentsOf(texts []text) []kakaocert.Document {
	documents := make([]kakaocert.Document, len(texts))
	for i, t := range texts {
		documents[i] = kakaocert.TextDocument(t.title(), string(t.Bytes))
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
		files = append(files, export{signatureFile(i), der}, export{textFile(i), t.Bytes})
	}
	return files, nil
}
