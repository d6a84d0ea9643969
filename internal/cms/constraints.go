package cms

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"net/netip"
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
	local     string // of a mailbox, with the @; empty for a base that is a host
	host      string // of mail, DNS and URI, in lower case
	address   string // of IP
	directory name
	readable  bool // it is a name that can be held to a constraint
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

// readGeneralName reads a name of a form that constraints may be about, as the base
// of a subtree.
func readGeneralName(e element) (g generalName, ok bool) {
	g.form, g.readable = e.tag, true
	switch text := string(e.body); e.tag {
	case formMail:
		at := strings.LastIndexByte(text, '@') + 1
		g.local, g.host = text[:at], strings.ToLower(text[at:])
	case formDNS, formURI:
		g.host = strings.ToLower(text)
	case formIP:
		g.address = text
	case formDirectory:
		g.directory = readName(e.body)
		return g, g.directory.readable
	default:
		return g, false
	}
	return g, true
}

// readAlternativeName reads a name of subjectAltName; other is true for a form that
// no constraint is about.
func readAlternativeName(e element) (g generalName, other bool) {
	if isMailInUTF8(e) {
		return generalName{form: formMail}, false
	}
	g, ok := readGeneralName(e)
	switch g.form {
	case formMail:
		return mailbox(string(e.body)), false
	case formDNS:
		g.readable = isHost(strings.TrimPrefix(g.host, "*."))
	case formURI:
		u, err := url.Parse(string(e.body))
		if err != nil {
			return generalName{form: formURI}, false
		}
		g.host = strings.ToLower(u.Hostname())
		_, err = netip.ParseAddr(g.host) // no constraint on hosts is about it
		g.readable = isHost(g.host) && err != nil
	case formDirectory:
		g.readable = ok
	default:
		return g, !ok
	}
	return g, false
}

// mailbox is a name of the form rfc822Name. A quoted local part can be written in
// several ways, so it cannot be compared.
func mailbox(address string) generalName {
	at := strings.LastIndexByte(address, '@') + 1
	g := generalName{form: formMail, local: address[:at], host: strings.ToLower(address[at:])}
	g.readable = at > 1 && address[0] != '"' && isHost(g.host)
	return g
}

// isMailInUTF8 reports whether the name is SmtpUTF8Mailbox, which constraints on
// rfc822Name are about too (RFC 9598 section 6). It is not compared.
func isMailInUTF8(e element) bool {
	c := e.inside()
	oid, ok := c.take(tagOID)
	return e.tag == context0 && ok && string(oid.body) == oidSMTPUTF8Mailbox
}

// isHost reports whether the name is one that DNS has: labels of letters, digits,
// hyphens and underscores with a point between them (RFC 1034 section 3.5). Another
// spelling of a name, such as one with a point at its end, could evade a constraint.
func isHost(name string) bool {
	if len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

// namesOf returns the names in subject and subjectAltName. Names of forms that
// cannot be constrained are left out.
func namesOf(c *x509.Certificate) (all []generalName, ok bool) {
	if subject := readName(c.RawSubject); len(subject.parts) > 0 || !subject.readable {
		all = append(all, generalName{form: formDirectory, directory: subject, readable: subject.readable})
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
			if g, other := readAlternativeName(e); !other {
				all, hasMail = append(all, g), hasMail || e.tag == formMail
			}
		}
	}
	if !hasMail {
		for _, address := range mailAddresses(c.RawSubject) {
			all = append(all, mailbox(address))
		}
	}
	return all, true
}

// allow reports whether every name is in a permitted subtree, where there are
// any of its form, and in no excluded one.
func (l *constraints) allow(names []generalName) bool {
	for i := range names {
		n := &names[i]
		constrained, permitted := false, false
		for j := range l.permitted {
			base := &l.permitted[j]
			if base.form == n.form {
				constrained, permitted = true, permitted || n.within(base, false)
			}
		}
		if constrained && !permitted {
			return false
		}
		for j := range l.excluded {
			base := &l.excluded[j]
			if base.form == n.form && n.within(base, true) {
				return false
			}
		}
	}
	return true
}

// within reports whether the name is in the subtree. Where it cannot be read,
// it is in every excluded subtree and in no permitted one.
func (g *generalName) within(base *generalName, excluding bool) bool {
	if !g.readable {
		return excluding
	}
	switch g.form {
	case formDirectory:
		return g.directory.within(base.directory)
	case formMail: // one mailbox, one host, or with a point in front all hosts below one
		if base.local != "" {
			return g.local == base.local && g.host == base.host
		}
		return base.host == "" || exactHost(g.host, base.host)
	case formDNS:
		host, wildcard := strings.CutPrefix(g.host, "*.")
		return hostWithin(g.host, base.host) || wildcard && excluding && hostWithin(base.host, host)
	case formURI:
		return exactHost(g.host, base.host)
	default:
		return addressWithin(g.address, base.address)
	}
}

// exactHost: a constraint is one host, or with a point in front all below one.
func exactHost(host, base string) bool {
	if strings.HasPrefix(base, ".") {
		return hostWithin(host, base)
	}
	return host == base
}

// hostWithin: a constraint is a host and all below it, or with a point in front
// only those below. The empty one is every host.
func hostWithin(host, base string) bool {
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
