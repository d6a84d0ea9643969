package main

import (
	"context"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage"
)

// store makes a directory with one signature of the simulator's, for those who
// have none yet.
func store(ctx context.Context) (path string, err error) {
	set, err := new(stage.SigningFlags).Set(func(string) string { return "" })
	if err != nil {
		return "", err
	}
	set.Temporary = false // who calls reads it, and removes it
	defer set.Close()
	client, user := set.Client, kakaocert.ByPerson(set.Person)
	tx, err := client.K3500.Prepare(ctx, &kakaocert.K3500PrepareParams{Product: kakaocert.K3510, User: user})
	if err != nil {
		return set.Path, err
	}
	documents := []kakaocert.Document{kakaocert.TextDocument("약관", "제1조 (목적) 이 약관은 거래의 조건을 정합니다.")}
	if _, err := client.K3500.Request(ctx, tx, &kakaocert.K3500RequestParams{Documents: documents}); err != nil {
		return set.Path, err
	}
	_, err = client.K3500.Verify(ctx, tx, documents)
	return set.Path, err
}
