package doctor

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/env"
)

// probe is one call of the round through all paths.
type probe struct {
	service, step string
	entry         kakaocert.ProtocolEntry
	product       string
	answer        answer
}

func (p probe) check() string { return "path." + p.service + "." + p.step }

// endpoint is the method and path as they were called.
func (p probe) endpoint() string { return strings.Replace(p.entry.Value, "{product}", p.product, 1) }

// bareProducts has a product of each service, without the T.
var bareProducts = map[string]string{"k1100": "K1110", "k2100": "K2100", "k2220": "K2220", "k3100": "K3110", "k3500": "K3510"}

// testSuffix is what the test host wants behind a product code. (DOC)
const testSuffix = "T"

func productFor(environment kakaocert.Environment, service string) string {
	if environment == kakaocert.Test {
		return bareProducts[service] + testSuffix
	}
	return bareProducts[service]
}

// probes are the calls to make, in the protocol's order.
func (d *doctor) probes() []probe {
	var list []probe
	for _, entry := range d.protocol.Entries() {
		words := strings.Split(entry.Key, ".")
		// What is at kauth and kapi is called for a person alone.
		onHost := strings.Count(entry.Value, " ") == 2
		if words[0] == "step" && bareProducts[words[1]] != "" && !onHost {
			list = append(list, probe{service: words[1], step: words[2], entry: entry, product: productFor(d.environment, words[1])})
		}
	}
	return list
}

func (d *doctor) pathChecks() []string {
	var checks []string
	for _, p := range d.probes() {
		checks = append(checks, p.check())
	}
	return checks
}

// examineService calls every path, and judges by all answers together.
func (d *doctor) examineService(ctx context.Context) {
	c, err := d.caller(d.getenv(env.DealerKey), d.getenv(env.InstitutionKey))
	if err != nil {
		d.err = err
		return
	}
	round := d.probes()
	for i := range round {
		p := &round[i]
		p.answer = c.step(ctx, p.service, p.step, p.product, nil)
		if p.answer.err != nil && i == 0 {
			break // and no waiting for as many timeouts as there are paths
		}
	}
	if !d.judgeService(round) {
		d.skipAnswers()
		return
	}
	usable := d.judgeKeys(ctx, round)
	if usable {
		usable = d.judgeProduct(ctx, c, round)
	} else {
		d.skip("product")
	}
	settled := d.judgeSettleID(ctx, c, round, usable)
	for _, p := range round {
		d.judgePath(p, round)
	}
	d.judgeDecryption(ctx, round, usable && settled)
	if usable {
		d.judgeFurther(ctx, c, round)
	} else {
		d.skip(d.furtherChecks()...)
	}
}

// first returns the first probe whose answer is of a kind.
func first(round []probe, k kind) (probe, bool) {
	i := slices.IndexFunc(round, func(p probe) bool { return p.answer.kind() == k })
	if i < 0 {
		return probe{}, false
	}
	return round[i], true
}

// judgeService decides whether it is the service that answers at all.
func (d *doctor) judgeService(round []probe) (is bool) {
	fromService := slices.IndexFunc(round, func(p probe) bool { return p.answer.fromService() && p.answer.kind() != kindBusy })
	if fromService >= 0 {
		p := round[fromService]
		d.say("service", "service.answers", p.endpoint(), describe(p.answer))
		return true
	}
	for _, k := range []kind{kindNothing, kindFront, kindBusy, kindOther, kindNoCode} {
		p, found := first(round, k)
		if !found {
			continue
		}
		switch k {
		case kindNothing:
			d.say("service", "service.no_answer", p.endpoint(), p.answer.err)
		case kindNoCode:
			d.say("service", "service.no_code", p.endpoint(), p.answer.status, fieldNames(p.answer.names))
		default:
			d.say("service", "service."+string(k), p.endpoint(), describe(p.answer))
		}
		return false
	}
	d.say("service", "service.not_it", round[0].endpoint(), describe(round[0].answer))
	return false
}

// describe tells an answer by its status and code.
func describe(a answer) string {
	if a.code == "" {
		return fmt.Sprintf("HTTP %d", a.status)
	}
	return fmt.Sprintf("%s, HTTP %d", string(a.code), a.status)
}

