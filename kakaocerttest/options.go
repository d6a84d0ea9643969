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

// WithProtocol sets the wire; give the same value to the client, or take
// [Service.Config], which has it.
func WithProtocol(p *kakaocert.Protocol) Option { return func(s *settings) { s.protocol = p } }

// WithEnvironment makes the service the test host (the default) or the
// production host: products called on the wrong one get E1007.
func WithEnvironment(e kakaocert.Environment) Option {
	return func(s *settings) { s.environment = e }
}

// WithClock gives the service a clock that the test owns. The default follows
// time.Now and can be advanced too; see [Service.Clock].
func WithClock(c *Clock) Option { return func(s *settings) { s.clock = c } }

// WithContract sets keys and permissions.
func WithContract(c Contract) Option { return func(s *settings) { s.contract = c } }

// WithDialect lets the service speak otherwise than most hosts do.
func WithDialect(d Dialect) Option { return func(s *settings) { s.dialect = d } }

// WithUsers takes the place of [DefaultUser].
func WithUsers(users ...User) Option { return func(s *settings) { s.users = users } }

// WithHosts lets browsers open the service's pages under these host names too,
// besides localhost and IP addresses: the page at which users log in, and the
// console. Calls of clients are answered under every name.
func WithHosts(names ...string) Option { return func(s *settings) { s.hosts = names } }

// WithHandler puts a handler in front of the service on a [Server], such as
// the console of package kakaocerttest/console. What the handler does not
// answer itself, it passes to the service. The default is the service alone.
func WithHandler(front func(*Service) http.Handler) Option {
	return func(s *settings) { s.handler = front }
}
