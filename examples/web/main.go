// Web is an institution's page on which visitors prove who they are (K1110,
// K1120) and sign a contract (K3510, K3520): where each call belongs in a web
// backend.
//
//	go run ./examples/web
//
// serves it on http://127.0.0.1:8090/, and with it a simulator with a page
// that plays the visitor's phone. With KAKAOCERT_DEALER_KEY and the other keys
// in the environment it calls the host named there instead; a host that is not
// on this machine asks real people, which has to be said with -real.
//
// One request of the browser prepares and asks the user (start), others ask how
// far the user is, one question each (status), and one fetches and checks what
// was signed (finish). In between nothing is held open, and nothing is in
// memory that a restart would lose: everything is in the visitor's cookie and the
// directory of evidence.
//
// Two things are left to the institution. Visitors should be logged in, or limited
// in how often they may ask for one phone. And this program does not fetch what is
// signed after the page was closed, so keep open transactions in the database too,
// and have a worker finish them within ten minutes of signing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/kakaocert-go/kakaocert/examples/internal/front"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "web:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, getenv func(string) string, out, logs io.Writer) error {
	var from stage.ServingFlags
	flags := flag.NewFlagSet("web", flag.ContinueOnError)
	from.Register(flags)
	listen := flags.String("listen", "127.0.0.1:8090", "`address` and port; port 0 is any free one")
	address := flags.String("url", "", "the page's own `address` as visitors see it, where TLS ends in front of it: https://bank.example")
	if err := flags.Parse(args); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(logs, nil))
	set, err := from.Set(getenv, log)
	if err != nil {
		return err
	}
	defer set.Close()

	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	site, err := front.SiteOf(*address, listener.Addr())
	if err != nil {
		return err
	}
	handler, err := newServer(set, site, log)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "page:       ", site.String()+"/")
	if set.Phone != "" {
		fmt.Fprintln(out, "phone:      ", set.Phone)
	}
	fmt.Fprintln(out, "calling:    ", set.Host)
	fmt.Fprintln(out, "kept in:    ", set.Path, "(-out takes it up again)")
	return front.Serve(ctx, listener, front.NewServer(handler, log))
}
