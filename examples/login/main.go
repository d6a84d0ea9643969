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
	"log/slog"
	"net/http"
	"os"
	"os/signal"

	"github.com/kakaocert-go/kakaocert/examples/internal/front"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage"
)

var program = front.Program{
	Name: "login",
	Page: func(set *stage.Signing, at front.Site, log *slog.Logger) (http.Handler, error) {
		return newServer(set, at, log), nil
	},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := program.Run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "login:", err)
		os.Exit(1)
	}
}
