package main

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/pgstore"
)

// openSource opens what is archived: a directory, or a database by an address in
// psql's form. Close ends what was opened.
func openSource(ctx context.Context, name string) (from evidence.StoreReader, closes func(), err error) {
	if !strings.HasPrefix(name, "postgres://") && !strings.HasPrefix(name, "postgresql://") {
		archive, err := evidence.OpenArchive(name)
		if err != nil {
			return nil, nil, call.Wrong("%w", err)
		}
		return archive.Store(), func() { _ = archive.Close() }, nil
	}
	config, err := pgxpool.ParseConfig(name)
	if err != nil {
		return nil, nil, call.Wrong("address must be as for psql: postgres://ROLE@HOST/DATABASE")
	}
	if err := call.CheckAddress(name); err != nil {
		return nil, nil, err
	}
	config.MaxConns = 2
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, nil, err
	}
	if from, err = pgstore.OpenReader(ctx, pool); err != nil {
		pool.Close()
		return nil, nil, err
	}
	return from, pool.Close, nil
}
