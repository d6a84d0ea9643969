// Package pgtest gives tests databases on a PostgreSQL server that all tests of
// their process share. Where PostgreSQL is not installed the test is skipped, or
// fails, as package judge says; TestMain must call judge.Main.
package pgtest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/kakaocert-go/kakaocert/internal/judge"
	"github.com/kakaocert-go/kakaocert/internal/postgres"
)

// shared starts the server that ends with this process. It does not wait for the
// disk: it must survive crashes of processes, not of the machine.
var shared = sync.OnceValues(func() (*postgres.Server, error) {
	return postgres.Start(context.Background(), "fsync=off", "max_connections=200")
})

var made atomic.Int64

// Database is an empty database of one test.
type Database struct {
	Server *postgres.Server
	Name   string
}

// New makes a database on the shared server and drops it when the test ends.
func New(t testing.TB) *Database {
	t.Helper()
	judge.PostgreSQL(t)
	server, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return On(t, server)
}

// On makes a database on a server of the test's own.
func On(t testing.TB, server *postgres.Server) *Database {
	t.Helper()
	return copyOf(t, server, "template1")
}

// Template is a database on the shared server that is prepared once for all tests
// of the process, and copied for each: that is faster.
type Template struct {
	Prepare func(testing.TB, *Database) // makes what is to be copied
	once    sync.Once
	from    *Database
}

// New makes a copy, as [New] makes an empty database.
func (p *Template) New(t testing.TB) *Database {
	t.Helper()
	judge.PostgreSQL(t)
	p.once.Do(func() {
		server, err := shared()
		if err != nil {
			t.Fatal(err)
		}
		from := &Database{server, fmt.Sprintf("template_%d", made.Add(1))}
		if err := server.Exec(t.Context(), postgres.Superuser, "create database "+from.Name); err != nil {
			t.Fatal(err)
		}
		p.Prepare(t, from)
		p.from = from
	})
	if p.from == nil {
		t.Fatal("pgtest: the template could not be prepared")
	}
	return copyOf(t, p.from.Server, p.from.Name)
}

func copyOf(t testing.TB, server *postgres.Server, template string) *Database {
	t.Helper()
	d := &Database{server, fmt.Sprintf("test_%d", made.Add(1))}
	if err := server.Exec(t.Context(), postgres.Superuser, "create database "+d.Name+" template "+template); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Exec(context.Background(), postgres.Superuser, "drop database "+d.Name+" with (force)"); err != nil {
			t.Log(err)
		}
	})
	return d
}

// Start starts a server for this test alone, which may crash it. It ends with
// the test.
func Start(t testing.TB, settings ...string) *postgres.Server {
	t.Helper()
	judge.PostgreSQL(t)
	server, err := postgres.Start(t.Context(), settings...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// URL is the address of the database for the superuser.
func (d *Database) URL() string { return d.URLAs(postgres.Superuser) }

// URLAs is the address of the database for a role.
func (d *Database) URLAs(role string) string { return d.Server.URL(role, d.Name) }

// Exec runs SQL in the database as the superuser.
func (d *Database) Exec(t testing.TB, sql string) {
	t.Helper()
	if err := d.Server.Exec(t.Context(), d.Name, sql); err != nil {
		t.Fatal(err)
	}
}
