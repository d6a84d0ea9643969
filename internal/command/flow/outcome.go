package flow

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/verdict"
)

// flowOutcome is what came of a flow.
type flowOutcome struct {
	Product       string                   `json:"product"`
	Environment   string                   `json:"environment"`
	TxID          string                   `json:"tx_id"`
	Host          string                   `json:"host"`
	Verified      bool                     `json:"verified"`
	Reason        string                   `json:"reason"`          // why not, in a word
	Step          string                   `json:"step,omitempty"`  // where
	Error         string                   `json:"error,omitempty"` // and in a sentence
	Owner         kakaocert.Owner          `json:"owner,omitempty"` // who can fix it, where that is known
	SecurityEvent bool                     `json:"security_event,omitempty"`
	Resume        string                   `json:"resume,omitempty"` // the line to type to go on
	AppLink       string                   `json:"app_link,omitempty"`
	SignedAt      time.Time                `json:"signed_at,omitzero"`
	SignerMatches []kakaocert.IdentifyItem `json:"signer_matches"` // what is the person's
	Signatures    []signature              `json:"signatures,omitempty"`
	Evidence      *evidenceNote            `json:"evidence,omitempty"`
	Files         []string                 `json:"files,omitempty"`   // exported
	Learned       []learnedLine            `json:"learned,omitempty"` // lines that were written into the protocol file
}

// signature is one signature, in request order.
type signature struct {
	Text string `json:"text,omitempty"` // the file that was to be signed
	verdict.Verdict
}

// evidenceNote says where the answer was kept before anything else.
type evidenceNote struct {
	Dir    string `json:"dir"`
	Record string `json:"record"`
	Head   string `json:"head"` // of the chains, at the end
}

// finish prints what came of the flow. A mistake that was found before the person
// was asked is a wrong call and has no outcome.
func (f *flow) finish(err error) error {
	defer f.store.close()
	_, mistaken := errors.AsType[*kakaocert.ArgumentError](err)
	switch {
	case errors.As(err, new(call.WrongCall)):
		return err
	case mistaken && !f.requested:
		return wrongArgument(err)
	}
	if failed := f.learner.write(f, err); err == nil {
		err = failed
	}
	if err != nil {
		f.outcome.Reason, f.outcome.Step = verdict.Reason(err), f.at
		f.outcome.Error = f.sentence(err)
		f.outcome.Owner, f.code = ownerOf(err)
		f.outcome.SecurityEvent = kakaocert.IsSecurityEvent(err)
		f.sayPlace(err)
		f.rescue(err)
	}
	f.outcome.Verified = err == nil
	interrupted := errors.Is(err, context.Canceled)
	switch {
	case f.resumable(err):
		f.outcome.Resume = f.resumeLine()
	case err != nil && f.transaction == "", f.simulator != nil:
	default:
		f.store.forget()
	}
	f.outcome.Evidence = f.store.noteHead(f.outcome.Evidence)
	if err := f.print(); err != nil {
		return err
	}
	switch {
	case f.outcome.Verified:
		return nil
	case interrupted:
		return call.ErrInterrupted
	}
	return call.ErrNo
}

// flagOf are the flags with which a person gives what the package calls by a field's name.
var flagOf = map[string]string{
	"Person.Name": "name", "Person.Birthday": "birthday", "Person.Phone": "phone", "Title": "title",
	"Consent.BillingOrganization": "billing-organization", "Consent.BankName": "bank-name",
	"Consent.AccountNumber": "account-number", "Consent.AccountHolder": "account-holder",
	"Consent.AccountHolderBirthday": "account-holder-birthday", "Consent.CollectionType": "service-type",
}

// wrongArgument names the flag in place of the field.
func wrongArgument(err error) error {
	if mistake, ok := errors.AsType[*kakaocert.ArgumentError](err); ok && flagOf[mistake.Field] != "" {
		return call.Wrong("--%s %s", flagOf[mistake.Field], mistake.Reason)
	}
	return call.WrongCall{Err: err}
}

// sentence says what went wrong. For an interruption it says what goes on.
func (f *flow) sentence(err error) string {
	switch {
	case !errors.Is(err, context.Canceled):
		return call.Printable(strings.TrimPrefix(err.Error(), "kakaocert: "))
	case f.transaction == "":
		return "interrupted before the person was asked"
	case f.simulator != nil:
		return "interrupted; the built-in simulator has ended, and there is nothing to resume"
	}
	return "interrupted; the transaction continues, and the person can still sign"
}

func (f *flow) print() error {
	o := &f.outcome
	if o.SignerMatches == nil {
		o.SignerMatches = []kakaocert.IdentifyItem{}
	}
	if f.cmd.Bool("json") {
		if !o.Verified {
			call.SayError(call.Stderr(f.cmd), errors.New(f.inLanguage(o.Error)))
			f.sayOwner()
			f.sayResume()
		}
		return call.PrintJSON(call.Stdout(f.cmd), o)
	}
	if f.store != nil && len(o.Files) > 0 {
		f.say("files", "%d, in %s", len(o.Files), f.store.path)
	}
	if e := o.Evidence; e != nil {
		f.say("evidence", "%s, record %s", e.Dir, e.Record)
		f.say("head", "%s", e.Head)
	}
	if o.Verified {
		fmt.Fprintln(f.out, f.out.Paint(call.Green, f.out.T("verified")))
		return nil
	}
	fmt.Fprintf(f.out, "%s: %s: %s\n", f.out.Paint(call.Red, f.out.T("NOT VERIFIED")), o.Step, f.inLanguage(o.Error))
	f.sayOwner()
	if o.SecurityEvent {
		fmt.Fprintln(f.out, f.out.Paint(call.Red, f.out.T("a security event")))
	}
	f.sayResume()
	return nil
}

