package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage"
)

// store makes a directory with one signature of the simulator's, for those who
// have none yet.
func store(ctx context.Context) (path string, err error) {
	set, err := new(stage.Flags).Set(func(string) string { return "" })
	if err != nil {
		return "", err
	}
	dir, path, err := set.OpenEvidence("", "")
	if err != nil {
		return "", err
	}
	defer func() { _ = dir.Close() }()
	set.Config.Evidence = dir
	client, err := kakaocert.NewClient(set.Config)
	if err != nil {
		return path, err
	}
	tx, err := client.K3500.Prepare(ctx, &kakaocert.K3500PrepareParams{Product: kakaocert.K3510, User: kakaocert.ByPerson(set.Person)})
	if err != nil {
		return path, err
	}
	documents := []kakaocert.Document{kakaocert.TextDocument("약관", "제1조 (목적) 이 약관은 거래의 조건을 정합니다.")}
	if _, err := client.K3500.Request(ctx, tx, &kakaocert.K3500RequestParams{Documents: documents}); err != nil {
		return path, err
	}
	if _, err := client.K3500.Verify(ctx, tx, documents); err != nil {
		return path, err
	}
	return path, os.WriteFile(filepath.Join(path, stage.RootsFile), set.Roots, 0o600)
}
