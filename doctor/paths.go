package doctor

import (
	"cmp"
	"slices"

	"github.com/kakaocert-go/kakaocert"
)

// judgePath judges what one path answers. A refusal because of the keys or the
// form of the product codes says nothing about the path.
func (d *examination) judgePath(p probe, round []probe) {
	k := p.answer.kind()
	if k == kindKeys || k == kindProduct && !taken(round) && !p.refused {
		d.skip(p.check())
		return
	}
	f := Finding{Check: p.check(), Endpoint: p.endpoint(), Provenance: string(p.entry.Provenance)}
	if p.entry.Changed {
		f.Provenance = "CHANGED"
	}
	seen := p.answer.describe()
	if p.shownBy != "" {
		seen += " (" + p.shownBy + ")"
	}
	switch {
	case p.refused:
		k = kindProduct
	case p.shownBy != "":
		k = kindInferred
	case p.isAtOtherHost() && k == kindNoCode && d.isOAuth(p.answer):
		k = kindAPI
	case k == kindNoCode || k == kindAccepted:
		if at, is := d.codeIn(p.answer); is && at.path != "" {
			k, f.Todo = kindUnread, d.text("todo.path.unread", membersOf(d.lines(at)))
			seen += ": " + at.path + ": " + at.code
		} else if k == kindNoCode {
			seen += ": " + cmp.Or(d.fieldNames(p.answer.names), "-")
		}
	case p.isAtOtherHost() && k == kindOther:
		k = kindAPI // of OAuth, or of Kakao's other APIs
	case p.isAtOtherHost() && slices.Contains([]kind{kindMissing, kindMethod, kindFront, kindNothing}, k):
		k = kindLogin
	case p.isLost(round) && p.step != "prepare" && grantOf(round, p.service) == denied:
		k = kindExcluded
	case p.isLost(round) && !isGranted(round, p.service) && !(p.step == "prepare" && furtherServices[p.service]):
		k = kindAbsent
	case k == kindFront:
		k = kindMissing
	case p.answer.code == kakaocert.ErrParameter && p.isElsewhere(round):
		k = kindElsewhere
	case p.answer.code == kakaocert.ErrParameter && p.hasQuery():
		k = kindParameters
	}
	d.add(f, "path."+string(k), f.Endpoint, f.Provenance, seen)
}

// isOAuth reports that an answer contains an error as OAuth spells it (RFC
// 6749, section 5.2).
func (d *examination) isOAuth(a answer) bool {
	return slices.ContainsFunc(a.names, func(name string) bool {
		return slices.Contains(d.protocol.List("field.oauth_error"), name)
	})
}

// taken reports that the host accepts the form of the product codes.
func taken(round []probe) bool {
	return slices.ContainsFunc(round, func(p probe) bool {
		return p.hasProduct() && p.answer.usable() && p.answer.kind() != kindProduct
	})
}

// isElsewhere reports that another path was asked the same and refused only the
// made-up tx_id: then the form of the tx_id is not the reason for the refusal
// here.
func (p probe) isElsewhere(round []probe) bool {
	return slices.ContainsFunc(round, func(q probe) bool {
		return q.answer.code == kakaocert.ErrUnknownTransaction && (p.step == q.step || p.hasQuery() && q.hasQuery())
	})
}

// judgePermissions reports which steps a contract may still refuse: without a
// product in the path the service cannot know which permission is needed, and a
// step that was not called cannot be refused.
func (d *examination) judgePermissions(round []probe) {
	is := func(fits func(probe) bool) bool { return slices.ContainsFunc(round, fits) }
	switch {
	case is(func(p probe) bool { return !p.hasProduct() && !p.isAtOtherHost() }):
		d.say("permissions", "permissions.unseen")
	case is(func(p probe) bool { return p.shownBy != "" }):
		d.say("permissions", "permissions.uncalled")
	default:
		d.say("permissions", "permissions.seen")
	}
}
