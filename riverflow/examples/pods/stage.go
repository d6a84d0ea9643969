package main

import (
	"bufio"
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/kakaocert-go/kakaocert/internal/postgres"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
	"github.com/kakaocert-go/kakaocert/kakaocerttest/console"
	"github.com/kakaocert-go/kakaocert/pgstore"
)

// podVariable contains the name of a pod. If it is set, this program is that
// pod.
const podVariable = "POD_NAME"

// stage is what the institution's pods run on: a database, a service in the
// place of Kakao, and keys.
type stage struct {
	database *postgres.Server
	kakao    *kakaocerttest.Server
	pods     []*podProcess
	keys     []string // of all pods, as environment
}

// bankTables is the institution's own table. In production its migrations make
// it.
const bankTables = `create table loan (id text primary key, signed_at timestamptz, evidence text, failed text, by text);
	create role bank login in role kakaocert_pod;
	grant select, insert, update on loan to bank;
	grant usage on schema public to bank;
	grant select, insert, update, delete on all tables in schema public to bank;
	grant usage, select on all sequences in schema public to bank;`

func setStage(ctx context.Context) (*stage, error) {
	secrets, err := newKeys()
	if err != nil {
		return nil, err
	}
	s := &stage{keys: secrets}
	person := kakaocerttest.DefaultUser()
	person.Behaviour = kakaocerttest.Manual()
	if s.kakao, err = kakaocerttest.StartServer("127.0.0.1:0", kakaocerttest.WithUsers(person), kakaocerttest.WithHandler(console.Handler)); err != nil {
		return nil, err
	}
	if s.database, err = postgres.Start(ctx); err == nil {
		err = s.prepareDatabase(ctx)
	}
	for _, name := range []string{"pod-1", "pod-2"} {
		if err == nil {
			err = s.startPod(ctx, name)
		}
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *stage) close() {
	for _, p := range s.pods {
		p.kill()
	}
	_ = s.kakao.Close()
	if s.database != nil {
		_ = s.database.Close()
	}
}

// prepareDatabase does what a DBA does: the schema of pgstore, River's, and the
// institution's own.
func (s *stage) prepareDatabase(ctx context.Context) error {
	schema, err := pgstore.Schema(0)
	if err != nil {
		return err
	}
	if err := s.database.Exec(ctx, postgres.Superuser, schema); err != nil {
		return err
	}
	pool, err := pgxpool.New(ctx, s.database.URL(postgres.Superuser, postgres.Superuser))
	if err != nil {
		return err
	}
	defer pool.Close()
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	return s.database.Exec(ctx, postgres.Superuser, bankTables)
}

// newKeys makes keys for one run. In production the keys that pods share are in
// a vault, and the archive's private key is in an HSM that no pod reaches.
func newKeys() (environ []string, err error) {
	shared := make([]byte, 64)
	_, _ = rand.Read(shared) // never fails
	archive, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(archive.PublicKey())
	if err != nil {
		return nil, err
	}
	return []string{
		"POD_EVIDENCE_KEY=" + base64.StdEncoding.EncodeToString(shared[:32]),
		"POD_SEAL_KEY=" + base64.StdEncoding.EncodeToString(shared[32:]),
		"POD_ARCHIVE=" + string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
	}, nil
}

// podProcess is a pod as the stage controls it.
type podProcess struct {
	name    string
	url     string
	command *exec.Cmd
}

func (s *stage) startPod(ctx context.Context, name string) error {
	binary, err := os.Executable()
	if err != nil {
		return err
	}
	command := exec.CommandContext(ctx, binary)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.Env = append(append(os.Environ(), s.kakao.Environ()...), s.keys...)
	command.Env = append(command.Env, podVariable+"="+name, "POD_ROOTS="+string(s.kakao.RootPEM()), "POD_DATABASE="+s.database.URL("bank", postgres.Superuser)+"&pool_max_conns=20")
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	p := &podProcess{name: name, command: command}
	s.pods = append(s.pods, p)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return fmt.Errorf("%s has not started: %w", name, err)
	}
	p.url = strings.TrimSpace(line)
	return nil
}

func (p *podProcess) kill() {
	_ = p.command.Process.Kill()
	_ = p.command.Wait()
}

// begin is what the browser sends when the person begins.
func (p *podProcess) begin(ctx context.Context) (id string, err error) {
	person := kakaocerttest.DefaultUser()
	form := url.Values{"name": {person.Name}, "birthday": {person.Birthday}, "phone": {person.Phone}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+"/loans", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusSeeOther {
		return "", errors.New(answer.Status)
	}
	return strings.TrimPrefix(answer.Header.Get("Location"), "/loans/"), nil
}

// until polls, as the person's page does, until the flow has that state.
func (p *podProcess) until(ctx context.Context, id, state string) (loan, error) {
	for {
		found, err := p.ask(ctx, id)
		if err != nil || found.State == state {
			return found, err
		}
		if found.State == "ended" {
			return found, fmt.Errorf("the flow has ended as %q", found.Failed)
		}
		select {
		case <-ctx.Done():
			return found, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func (p *podProcess) ask(ctx context.Context, id string) (found loan, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"/loans/"+id, nil)
	if err != nil {
		return found, err
	}
	r.Header.Set("Accept", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return found, err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return found, errors.New(answer.Status)
	}
	return found, json.NewDecoder(answer.Body).Decode(&found)
}

// txID is the transaction that waits for the person.
func (s *stage) txID() string {
	for _, tx := range s.kakao.Transactions() {
		if tx.Pending {
			return tx.TxID
		}
	}
	return ""
}

// stay shows the institution's page through any pod that is alive, as a load
// balancer does.
func (s *stage) stay(ctx context.Context, listen string, out io.Writer) error {
	balancer := &http.Server{Addr: listen, ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(s.forward)}
	fmt.Fprintln(out, "page:       ", "http://"+listen+"/")
	fmt.Fprintln(out, "phone:      ", s.kakao.URL+"/")
	for _, p := range s.pods {
		fmt.Fprintf(out, "%s:       kill -9 %d\n", p.name, p.command.Process.Pid)
	}
	failed := make(chan error, 1)
	go func() { failed <- balancer.ListenAndServe() }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return balancer.Close()
	}
}

func (s *stage) forward(w http.ResponseWriter, r *http.Request) {
	for _, p := range s.pods {
		target, err := url.Parse(p.url)
		if err != nil || !p.lives(r.Context()) {
			continue
		}
		(&httputil.ReverseProxy{Rewrite: func(request *httputil.ProxyRequest) {
			request.SetURL(target)
			request.Out.Host = r.Host
		}}).ServeHTTP(w, r)
		return
	}
	http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
}

func (p *podProcess) lives(ctx context.Context) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"/", nil)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	return answer.Body.Close() == nil
}
