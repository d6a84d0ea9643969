package main

import (
	"context"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/evidencedir"
	"github.com/kakaocert-go/kakaocert/pgstore"
)

// database is the place of the verb evidence. Its address has the form that
// psql uses.
var database = evidencedir.Place{
	OpenArchive: func(ctx context.Context, address string, options ...evidence.KeyOption) (*evidence.Archive, func() error, error) {
		pool, err := connect(ctx, address)
		if err != nil {
			return nil, nil, err
		}
		store, err := pgstore.OpenReader(ctx, pool)
		if err == nil {
			var archive *evidence.Archive
			if archive, err = evidence.NewArchive(store, options...); err == nil {
				return archive, closing(pool), nil
			}
		}
		pool.Close()
		return nil, nil, err
	},
	OpenLog: func(ctx context.Context, address string, key evidence.Key, older ...evidence.KeyOption) (*evidence.Log, func() error, error) {
		pool, err := connect(ctx, address)
		if err != nil {
			return nil, nil, err
		}
		store, err := pgstore.Open(ctx, pool, slog.New(slog.DiscardHandler)) // a role that purges may change evidence
		if err == nil {
			var log *evidence.Log
			if log, err = evidence.NewLog(ctx, store.Evidence(), key, older...); err == nil {
				return log, func() error { defer pool.Close(); return log.Close() }, nil
			}
		}
		pool.Close()
		return nil, nil, err
	},
	Words: []string{
		"elsewhere with kakaocert evidence verify", "elsewhere with kakaocert evidence verify",
		" This verb never uses the network.", "", "a new evidence directory", "a new evidence directory", "a new directory", "a new directory",
		"kakaocert evidence", "kakaocert-pg evidence",
		"The package evidence writes such a directory, and so does --out of withdrawal and contract. It\ncontains", "The package pgstore writes such a database. It contains",
		"--to DIR", "--to DIR", "DIR", "ADDRESS", "an evidence directory, offline", "the evidence in a PostgreSQL database", "directory, offline", "database",
		"an encrypted directory", "an encrypted database", "directory", "database",
		"signed --roots signed/roots.pem", "postgres://audit@db/bank --roots roots.pem", "list signed", "list postgres://audit@db/bank",
		"show signed", "show postgres://audit@db/bank", "copy signed", "copy postgres://audit@db/bank", "export signed", "export postgres://audit@db/bank", "purge signed", "purge postgres://retention@db/bank",
		"checkpoint signed", "checkpoint postgres://pod@db/bank",
	},
	KoreanWords: []string{
		"다른 곳에서 kakaocert evidence verify", "다른 곳에서 kakaocert evidence verify", "새 증거 디렉터리", "새 증거 디렉터리", "새 디렉터리", "새 디렉터리",
		"증거 디렉터리는 evidence 패키지와 withdrawal, contract의 --out이 만든 것입니다.", "데이터베이스의 증거는 pgstore 패키지가 쓴 것입니다.",
		"증거 디렉터리의 감사", "PostgreSQL 데이터베이스에 있는 증거의 감사", "디렉터리", "데이터베이스",
	},
}

func closing(pool *pgxpool.Pool) func() error {
	return func() error {
		pool.Close()
		return nil
	}
}

func connect(ctx context.Context, address string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, call.Wrong("address must be as for psql: postgres://ROLE@HOST/DATABASE")
	}
	if err := call.CheckAddress(address); err != nil {
		return nil, err
	}
	config.MaxConns = 2
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}
