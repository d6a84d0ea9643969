package evidence

import (
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Compares a record of 1 KiB with a bare append of 1 KiB with fsync: the same
// number of writers, alternately in the same run. Each writer appends to a file
// of its own.
// `go test` without -benchtime measures too short: use 2s.
func BenchmarkRecords(b *testing.B) {
	// All is removed at the end: ext4 without a journal is slow to make files for
	// a while after others were removed.
	folder := b.TempDir()
	for _, writers := range []int{1, 16} {
		b.Run(strconv.Itoa(writers)+" writers", func(b *testing.B) {
			benchmarkRecords(b, filepath.Join(folder, strconv.Itoa(writers)), writers)
		})
	}
}

func benchmarkRecords(b *testing.B, folder string, writers int) {
	d, err := Open(filepath.Join(folder, "evidence"), testKey(1))
	require.NoError(b, err)
	defer func() { _ = d.Close() }()
	files := make([]*os.File, writers)
	for i := range files {
		files[i], err = os.Create(filepath.Join(folder, "bare"+strconv.Itoa(i)))
		require.NoError(b, err)
	}
	body := make([]byte, 1024)
	var syncs atomic.Int64
	whole := syncFile
	syncFile = func(f *os.File) error { syncs.Add(1); return whole(f) }
	defer func() { syncFile = whole }()
	var bare, records time.Duration
	const rounds = 32 // of each, in turn
	for b.Loop() {
		bare += together(b, writers, rounds*4, func(writer, _ int) error {
			if _, err := files[writer].Write(body); err != nil {
				return err
			}
			return files[writer].Sync()
		})
		records += together(b, writers, rounds, func(writer, i int) error {
			record, err := d.Begin(b.Context(), testMeta("tx-"+strconv.Itoa(writer)+"-"+strconv.Itoa(i)))
			if err != nil {
				return err
			}
			if _, err := record.Write(body); err != nil {
				return err
			}
			return record.Commit()
		})
	}
	bareRate := float64(b.N*writers*rounds*4) / bare.Seconds()
	recordRate := float64(b.N*writers*rounds) / records.Seconds()
	b.ReportMetric(bareRate, "appends/s")
	b.ReportMetric(recordRate, "records/s")
	b.ReportMetric(recordRate/bareRate, "ratio")
	b.ReportMetric(float64(syncs.Load())/float64(b.N*writers*rounds), "syncs/record")
	b.ReportMetric(0, "ns/op")
}

// together lets all writers do it so many times.
func together(b *testing.B, writers, times int, do func(writer, i int) error) time.Duration {
	b.Helper()
	begun := time.Now()
	var group sync.WaitGroup
	for writer := range writers {
		group.Go(func() {
			for i := range times {
				if err := do(writer, i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	return time.Since(begun)
}
