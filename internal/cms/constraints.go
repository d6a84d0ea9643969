package cms

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"net/url"
	"strings"
)

// maxNameComparisons bounds the product of names and constraints in a chain.
const maxNameComparisons = 1 << 16

// Forms of GeneralName (RFC 5280 section 4.2.1.6) that constraints may be about.
const (
	formMail      = 0x81 // rfc822Name
	formDNS       = 0x82
	formDirectory = 0xa4
	formURI       = 0x86
	formIP        = 0x87
)

// generalName is one name, or the base of one subtree.
type generalName struct {
	form      byte
	text      string // of mail, DNS, URI and IP
	directory name
}

// constraints are the NameConstraints of one authority (section 4.2.1.10).
type constraints struct {
	permitted, excluded []generalName
}

// constraintDefect checks, for every authority that has name constraints, the
// names of all certificates below it. Authorities that only issued to
// themselves are passed over (section 6.1.3 (b)).
func constraintDefect(chain []*x509.Certificate) Defect {
	left := maxNameComparisons
	for i := len(chain) - 1; i > 0; i-- {
		value := extension(chain[i], oidNameConstraints)
		if value == nil {
			continue
		}
		limits, ok := readConstraints(value)
		if !ok {
			return NameConstraints
		}
		for below := i - 1; below >= 0; below-- {
			if below > 0 && selfIssued(chain[below]) {
				continue
			}
			names, ok := namesOf(chain[below])
			left -= len(names) * (len(limits.permitted) + len(limits.excluded))
			if !ok || left < 0 || !limits.allow(names) {
				return NameConstraints
			}
		}
	}
	return ""
}

// extension returns the value of an extension; nil when it is not there.
func extension(c *x509.Certificate, id asn1.ObjectIdentifier) []byte {
	for i := range c.Extensions {
		if c.Extensions[i].Id.Equal(id) {
			return c.Extensions[i].Value
		}
	}
	return nil
}

// readConstraints reads
//
//	NameConstraints ::= SEQUENCE {
//	     permittedSubtrees  [0]  GeneralSubtrees OPTIONAL,
//	     excludedSubtrees   [1]  GeneralSubtrees OPTIONAL }
func readConstraints(value []byte) (l constraints, ok bool) {
	whole := cursor{rest: value}
	sequence, ok := whole.take(tagSequence)
	if !ok || !whole.empty() {
		return l, false
	}
	c := sequence.inside()
	if subtrees, there := c.take(context0); there {
		if l.permitted, ok = readSubtrees(subtrees); !ok {
			return l, false
		}
	}
	if subtrees, there := c.take(context1); there {
		if l.excluded, ok = readSubtrees(subtrees); !ok {
			return l, false
		}
	}
	return l, c.empty()
}

// readSubtrees reads
//
//	GeneralSubtrees ::= SEQUENCE SIZE (1..MAX) OF GeneralSubtree
//	GeneralSubtree ::= SEQUENCE {
//	     base               GeneralName,
//	     minimum       [0]  BaseDistance DEFAULT 0,
//	     maximum       [1]  BaseDistance OPTIONAL }
//
// RFC 5280 has minimum always 0 and maximum never. A form of name that is not
// known here is refused: what it forbids would not be seen.
func readSubtrees(e element) (all []generalName, ok bool) {
	for c := e.inside(); !c.empty(); {
		subtree, ok := c.take(tagSequence)
		if !ok {
			return nil, false
		}
		in := subtree.inside()
		base, _ := in.next()
		if minimum, there := in.take(primitive0); there && !bytes.Equal(minimum.body, []byte{0}) {
			return nil, false
		}
		g, ok := readGeneralName(base)
		if !ok || !in.empty() {
			return nil, false
		}
		all = append(all, g)
	}
	return all, len(all) > 0
}

