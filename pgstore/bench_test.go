package pgstore_test

import (
	"bytes"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/internal/pgtest"
)

// BenchmarkLog stores answers of one document, sealed to a recipient, by 16
// concurrent writers: in PostgreSQL, which waits for its disk, and in a
// directory on the same disk.
func BenchmarkLog(b *testing.B) {
	recipient, _ := pair(b)
	db := withSchema(b, pgtest.On(b, pgtest.Start(b)))
	pool := connect(b, db.URLAs("pod"), func(c *pgxpool.Config) { c.MaxConns = 20 })
	directory, err := evidence.Open(b.TempDir(), podsKey(b), recipient)
	require.NoError(b, err)
	defer func() { _ = directory.Close() }()
	for _, c := range []struct {
		name string
		log  *evidence.Log
	}{{"PostgreSQL", newLog(b, pool, recipient)}, {"Directory", directory}} {
		b.Run(c.name, func(b *testing.B) { benchmarkLog(b, c.log) })
	}
}

const (
	writers  = 16
	bodySize = 6000
)

func benchmarkLog(b *testing.B, log *evidence.Log) {
	b.Helper()
	body := bytes.Repeat([]byte("x"), bodySize)
	b.SetParallelism(max(1, writers/runtime.GOMAXPROCS(0)))
	var n atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			meta := kakaocert.EvidenceMeta{Product: "K3510T", TxID: fmt.Sprint("tx-", n.Add(1)), BegunAt: time.Now(), Attempt: 1}
			record, err := log.Begin(b.Context(), meta)
			if err == nil {
				_, err = record.Write(body)
			}
			if err == nil {
				err = record.Commit()
			}
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
