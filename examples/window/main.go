// Window is a web page at which visitors prove who they are in Kakao's standard
// window (K1400), on a PC or a tablet.
//
//	go run ./examples/window
//
// prints its address and that of the simulated phone, and serves until it is
// interrupted. With KAKAOCERT_DEALER_KEY and the other keys in the environment the
// page opens Kakao's own window instead: then -sdk is the address of Kakao's
// JavaScript SDK, 2.7.5 or newer, and -javascript-key the app's JavaScript key; the
// roots and a key for the evidence must be given too, and the page's domain and
// address must be registered.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"

	"github.com/kakaocert-go/kakaocert/examples/internal/front"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := program().Run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "window:", err)
		os.Exit(1)
	}
}

// kakaoSDK is the script that opens the window.
type kakaoSDK struct {
	script string // its address
	key    string // the app's JavaScript key, which is public
}

func program() front.Program {
	var given kakaoSDK
	return front.Program{
		Name: "window",
		Flags: func(set *flag.FlagSet) {
			set.StringVar(&given.script, "sdk", "", "`address` of Kakao's JavaScript SDK; the simulator has its own")
			set.StringVar(&given.key, "javascript-key", "", "the app's JavaScript `key`")
		},
		Page: func(set *stage.Signing, at front.Site, log *slog.Logger) (http.Handler, error) {
			sdk, err := given.on(set)
			if err != nil {
				return nil, err
			}
			return newServer(set, at, sdk, log), nil
		},
	}
}

// on completes what was given on a simulator, which plays the part of the SDK.
func (k kakaoSDK) on(set *stage.Signing) (kakaoSDK, error) {
	if !set.Remote && k.script == "" {
		return kakaoSDK{strings.TrimSuffix(set.Config.BaseURL, "/") + "/_window/kakao.js", "any key"}, nil
	}
	u, err := url.Parse(k.script)
	if err != nil || u.Scheme != "https" || u.Host == "" || k.key == "" {
		return k, errors.New("the window is opened by Kakao's JavaScript SDK: give -sdk, its https address, and -javascript-key")
	}
	return k, nil
}

// origin is where the script comes from.
func (k kakaoSDK) origin() string {
	u, err := url.Parse(k.script)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