// ownerOf is the party that can fix what ended the flow, and the service's code if
// that says so. A connection is the institution's until the doctor shows otherwise.
func ownerOf(err error) (kakaocert.Owner, kakaocert.Code) {
	if code, ok := errors.AsType[kakaocert.Code](err); ok {
		return code.Owner(), code
	}
	if _, ok := errors.AsType[*kakaocert.ConnectionError](err); ok && !errors.Is(err, context.Canceled) {
		return kakaocert.OwnerInstitution, ""
	}
	return kakaocert.OwnerUnknown, ""
}

// inLanguage puts the meaning of the service's code into the language of the output.
func (f *flow) inLanguage(text string) string {
	if f.out.Lang() != "ko" || f.code.Meaning() == "" {
		return text
	}
	return strings.Replace(text, f.code.Meaning(), f.code.MeaningKorean(), 1)
}

func (f *flow) sayOwner() {
	switch f.outcome.Owner {
	case kakaocert.OwnerUser:
		f.say("fixed by", "the person")
	case kakaocert.OwnerKakao:
		f.say("fixed by", "Kakao; try again later")
	case kakaocert.OwnerInstitution:
		f.say("fixed by", "the institution; kakaocert doctor looks for the cause")
	}
}

// sayResume prints the line to type on a line of its own, to be copied.
func (f *flow) sayResume() {
	if f.outcome.Resume != "" {
		fmt.Fprintf(f.out, "%s\n  %s\n", f.out.T("To continue, type:"), f.outcome.Resume)
	}
}

// rescue saves an answer that the evidence could not take: it is the only copy
// there is.
func (f *flow) rescue(err error) {
	failed, ok := errors.AsType[*kakaocert.EvidenceError](err)
	if !ok || len(failed.Answer().Body()) == 0 {
		return
	}
	file, err := os.CreateTemp("", "kakaocert-answer-*.json") // for its owner alone
	if err == nil {
		_, err = file.Write(failed.Answer().Body())
		err = errors.Join(err, file.Sync(), file.Close())
	}
	if err != nil {
		f.warn("the answer could not be kept: %v", err)
		return
	}
	f.warn("the answer could not go into the evidence: it is in %s, in clear", file.Name())
	f.outcome.Files = append(f.outcome.Files, file.Name())
}

// verifier checks the signatures as of now, and revocation where the
// certificates say that their authorities answer.
func (f *flow) verifier() (*kakaocert.Verifier, time.Time, error) {
	if f.roots == nil {
		return nil, time.Time{}, verdict.ErrNoRoots
	}
	from := kakaocert.RevocationFetcherConfig{BaseURL: f.config.BaseURL}
	if f.simulator != nil {
		from.Transport = f.simulator.Transport()
	}
	fetcher, err := kakaocert.NewRevocationFetcher(from)
	if err != nil {
		return nil, time.Time{}, err
	}
	at := time.Now()
	options := call.RevocationOptions(f.revocation, kakaocert.RevocationData{}, fetcher)
	options = append(options, kakaocert.WithTime(at), kakaocert.WithIntermediates(f.roots.Intermediates...))
	verifier, err := kakaocert.NewVerifier(f.roots.Pool, options...)
	return verifier, at, err
}

// sayRevocation reports what passed without being known to be good.
func (f *flow) sayRevocation(verified *kakaocert.Verified) {
	switch found := verified.Revocation(); found.Status {
	case kakaocert.RevocationGood:
	case kakaocert.RevocationUnknown:
		f.warn("revocation is unknown: no authority said that the certificates are good")
		if found.Err != nil {
			f.warn("%v", found.Err)
		}
	default:
		f.warn("revocation was not checked (--revocation off)")
	}
}

// judge notes what the check of the signatures at that time found, and keeps
// with the evidence what it rested on. CI and VID, where the contract grants
// them, say whose the certificate is.
func (f *flow) judge(at time.Time, checks []kakaocert.DocumentCheck, ci, vid kakaocert.Secret) error {
	var verified []*kakaocert.Verified
	var failed []error
	for _, c := range checks {
		s := signature{Verdict: verdict.Of(c.Verified, c.Err, f.cmd.Bool("show-subject"))}
		err := c.Err
		if err == nil {
			verified = append(verified, c.Verified)
			if len(verified) == 1 {
				f.sayRevocation(c.Verified)
			}
			if !ci.IsZero() && !vid.IsZero() {
				err = s.CheckVID(c.Verified, ci.Reveal(), vid.Reveal())
			}
		}
		if err != nil {
			failed = append(failed, err)
		}
		f.outcome.Signatures = append(f.outcome.Signatures, s)
	}
	f.say("checked", "%d of %d signatures are good", len(checks)-len(failed), len(checks))
	if err := f.store.attach(f.outcome.Evidence, at, verified); err != nil {
		return err
	}
	if len(failed) > 0 {
		return failed[0]
	}
	return nil
}
