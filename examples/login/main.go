// Login is a web page at which users log in with KakaoTalk (K2100).
//
//	go run ./examples/login
//
// prints its address and that of the simulated phone, and serves until it is
// interrupted. With KAKAOCERT_DEALER_KEY and the other keys in the environment
// the browser is sent to Kakao's own login instead; the roots and a key for the
// evidence must then be given, and the page's address must be registered.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"

	"github.com/kakaocert-go/kakaocert/examples/internal/front"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "login:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, getenv func(string) string, out, logs io.Writer) error {
	var from stage.SigningFlags
	from.Browser = true
	flags := flag.NewFlagSet("login", flag.ContinueOnError)
	from.Register(flags)
	listen := flags.String("listen", "127.0.0.1:8000", "`address` of the page")
	public := flags.String("url", "", "the page's own `address` as visitors see it, where TLS ends in front of it: https://bank.example")
	if err := flags.Parse(args); err != nil {
		return err
	}
	set, err := from.Set(getenv)
	if err != nil {
		return err
	}
	defer set.Close()
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	site, err := front.SiteOf(*public, listener.Addr())
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "calling:    ", set.Host)
	if set.Phone != "" {
		fmt.Fprintln(out, "phone:      ", set.Phone)
	}
	fmt.Fprintln(out, "page:       ", site.String()+"/")
	log := slog.New(slog.NewTextHandler(logs, nil))
	return front.Serve(ctx, listener, front.NewServer(newServer(set, site, log), log))
}
