package sim

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/env"
	"github.com/kakaocert-go/kakaocert/internal/shell"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// simReady is what a client needs, and what --json prints.
type simReady struct {
	URL         string            `json:"url"`
	Phone       string            `json:"phone"`
	Roots       string            `json:"roots"`
	Environment map[string]string `json:"environment"`
}

// printReady says that the simulator listens, and what a client needs. The
// lines are a shell's: all but the exports are comments.
func (p *simPlan) printReady(cmd *cli.Command, server *kakaocerttest.Server, roots string) error {
	phone := server.URL + "/_sim/phone"
	variables := append(server.Environ(), env.Roots+"="+roots)
	if p.protocolFile != "" {
		variables = append(variables, env.Protocol+"="+p.protocolFile)
	}
	if cmd.Bool("json") {
		ready := simReady{URL: server.URL, Phone: phone, Roots: roots, Environment: map[string]string{}}
		for _, variable := range variables {
			name, value, _ := strings.Cut(variable, "=")
			ready.Environment[name] = value
		}
		return call.PrintJSON(call.Stdout(cmd), ready)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "# The KakaoTalk Certification Service, simulated (kakaocert %s). Nothing here is real.\n", kakaocert.Version)
	fmt.Fprintf(&out, "# Service: %s\n# Phone:   %s\n", server.URL, phone)
	if len(p.users) == 0 {
		u := publicUser()
		fmt.Fprintf(&out, "# User:    %s, %s, %s, who signs on the phone page\n", u.Name, u.Birthday, u.Phone)
	}
	out.WriteString("# What a client needs:\n")
	for _, variable := range variables {
		name, value, _ := strings.Cut(variable, "=")
		fmt.Fprintf(&out, "export %s=%s\n", name, shell.Quote(value))
	}
	_, err := io.WriteString(call.Stdout(cmd), out.String())
	return err
}

// eventPrinter prints what happens, a line each.
func eventPrinter(w io.Writer, asJSON bool) func(kakaocerttest.Event) {
	var mu sync.Mutex
	return func(ev kakaocerttest.Event) {
		mu.Lock()
		defer mu.Unlock()
		if asJSON {
			_ = call.PrintJSON(w, ev) // a lost line does not stop the server
			return
		}
		answer := ""
		if ev.Status != 0 {
			answer = fmt.Sprint(ev.Status)
		}
		line := fmt.Sprintf("%s  %-8s %-7s %3s %-5s  %s", ev.Time.Local().Format("15:04:05"), ev.Step, ev.Product, answer, ev.Code, ev.TxID)
		if ev.Fault != "" {
			line += "  fault: " + string(ev.Fault)
		}
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
}
