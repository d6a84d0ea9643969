// Package postgres starts a PostgreSQL server that belongs to this process: in a
// temporary directory, on a Unix socket, without a network port. Tests and
// examples use it. It needs the server's programs, such as those of Debian's
// package postgresql, and a Unix system.
package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/kakaocert-go/kakaocert/internal/sockets"
)

// ErrNotInstalled says that the programs of PostgreSQL were not found.
var ErrNotInstalled = errors.New("postgres: initdb and postgres were not found: install PostgreSQL (Debian: apt-get install postgresql)")

// installed are the places of the programs that a PATH usually does not contain.
var installed = []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin"}

// Programs returns the directory of initdb, postgres and psql: the newest of the
// usual places, or else that of the PATH.
func Programs() (dir string, err error) {
	newest := 0
	for _, pattern := range installed {
		found, _ := filepath.Glob(filepath.Join(pattern, "initdb"))
		for _, program := range found {
			if n := version(program); n > newest {
				newest, dir = n, filepath.Dir(program)
			}
		}
	}
	if dir != "" {
		return dir, nil
	}
	program, err := exec.LookPath("initdb")
	if err != nil {
		return "", ErrNotInstalled
	}
	return filepath.Dir(program), nil
}

// version returns the major version that a path names, and 1 where it names none.
func version(path string) int {
	for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return r < '0' || r > '9' }) {
		if n, err := strconv.Atoi(part); err == nil && n > 0 {
			return n
		}
	}
	return 1
}

// Superuser is the name of the role that owns the server.
const Superuser = "postgres"

// account is the user of the system that runs the server in the place of root,
// which PostgreSQL refuses. The package of every distribution makes it.
const account = "postgres"

// Server is a running server.
type Server struct {
	programs string
	dir      string
	sockets  string // the directory of the socket, outside dir: its path must be short
	settings []string

	mu      sync.Mutex
	control io.WriteCloser // its end stops the server; nil where none runs
	ended   chan struct{}
}

// longestSocket is that of a connection pool in a directory of its own.
const longestSocket = "bouncer0123456789/.s.PGSQL.6432"

// Start makes a server and returns when it takes connections. Each setting is a
// line of postgresql.conf, such as "fsync=off". The server stops, and its files
// are removed, when Close is called or this process ends, however it
// ends.
func Start(ctx context.Context, settings ...string) (*Server, error) {
	programs, err := Programs()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "postgres")
	if err != nil {
		return nil, err
	}
	socketDir, err := sockets.MakeDir("postgres", longestSocket)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	s := &Server{programs: programs, dir: dir, sockets: socketDir, settings: settings}
	if err := s.create(ctx); err != nil {
		return nil, errors.Join(err, s.remove())
	}
	if err := s.Restart(ctx); err != nil {
		return nil, errors.Join(err, s.remove())
	}
	return s, nil
}

// remove removes what the guard may remove at the same time.
func (s *Server) remove() error {
	return errors.Join(removed(os.RemoveAll(s.dir)), removed(os.RemoveAll(s.sockets)))
}

