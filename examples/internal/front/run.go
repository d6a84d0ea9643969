package front

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"

	"github.com/kakaocert-go/kakaocert/examples/internal/stage"
)

// Program is an example that serves visitors who come with a browser.
type Program struct {
	Name  string
	Flags func(*flag.FlagSet) // adds its own; nil for none
	Page  func(*stage.Signing, Site, *slog.Logger) (http.Handler, error)
}

// Run reads the flags, sets the stage, prints the addresses, and serves the page
// until the context ends.
func (p Program) Run(ctx context.Context, args []string, getenv func(string) string, out, logs io.Writer) error {
	var from stage.SigningFlags
	from.Browser = true
	flags := flag.NewFlagSet(p.Name, flag.ContinueOnError)
	from.Register(flags)
	listen := flags.String("listen", "127.0.0.1:8000", "`address` of the page")
	public := flags.String("url", "", "the page's own `address` as visitors see it, where TLS ends in front of it: https://bank.example")
	if p.Flags != nil {
		p.Flags(flags)
	}
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
	site, err := SiteOf(*public, listener.Addr())
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(logs, nil))
	page, err := p.Page(set, site, log)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "calling:    ", set.Host)
	if set.Phone != "" {
		fmt.Fprintln(out, "phone:      ", set.Phone)
	}
	fmt.Fprintln(out, "page:       ", site.String()+"/")
	return Serve(ctx, listener, NewServer(page, log))
}
