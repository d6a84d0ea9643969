package kakaocert

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/codes"
	"github.com/kakaocert-go/kakaocert/internal/places"
	"github.com/kakaocert-go/kakaocert/internal/redact"
)

// Desc is what the message to the user displays, in the form that the contract
// fixes (E1006; name DOC, content FIELD). It prints as [redacted].
type Desc struct {
	personal
	RequestType         string
	RequestOrganization string
	ReceiverName        string
	// Raw takes the place of the three where the contract fixes another form:
	// one JSON value.
	Raw json.RawMessage
}

// Extra are further fields at the top of a request, by their names on the wire:
// what a contract has and this package does not know. Values are JSON, at most
// 64 KiB together; no name may be one of the request's own. It prints as
// [redacted].
type Extra map[string]any

func (Extra) Format(s fmt.State, verb rune) { redacted{}.Format(s, verb) }

func (Extra) LogValue() slog.Value { return slog.StringValue(redact.Text) }

const maxExtra = 64 << 10

// addTo puts the fields into a request's body.
func (e Extra) addTo(body map[string]any) error {
	if len(e) == 0 {
		return nil
	}
	text, err := json.Marshal(map[string]any(e))
	if err != nil || len(text) > maxExtra {
		return &ArgumentError{Field: "Extra", Reason: "must be JSON of at most 64 KiB"}
	}
	if replaced(text) {
		return &ArgumentError{Field: "Extra", Reason: notUTF8}
	}
	taken := slices.Collect(maps.Keys(body))
	for name, value := range e {
		if name == "" || notText(name) != "" || slices.ContainsFunc(taken, func(other string) bool { return strings.EqualFold(name, other) }) {
			return &ArgumentError{Field: "Extra", Reason: "must not have an empty name, nor one that the request has already or that differs from another in capitals alone"}
		}
		taken = append(taken, name)
		body[name] = value
	}
	return nil
}

// Receipt says that the user has been asked.
type Receipt struct {
	// AppLink opens KakaoTalk at the request, for app-to-app; empty for a
	// channel message. (SDK)
	AppLink string
}

const (
	maxExtraMessage = 500            // ASSUMED: far above any message seen
	maxTitle        = 200            // ASSUMED
	maxExpiry       = 24 * time.Hour // ASSUMED
	maxReturnURL    = 2048           // ASSUMED
)

// requestFields are those that request has for every service.
type requestFields struct {
	title        string
	items        []IdentifyItem
	desc         *Desc
	expiresIn    time.Duration
	extraMessage string
	returnURL    string
}

// body checks the fields and spells them as the wire does.
func (r requestFields) body(p *Protocol, appToApp bool) (map[string]any, error) {
	if err := r.check(p, appToApp); err != nil {
		return nil, err
	}
	body := make(map[string]any, 8)
	put := func(name, value string) {
		if value != "" {
			body[p.Field(name)] = value
		}
	}
	put("title", r.title)
	put("extra_message", r.extraMessage)
	put("return_url", r.returnURL)
	if r.expiresIn > 0 {
		body[p.Field("expires_in")] = int(r.expiresIn / time.Second)
	}
	if len(r.items) > 0 {
		body[p.Field("identify_items")] = wireItems(p, r.items)
	}
	if r.desc != nil {
		body[p.Field("desc")] = r.desc.wire(p)
	}
	return body, nil
}

func (r requestFields) check(p *Protocol, appToApp bool) error {
	if err := checkText("Title", r.title, maxTitle, p.count); err != nil {
		return err
	}
	if err := checkText("ExtraMessage", r.extraMessage, maxExtraMessage, p.count); err != nil {
		return err
	}
	switch {
	case r.expiresIn < 0 || r.expiresIn > maxExpiry || r.expiresIn%time.Second != 0:
		return &ArgumentError{Field: "ExpiresIn", Reason: "must be whole seconds, at most 24 hours"}
	case r.returnURL != "" && !appToApp:
		return &ArgumentError{Field: "ReturnURL", Reason: "must be empty, except for app-to-app products"}
	case r.returnURL != "" && !isReturnURL(r.returnURL):
		return &ArgumentError{Field: "ReturnURL", Reason: "must be an absolute URL"}
	}
	if err := checkItems(r.items); err != nil {
		return err
	}
	return r.desc.check()
}