// fieldNames lists the names of an answer's fields, a few of them.
func fieldNames(names []string) string {
	const most = 8
	text := strings.Join(names[:min(most, len(names))], ", ")
	return text[:min(200, len(text))]
}

// judgeKeys tells a wrong key from a right one, and as far as it can which.
func (d *doctor) judgeKeys(ctx context.Context, round []probe) (accepted bool) {
	p, refused := first(round, kindKeys)
	if !refused {
		d.say("keys", "keys.accepted")
		return true
	}
	exchanged, err := d.caller(d.getenv(env.InstitutionKey), d.getenv(env.DealerKey))
	if err != nil {
		d.err = err
		return false
	}
	words := p.answer.words
	again := exchanged.step(ctx, p.service, p.step, p.product, nil)
	switch {
	case again.fromService() && again.kind() != kindKeys && again.kind() != kindBusy:
		d.say("keys", "keys.swapped")
	case strings.Contains(words, "Target-Authorization"):
		d.say("keys", "keys.institution")
	case strings.Contains(words, "Authorization"):
		d.say("keys", "keys.dealer")
	default:
		d.say("keys", "keys.either")
	}
	return false
}

// judgeProduct tells whether the product codes have the form that the host
// wants, and which form that is.
func (d *doctor) judgeProduct(ctx context.Context, c *caller, round []probe) (accepted bool) {
	p, refused := first(round, kindProduct)
	if !refused {
		d.say("product", "product.accepted", productFor(d.environment, "k1100"))
		return true
	}
	other := kakaocert.Test + kakaocert.Production - d.environment
	again := c.step(ctx, p.service, p.step, productFor(other, p.service), nil)
	switch {
	case !again.fromService() || again.kind() == kindProduct || again.kind() == kindBusy:
		d.say("product", "product.neither", p.product)
	case other == kakaocert.Production:
		d.say("product", "product.production_host", p.product, productFor(other, p.service))
	default:
		d.say("product", "product.test_host", p.product, productFor(other, p.service))
	}
	return false
}

// preparable returns a probe of a prepare that the service answers and the
// contract allows.
func preparable(round []probe) (probe, bool) {
	i := slices.IndexFunc(round, func(p probe) bool { return p.step == "prepare" && p.answer.kind() == kindAPI })
	if i < 0 {
		return probe{}, false
	}
	return round[i], true
}

// judgeSettleID prepares with a settle_id and nothing else, once with the
// configured one and once with one that is made up: which is complained about
// first differs from service to service.
func (d *doctor) judgeSettleID(ctx context.Context, c *caller, round []probe, usable bool) (accepted bool) {
	if !d.examineSettleIDForm() {
		return false
	}
	p, possible := preparable(round)
	if !usable || !possible {
		d.skip("settle_id")
		return false
	}
	with := func(settleID string) answer {
		return c.step(ctx, p.service, p.step, p.product, map[string]string{d.protocol.Field("settle_id"): settleID})
	}
	configured := with(d.getenv(env.SettleID))
	if configured.code == kakaocert.ErrSettleID {
		d.say("settle_id", "settle.refused", describe(configured))
		return false
	}
	madeUp := with("made-up-by-kakaocert-doctor")
	if madeUp.code != kakaocert.ErrSettleID || !configured.fromService() {
		d.say("settle_id", "settle.unknown", describe(configured))
		return true
	}
	d.say("settle_id", "settle.accepted", describe(madeUp))
	return true
}

// judgePath says what one path answers. What the keys or the product are to
// blame for says nothing of it.
func (d *doctor) judgePath(p probe, round []probe) {
	k := p.answer.kind()
	if k == kindKeys || k == kindProduct {
		d.skip(p.check())
		return
	}
	f := finding{Check: p.check(), Endpoint: p.endpoint(), Provenance: string(p.entry.Provenance)}
	if p.entry.Changed {
		f.Provenance = "CHANGED"
	}
	seen := describe(p.answer)
	switch {
	case k == kindNothing:
		seen = fmt.Sprint(p.answer.err)
	case k == kindNoCode:
		seen += ": " + fieldNames(p.answer.names)
	case k == kindFront:
		k = kindMissing
	case p.answer.code == kakaocert.ErrParameter && p.isElsewhere(round):
		k = kindElsewhere
	case p.answer.code == kakaocert.ErrParameter && p.hasQuery():
		k = kindParameters
	}
	d.add(f, "path."+string(k), f.Endpoint, f.Provenance, seen)
}

