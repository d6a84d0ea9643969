package doctor

import (
	"bytes"
	"context"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/protocolfile"
)

// The places of the settle_id in a prepare.
const (
	inBody   = "body"
	inHeader = "header"
)

// madeUp is a settle_id that no contract has.
const madeUp = "made-up-by-kakaocert-doctor"

// settleProbe prepares with a settle_id at a place.
type settleProbe func(settleID, place string) answer

// judgeSettleID prepares with the configured settle_id and with a made-up one, and
// compares the refusals: first with nothing else, and, where the service misses
// something else first, for a person who cannot exist.
func (d *examination) judgeSettleID(ctx context.Context, c *caller, round []probe, usable bool) (accepted bool) {
	if !d.examineSettleIDForm() {
		return false
	}
	p, possible := preparable(round)
	if !usable || !possible || !d.makes(SettleID) {
		d.skip("settle_id")
		return false
	}
	place := d.protocol.Get("place.settle_id")
	bare := func(settleID, place string) answer { return c.send(ctx, p, settleID, place) }
	if p.answer.code == kakaocert.ErrSettleID {
		return d.judgeRefusedSettleID(bare, p.answer, place)
	}
	if refused := bare(madeUp, place); refused.code == kakaocert.ErrSettleID {
		d.say("settle_id", "settle.accepted", refused.describe())
		return true
	}
	if d.config.Cipher == nil || roundTrip(d.config.Cipher) != nil {
		d.say("settle_id", "settle.unknown", p.answer.describe())
		return true
	}
	whole := func(settleID, place string) answer {
		return answerTo(d.prepareImpossible(ctx, impossible{p.service, settleID, place}))
	}
	mine := whole(d.config.SettleID, place)
	if mine.code == kakaocert.ErrSettleID {
		return d.judgeRefusedSettleID(whole, mine, place)
	}
	if refused := whole(madeUp, place); refused.code == kakaocert.ErrSettleID {
		d.say("settle_id", "settle.accepted", refused.describe())
		return true
	}
	d.say("settle_id", "settle.unknown", mine.describe())
	return true
}

// protocolWith is the protocol with the settle_id at a place.
func (d *examination) protocolWith(place string) (*kakaocert.Protocol, error) {
	if place == d.protocol.Get("place.settle_id") {
		return d.protocol, nil
	}
	return kakaocert.ParseProtocol(bytes.NewReader(protocolfile.Text(d.protocol, map[string]protocolfile.Line{"place.settle_id": {Value: place}})))
}

// judgeRefusedSettleID tries the other place: a host that looks for the
// settle_id there reports it as missing here.
func (d *examination) judgeRefusedSettleID(ask settleProbe, refused answer, place string) (accepted bool) {
	other := inHeader
	if place == inHeader {
		other = inBody
	}
	again := ask(d.config.SettleID, other)
	if !again.usable() || again.code == kakaocert.ErrSettleID {
		d.say("settle_id", "settle.refused", refused.describe())
		return false
	}
	if !d.options.Search {
		todo := d.text("todo.settle.elsewhere", membersOf(map[string]string{"place.settle_id": other}))
		d.add(Finding{Check: "settle_id", Todo: todo}, "settle.elsewhere", refused.describe(), place, other)
		return false
	}
	d.found["place.settle_id"] = found{other, "no E1005 where the settle_id is in the " + other}
	if protocol, err := kakaocert.ParseProtocol(bytes.NewReader(d.protocolFile())); err == nil {
		d.protocol = protocol // later checks call prepare, too
	}
	d.say("settle_id", "settle.moved", refused.describe(), place, other)
	return true
}