// readGeneralName reads a name of a form that constraints may be about.
func readGeneralName(e element) (g generalName, ok bool) {
	g.form = e.tag
	switch e.tag {
	case formMail, formDNS, formURI, formIP:
		g.text = string(e.body)
		return g, true
	case formDirectory:
		g.directory = readName(e.body)
		return g, g.directory.readable
	default:
		return g, false
	}
}

// namesOf returns the names in subject and subjectAltName. Names of forms that
// cannot be constrained are left out.
func namesOf(c *x509.Certificate) (all []generalName, ok bool) {
	if subject := readName(c.RawSubject); len(subject.parts) > 0 || !subject.readable {
		all = append(all, generalName{form: formDirectory, directory: subject})
	}
	hasMail := false
	if value := extension(c, oidSubjectAltName); value != nil {
		whole := cursor{rest: value}
		names, ok := whole.take(tagSequence)
		if !ok || !whole.empty() {
			return nil, false
		}
		for in := names.inside(); !in.empty(); {
			e, ok := in.next()
			if !ok {
				return nil, false
			}
			if g, ok := readGeneralName(e); ok {
				all, hasMail = append(all, g), hasMail || g.form == formMail
			} else if e.tag == formDirectory {
				return nil, false
			}
		}
	}
	if !hasMail {
		for _, address := range mailAddresses(c.RawSubject) {
			all = append(all, generalName{form: formMail, text: address})
		}
	}
	return all, true
}

// allow reports whether every name is in a permitted subtree, where there are
// any of its form, and in no excluded one.
func (l *constraints) allow(names []generalName) bool {
	for _, n := range names {
		constrained, permitted := false, false
		for _, base := range l.permitted {
			if base.form == n.form {
				constrained, permitted = true, permitted || n.within(base, false)
			}
		}
		if constrained && !permitted {
			return false
		}
		for _, base := range l.excluded {
			if base.form == n.form && n.within(base, true) {
				return false
			}
		}
	}
	return true
}

// within reports whether the name is in the subtree. Where it cannot be read,
// it is in every excluded subtree and in no permitted one.
func (g generalName) within(base generalName, excluding bool) bool {
	switch g.form {
	case formDirectory:
		return g.directory.within(base.directory) || excluding && !g.directory.readable
	case formMail:
		return mailWithin(g.text, base.text, excluding)
	case formDNS:
		host, wildcard := strings.CutPrefix(g.text, "*.")
		return hostWithin(g.text, base.text) || wildcard && excluding && hostWithin(base.text, host)
	case formURI:
		u, err := url.Parse(g.text)
		if err != nil || u.Hostname() == "" {
			return excluding
		}
		return exactHost(u.Hostname(), base.text)
	default:
		return addressWithin(g.text, base.text)
	}
}

// mailWithin: a constraint is one mailbox, one host, or with a point in front
// all hosts below one.
func mailWithin(address, base string, excluding bool) bool {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return excluding
	}
	local, host := address[:at], address[at+1:]
	if i := strings.LastIndexByte(base, '@'); i >= 0 {
		return local == base[:i] && strings.EqualFold(host, base[i+1:])
	}
	return base == "" || exactHost(host, base)
}

// exactHost: a constraint is one host, or with a point in front all below one.
func exactHost(host, base string) bool {
	if strings.HasPrefix(base, ".") {
		return hostWithin(host, base)
	}
	return strings.EqualFold(host, base)
}

// hostWithin: a constraint is a host and all below it, or with a point in front
// only those below. The empty one is every host.
func hostWithin(host, base string) bool {
	host, base = strings.ToLower(host), strings.ToLower(base)
	return base == "" || host == base ||
		strings.HasSuffix(host, base) && (base[0] == '.' || host[len(host)-len(base)-1] == '.')
}

// addressWithin: a constraint is an address followed by a mask.
func addressWithin(address, base string) bool {
	if len(base) != 2*len(address) {
		return false
	}
	for i := range len(address) {
		mask := base[len(address)+i]
		if address[i]&mask != base[i]&mask {
			return false
		}
	}
	return true
}