// isElsewhere reports that the same was asked on another path, where nothing
// but the made-up tx_id was refused: then it is not its form that is refused
// here.
func (p probe) isElsewhere(round []probe) bool {
	return slices.ContainsFunc(round, func(q probe) bool {
		return q.answer.code == kakaocert.ErrUnknownTransaction && (p.step == q.step || p.hasQuery() && q.hasQuery())
	})
}

// hasQuery reports whether the tx_id is all that the step wants, so that E2003
// is due. Prepare and request want what was not given, too.
func (p probe) hasQuery() bool { return p.step != "prepare" && p.step != "request" }

// judgeDecryption prepares for a person who cannot be, encrypted as configured
// and then with a key that is made up. A service that can decrypt the first
// looks for the person and finds nobody; it cannot look for the second.
func (d *doctor) judgeDecryption(ctx context.Context, round []probe, usable bool) {
	p, possible := preparable(round)
	if !usable || !possible || d.cipher == nil {
		d.skip("decryption")
		return
	}
	configured := d.prepareNobody(ctx, p.service, d.cipher)
	if !looked(configured) {
		if version, found := d.findVersion(ctx, p.service); found {
			d.say("decryption", "decryption.version", version)
			return
		}
		d.say("decryption", "decryption.unknown", outcome(configured))
		return
	}
	stranger, err := env.ReadCipher(d.protocol, madeUpKeys)
	if err != nil {
		d.err = err
		return
	}
	if madeUp := d.prepareNobody(ctx, p.service, stranger); !errors.Is(madeUp, kakaocert.ErrParameter) {
		d.say("decryption", "decryption.blind", outcome(madeUp))
		return
	}
	d.say("decryption", "decryption.works", outcome(configured))
}

// looked reports that the service has looked for the person.
func looked(err error) bool {
	return err == nil || errors.Is(err, kakaocert.ErrUserNotFound) || errors.Is(err, kakaocert.ErrUserMismatch) || errors.Is(err, kakaocert.ErrUserUnavailable)
}

// outcome tells how a client's call ended.
func outcome(err error) string {
	if refusal, is := errors.AsType[*kakaocert.APIError](err); is {
		return describe(answer{code: refusal.Code, status: refusal.StatusCode})
	}
	return fmt.Sprint(err)
}

// madeUpKeys is an environment whose key and IV nobody has.
func madeUpKeys(name string) string {
	lengths := map[string]int{env.EncKey: keyLength, env.EncIV: ivLength}
	b := make([]byte, lengths[name])
	_, _ = rand.Read(b) // never fails: crypto/rand ends the process instead
	return base64.StdEncoding.EncodeToString(b)
}

// prepareNobody prepares for a person who cannot be, in the form of one who can.
func (d *doctor) prepareNobody(ctx context.Context, service string, cipher kakaocert.DataCipher) error {
	client, err := kakaocert.NewClient(kakaocert.Config{
		DealerKey: d.getenv(env.DealerKey), InstitutionKey: d.getenv(env.InstitutionKey), SettleID: d.getenv(env.SettleID),
		Cipher: cipher, Environment: d.environment, BaseURL: d.getenv(env.BaseURL), Transport: d.transport, Protocol: d.protocol,
		Retries: kakaocert.NoRetries, TryTimeout: callTimeout,
	})
	if err == nil {
		err = d.budget.spend(ctx)
	}
	if err != nil {
		return err
	}
	user := kakaocert.ByPerson(kakaocert.Person{Name: "kakaocert doctor", Birthday: "19000101", Phone: "01000000000"})
	switch service {
	case "k1100":
		_, err = client.K1100.Prepare(ctx, &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: user})
	case "k3100":
		_, err = client.K3100.Prepare(ctx, &kakaocert.K3100PrepareParams{Product: kakaocert.K3110, User: user})
	default:
		_, err = client.K3500.Prepare(ctx, &kakaocert.K3500PrepareParams{Product: kakaocert.K3510, User: user})
	}
	return err
}
