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
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/kakaocert-go/kakaocert/examples/internal/stage"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "login:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	var from stage.SigningFlags
	from.Browser = true
	flags := flag.NewFlagSet("login", flag.ContinueOnError)
	from.Register(flags)
	listen := flags.String("listen", "127.0.0.1:8000", "`address` of the page")
	public := flags.String("url", "", "the page's `URL` as browsers see it, where it is not that address")
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
	address := *public
	if address == "" {
		address = "http://" + listener.Addr().String()
	}
	fmt.Fprintln(out, "calling:    ", set.Host)
	if set.Phone != "" {
		fmt.Fprintln(out, "phone:      ", set.Phone)
	}
	fmt.Fprintln(out, "page:       ", address)
	return serve(ctx, listener, newPage(set, address))
}

// serve answers until the context ends.
func serve(ctx context.Context, listener net.Listener, page http.Handler) error {
	server := &http.Server{Handler: page, ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