func (s *Server) create(ctx context.Context) error {
	if os.Geteuid() == 0 {
		owner, err := user.Lookup(account)
		if err != nil {
			return fmt.Errorf("postgres: root cannot run the server, and there is no user %s: %w", account, err)
		}
		uid, _ := strconv.Atoi(owner.Uid)
		gid, _ := strconv.Atoi(owner.Gid)
		for _, dir := range []string{s.dir, s.sockets} {
			if err := os.Chown(dir, uid, gid); err != nil {
				return err
			}
		}
	}
	made, err := s.command(ctx, filepath.Join(s.programs, "initdb"), "-D", s.data(), "-U", Superuser,
		"-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync").CombinedOutput()
	if err != nil {
		return fmt.Errorf("postgres: initdb: %w\n%s", err, made)
	}
	return nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// Dir is the directory of the server's socket. Only the account of the server
// may enter it.
func (s *Server) Dir() string { return s.sockets }

// command runs a program as the account of the server.
func (s *Server) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	if os.Geteuid() == 0 {
		args = append([]string{"--reuid=" + account, "--regid=" + account, "--clear-groups", "--", program}, args...)
		program = "setpriv"
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	return cmd
}

// Command returns a program that runs under the same account and in the same
// directory as the server, such as a connection pool in front of it.
func (s *Server) Command(ctx context.Context, program string, args ...string) *exec.Cmd {
	return s.command(ctx, program, args...)
}

// guard runs the server until the guard's own input ends, which it does when this
// process ends, and then removes both directories, unless it has read a line.
const guard = `dir=$1 sockets=$2; shift 2; exec 3<&0
"$@" </dev/null 3<&- & server=$!
{ read keep <&3 || touch "$dir/unused"; kill -QUIT $server; } & reader=$!
wait $server
kill $reader 2>/dev/null
[ ! -e "$dir/unused" ] || rm -rf "$dir" "$sockets"`

// Restart starts a server that has crashed. It returns when connections are
// taken again, which is after the recovery.
func (s *Server) Restart(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.control != nil {
		return errors.New("postgres: server is running")
	}
	args := []string{"-c", guard, "sh", s.dir, s.sockets, filepath.Join(s.programs, "postgres"), "-D", s.data(), "-k", s.sockets, "-h", ""}
	for _, setting := range s.settings {
		args = append(args, "-c", setting)
	}
	process := s.command(context.WithoutCancel(ctx), "sh", args...)
	control, err := process.StdinPipe()
	if err != nil {
		return err
	}
	log := newTail()
	process.Stdout, process.Stderr = log, log
	if err := process.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() { _ = process.Wait(); close(ended) }()
	select {
	case <-log.ready:
		s.control, s.ended = control, ended
		return nil
	case <-ended:
		return fmt.Errorf("postgres: the server has ended:\n%s", log)
	case <-ctx.Done():
		_ = control.Close()
		<-ended
		return context.Cause(ctx)
	}
}

// Crash stops the server at once, as a crash does: connections end, what was
// committed stays. Restart starts it again.
func (s *Server) Crash() error { return s.stop("keep\n") }

// Close stops the server and removes its directory.
func (s *Server) Close() error {
	return errors.Join(s.stop(""), s.remove())
}

// removed takes a directory that the guard removes at the same time for removed.
func removed(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (s *Server) stop(word string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.control == nil {
		return nil
	}
	_, err := io.WriteString(s.control, word)
	err = errors.Join(err, s.control.Close())
	<-s.ended
	s.control = nil
	return err
}

// URL returns the address of a database for a role.
func (s *Server) URL(role, database string) string {
	query := url.Values{"host": {s.sockets}, "user": {role}}.Encode()
	// PostgreSQL's programs and pgx read a plus as itself.
	address := url.URL{Scheme: "postgres", Path: "/" + database, RawQuery: strings.ReplaceAll(query, "+", "%20")}
	return address.String()
}

// Exec runs SQL in a database as the superuser.
func (s *Server) Exec(ctx context.Context, database, sql string) error {
	psql := s.command(ctx, filepath.Join(s.programs, "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", s.sockets, "-U", Superuser, "-d", database)
	psql.Stdin = strings.NewReader(sql)
	if said, err := psql.CombinedOutput(); err != nil {
		return fmt.Errorf("postgres: psql: %w\n%s", err, said)
	}
	return nil
}

// tail keeps the end of the server's log, and sees in it that the server is
// ready.
type tail struct {
	ready chan struct{}
	mu    sync.Mutex
	text  []byte
	said  bool // that it is ready
}

// tailed is how much of the log an error shows.
const tailed = 4096

func newTail() *tail { return &tail{ready: make(chan struct{})} }

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if !t.said && bytes.Contains(t.text, []byte("database system is ready to accept connections")) {
		t.said = true
		close(t.ready)
	}
	t.text = t.text[max(0, len(t.text)-tailed):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