func (d *Desc) check() error {
	if d == nil {
		return nil
	}
	for _, part := range []struct{ field, text string }{
		{"Desc.RequestType", d.RequestType}, {"Desc.RequestOrganization", d.RequestOrganization},
		{"Desc.ReceiverName", d.ReceiverName}, {"Desc.Raw", string(d.Raw)},
	} {
		if reason := notText(part.text); reason != "" {
			return &ArgumentError{Field: part.field, Reason: reason}
		}
	}
	if len(d.Raw) > 0 && !json.Valid(d.Raw) {
		return &ArgumentError{Field: "Desc.Raw", Reason: "must be JSON"}
	}
	return nil
}

func checkItems(items []IdentifyItem) error {
	seen := make(map[IdentifyItem]bool)
	for _, item := range items {
		if !codes.IsCode(string(item)) || seen[item] {
			return &ArgumentError{Field: "IdentifyItems", Reason: "must be words of letters, digits, - and _, each once"}
		}
		seen[item] = true
	}
	return nil
}

func wireItems(p *Protocol, items []IdentifyItem) []string {
	words := make([]string, len(items))
	for i, item := range items {
		words[i] = cmp.Or(p.Get(identifyKeys[item]), string(item))
	}
	return words
}

func (d *Desc) wire(p *Protocol) any {
	if len(d.Raw) > 0 {
		return d.Raw
	}
	return map[string]string{
		p.Field("request_type"):         d.RequestType,
		p.Field("request_organization"): d.RequestOrganization,
		p.Field("receiver_name"):        d.ReceiverName,
	}
}

// request sends the request, once. When its answer is lost, or does not say
// yes, status settles what became of it: asking is safe, repeating is not.
func (f flow[P]) request(ctx context.Context, tx Transaction[P], body map[string]any, extra Extra, opts []CallOption) (*Receipt, error) {
	st := f.step("request", tx)
	body[f.protocol.Field("tx_id")] = tx.txID
	if err := extra.addTo(body); err != nil {
		return nil, err
	}
	st.body = body

	r, err := f.do(ctx, st, opts, reply.accepted)
	if err == nil {
		return r.receipt(appToApp(tx.product)), nil
	}
	if !isUnclear(err) {
		return nil, err
	}
	if ctx.Err() == nil {
		status, statusErr := f.status(ctx, tx, nil)
		if statusErr == nil && status.requested() {
			r.fields = answerFields{} // whatever it said
			return r.receipt(appToApp(tx.product)), nil
		}
	}
	if isStatusError(err) || errors.Is(err, ErrOutcomeUnknown) {
		return nil, err
	}
	return nil, &OutcomeError{Operation: st.operation(), Product: st.product, Err: err, answer: r.answer}
}

// isUnclear reports that request's answer does not say whether the user was
// asked. One that says no is among them: the user may have been asked all the
// same, by a call before.
func isUnclear(err error) bool {
	_, isUnreadable := errors.AsType[*DecodeError](err)
	return isUnreadable || isStatusError(err) || errors.Is(err, ErrOutcomeUnknown) || errors.Is(err, ErrInternal)
}

func isStatusError(err error) bool {
	_, is := errors.AsType[*StatusError](err)
	return is
}

// accepted refuses an answer to request that does not say yes.
func (r reply) accepted() error {
	result, err := r.result()
	switch {
	case err != nil:
		return err
	case result == "":
		return r.missing("result", "is missing", places.IsText(isYes))
	case result != resultYes:
		return &StatusError{Operation: r.step.operation(), Product: r.step.product, Result: printable(result), answer: r.answer}
	}
	return nil
}

// receipt reads request's answer, which is empty where status alone said that
// the request had arrived.
func (r reply) receipt(appToApp bool) *Receipt {
	if !appToApp {
		return &Receipt{}
	}
	return &Receipt{AppLink: cmp.Or(r.text("scheme"), r.core.appLink(r.step.txID))}
}

func (c *core) appLink(txID string) string {
	return strings.Replace(c.protocol.Get("app_link"), "{tx_id}", url.QueryEscape(txID), 1)
}

// appLink makes the link of a transaction whose Receipt was lost.
func (f flow[P]) appLink(tx Transaction[P]) (string, error) {
	if err := f.check(tx); err != nil {
		return "", err
	}
	if !appToApp(tx.product) {
		return "", &ArgumentError{Field: "Transaction", Reason: "must be of an app-to-app product"}
	}
	return f.core.appLink(tx.txID), nil
}
