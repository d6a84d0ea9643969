package transport

import (
	"cmp"
	"context"
	"log/slog"
	"time"
)

// log lists what may be printed. Nothing else of a call ever is: no header, no
// body, no address.
func (s *Sender) log(ctx context.Context, call *Call, r *Result, took time.Duration) {
	if s.Logger == nil || !s.Logger.Enabled(ctx, slog.LevelDebug) {
		return
	}
	s.Logger.LogAttrs(ctx, slog.LevelDebug, "kakaocert call",
		slog.String("operation", call.Operation),
		slog.String("product", call.Product),
		slog.String("tx_id", cmp.Or(call.TxID, r.TxID)),
		slog.Int("status", r.Status),
		slog.String("code", r.Code),
		slog.Duration("duration", took),
		slog.Int("attempt", r.Attempts),
	)
}
