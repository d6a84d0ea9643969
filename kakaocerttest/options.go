package kakaocerttest

import (
	"net/http"

	"github.com/kakaocert-go/kakaocert"
)

// Option is an option of [NewService], [NewServer] and [StartServer].
type Option func(*settings)

type settings struct {
	protocol    *kakaocert.Protocol
	environment kakaocert.Environment
	clock       *Clock
	contract    Contract
	dialect     Dialect
	users       []User
	hosts       []string
	handler     func(*Service) http.Handler
}

// WithProtocol sets the wire. Give the same value to the client, or use
// [Service.Config], which contains it.
func WithProtocol(p *kakaocert.Protocol) Option { return func(s *settings) { s.protocol = p } }

// WithEnvironment makes the service the test host (the default) or the
// production host: products called on the wrong one get E1007.
func WithEnvironment(e kakaocert.Environment) Option {
	return func(s *settings) { s.environment = e }
}

// WithClock gives the service the test's own clock. The default follows
// time.Now and can be advanced too; see [Service.Clock].
func WithClock(c *Clock) Option { return func(s *settings) { s.clock = c } }

// WithContract sets keys and permissions.
func WithContract(c Contract) Option { return func(s *settings) { s.contract = c } }

// WithDialect makes the service answer differently from most hosts.
func WithDialect(d Dialect) Option { return func(s *settings) { s.dialect = d } }

// WithUsers replaces [DefaultUser].
func WithUsers(users ...User) Option { return func(s *settings) { s.users = users } }

// WithHosts lets browsers open the service's pages under these host names too,
// in addition to localhost and IP addresses: the page at which users log in,
// and the console. Calls of clients are answered under every name.
func WithHosts(names ...string) Option { return func(s *settings) { s.hosts = names } }

// WithHandler puts a handler in front of the service on a [Server], such as the
// console of package kakaocerttest/console. The handler passes the requests
// that it does not answer itself to the service. The default is the service
// alone.
func WithHandler(front func(*Service) http.Handler) Option {
	return func(s *settings) { s.handler = front }
}
