package evidencedir

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/env"
)

func (p Place) verifyCommand(getenv func(string) string) *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "audit a directory, and check every signature again",
		UsageText: "kakaocert evidence verify DIR [--roots PEM] [--key-file FILE]... [--archive-key FILE]... [options]",
		Description: `Reads the whole directory: its chains, every record, every attachment.
With --roots every signature is checked again, as of the time of its first check and with the
certificates, CRLs and OCSP answers that were kept with it. Without --roots signatures are not
checked, and the output says so.

Revocation is checked where the first check knew about it. With --fetch it is checked for every
signature: what was not kept is fetched from the addresses in the certificates. The output says by
which answers. A list that is newer than the first check can only say that a certificate was revoked.

Only its head shows later whether the end of a chain was cut off. Print the heads, one for each
process that writes, at regular times to a place where those who can write DIR cannot write:
  kakaocert evidence verify DIR --head >> /elsewhere/heads
and give what is there to --since later. A checkpoint (kakaocert evidence checkpoint) does the same
for all chains at once, and is signed: give it to --checkpoint. With --checkpoint-key and --origin
the signatures of all checkpoints are checked too. Without --fetch nothing is sent.

With --tsa-roots the clock of DIR is not believed. A record existed at the latest when its stamp was
made (kakaocert evidence checkpoint --tsa-url), or exists now where it has none: each signature must
be good at that time too. So one whose certificate has ended since is good with a stamp from before
that, and refused without. Give --fetch as well to hear of what was revoked before the stamp.

With --json: one object for each record, then one for the whole.

The heads of an encrypted directory can be printed without its key. Then only the chains are
checked.

Exit status: 0 everything is as it was written, and every signature is good, 1 something is not,
2 wrong call or no such directory, 3 nothing can be read with the given keys.

Example: kakaocert evidence verify signed --roots signed/roots.pem`,
		Flags: append(append(checkpointFlags(), stampTrustFlags()...),
			call.RootsFlag(),
			call.IntermediatesFlag(),
			call.FetchFlag(),
			call.TextFlag("revocation", "with --fetch, `MODE` for signatures whose first check did not know: soft (unknown passes) or hard (default: hard)"),
			keyFilesFlag(),
			archiveKeysFlag(),
			call.ListFlag("since", "a chain must still contain this `HEAD`; may be repeated"),
			&cli.BoolFlag{Name: "head", Usage: "print only the heads of the chains, if the audit finds nothing wrong"},
			call.JSONFlag("print JSON, one object on each line"),
		),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			a, err := p.newAudit(ctx, cmd, getenv)
			if err != nil {
				return err
			}
			return a.run(ctx)
		},
	}
}

// audit is one check of a directory.
type audit struct {
	cmd      *cli.Command
	archive  *evidence.Archive
	closes   func()
	known    []evidence.Known
	roots    *call.Trust // nil: signatures are not checked
	online   *online     // nil: revocation is checked by what was kept
	stamps   bool        // the clock of the directory is not believed
	report   *evidence.Report
	protocol *kakaocert.Protocol
	found    findings
}

// findings are about the whole directory.
type findings struct {
	Dir               string         `json:"dir"`
	Intact            *bool          `json:"intact"`   // as it was written; null where that was not checked
	Checked           bool           `json:"checked"`  // some entry opened with the keys that were given
	Verified          bool           `json:"verified"` // and every signature is good, as far as there are any
	SignaturesChecked bool           `json:"signatures_checked"`
	Heads             []string       `json:"heads"`
	Records           int            `json:"records"`
	Committed         int            `json:"committed"`
	Aborted           int            `json:"aborted"`
	Interrupted       int            `json:"interrupted"`
	InProgress        int            `json:"in_progress"`
	Purged            int            `json:"purged"`
	Attachments       int            `json:"attachments"`
	Checkpoints       int            `json:"checkpoints"`        // in the directory
	Covered           int64          `json:"covered"`            // entries that they cover
	CheckpointsSigned bool           `json:"checkpoints_signed"` // their signatures were checked
	Stamps            int            `json:"stamps"`             // in the directory
	StampsChecked     bool           `json:"stamps_checked"`
	Stamped           int            `json:"stamped"`    // records with a good stamp
	Leftovers         int            `json:"leftovers"`  // of crashes, no fault
	Unlocked          bool           `json:"unlocked"`   // read without locks, which this file system does not have
	Signatures        int            `json:"signatures"` // checked
	SignaturesGood    int            `json:"signatures_good"`
	Revocation        revocations    `json:"revocation"`
	Faults            []faultFinding `json:"faults"`

	keyless  bool // no key was given
	onlyKeys bool // nothing is wrong but that keys are missing
	opened   bool // some entry, with the keys that were given
}

type faultFinding struct {
	File   string `json:"file"`
	Record string `json:"record,omitempty"`
	Fault  string `json:"fault"`
}

func (p Place) newAudit(ctx context.Context, cmd *cli.Command, getenv func(string) string) (*audit, error) {
	a := &audit{cmd: cmd}
	if err := onlyTheDirectory(cmd); err != nil {
		return nil, err
	}
	for _, text := range cmd.StringSlice("since") {
		for _, word := range strings.Fields(strings.ReplaceAll(text, "\ufeff", " ")) {
			var head evidence.Head
			if err := head.UnmarshalText([]byte(word)); err != nil {
				return nil, call.Wrong("--since: %w", err)
			}
			a.known = append(a.known, head)
		}
	}
	checkpoints, err := readCheckpoints(cmd)
	if err != nil {
		return nil, err
	}
	a.known = append(a.known, checkpoints...)
	stamps, err := readStampVerifier(cmd)
	if err != nil {
		return nil, err
	}
	if a.stamps = stamps != nil; a.stamps {
		a.known = append(a.known, evidence.StampedBy(stamps))
	}
	if a.roots, err = call.ReadRoots(cmd, getenv); err != nil {
		return nil, err
	}
	if a.online, err = readOnline(cmd, getenv, a.roots != nil); err != nil {
		return nil, err
	}
	if a.protocol, err = env.ReadProtocol(getenv); err != nil {
		return nil, call.Wrong("%w", err)
	}
	a.archive, a.closes, err = p.openArchive(ctx, cmd)
	return a, err
}

func (a *audit) run(ctx context.Context) error {
	defer a.closes()
	report, err := a.archive.Verify(ctx, a.known...)
	if err != nil {
		return err
	}
	a.report = report
	a.count(report)
	if err := a.records(ctx); err != nil {
		return err
	}
	a.found.conclude()
	if err := a.print(); err != nil {
		return err
	}
	switch {
	case a.found.good(), a.headOnly() && a.found.chainAlone():
		return nil
	case !a.found.Checked:
		return call.ErrUnchecked
	}
	return call.ErrNo
}

// conclude says whether the directory is as it was written. Where no entry opens
// with the keys that were given, nothing is known.
func (f *findings) conclude() {
	f.Checked = len(f.Faults) == 0 || !f.onlyKeys || f.opened
	if f.Checked {
		intact := len(f.Faults) == 0
		f.Intact = &intact
	}
	f.Verified = f.good() && f.SignaturesChecked
}

// chainAlone reports that the chains hold, and that nothing more can
// be said, for no key was given. Their heads are worth keeping all the same.
func (f *findings) chainAlone() bool { return !f.Checked && f.keyless }

func (a *audit) count(report *evidence.Report) {
	a.found = findings{
		Dir: a.cmd.Args().First(), SignaturesChecked: a.roots != nil, Heads: texts(report.Heads),
		Committed: report.Committed, Aborted: report.Aborted, Interrupted: report.Interrupted,
		InProgress: report.InProgress, Purged: report.Purged,
		Attachments: report.Attachments, Checkpoints: report.Checkpoints, Covered: report.Covered,
		CheckpointsSigned: report.Signed, Stamps: report.Stamps, StampsChecked: report.StampsChecked, Stamped: report.Stamped, Leftovers: report.Leftovers, Faults: []faultFinding{},
		keyless: len(a.cmd.StringSlice("key-file"))+len(a.cmd.StringSlice("archive-key")) == 0, onlyKeys: true, opened: report.Checked,
		Unlocked: report.Unlocked,
	}
	for _, fault := range report.Faults {
		a.found.add(fault)
	}
}

// records reports every record, with its faults and its signatures.
func (a *audit) records(ctx context.Context) error {
	for record, err := range a.archive.Records(ctx) {
		if record == nil {
			return err
		}
		line := recordLineOf(record)
		if err == nil && a.roots != nil {
			line.Signatures, err = a.recheck(ctx, a.asOf(record, &line))
		}
		line.Faults = a.found.of(record.ID, err)
		a.found.Records++
		a.found.Signatures += len(line.Signatures)
		a.found.SignaturesGood += line.verified()
		for _, s := range line.Signatures {
			a.found.Revocation.count(s)
		}
		if a.headOnly() {
			continue
		}
		if err := line.print(a.cmd); err != nil {
			return err
		}
	}
	return nil
}

// headOnly keeps standard output for the head.
func (a *audit) headOnly() bool { return a.cmd.Bool("head") && !a.cmd.Bool("json") }

func (a *audit) print() error {
	switch {
	case a.cmd.Bool("json"):
		return call.PrintJSON(call.Stdout(a.cmd), a.found)
	case a.headOnly() && a.found.good():
		a.printHeads()
	case a.headOnly() && a.found.chainAlone():
		a.printHeads()
		errs := call.Stderr(a.cmd)
		fmt.Fprintln(errs, errs.Sprintf("kakaocert: only the chains were checked: records need --key-file or --archive-key"))
	case a.headOnly():
		a.found.show(call.Stderr(a.cmd), a.found.Faults)
	default: // a record's faults are printed with it
		a.found.show(call.Stdout(a.cmd), slices.DeleteFunc(slices.Clone(a.found.Faults), func(f faultFinding) bool { return f.Record != "" }))
	}
	return nil
}

func (a *audit) printHeads() {
	for _, head := range a.found.Heads {
		fmt.Fprintln(call.Stdout(a.cmd), head)
	}
}

func texts(heads []evidence.Head) []string {
	all := make([]string, len(heads))
	for i, head := range heads {
		all[i] = head.String()
	}
	return all
}

func (f *findings) good() bool {
	return f.Intact != nil && *f.Intact && f.Signatures == f.SignaturesGood
}

func (f *findings) add(fault *evidence.Fault) {
	f.onlyKeys = f.onlyKeys && errors.Is(fault, evidence.ErrKey)
	f.Faults = append(f.Faults, faultFinding{
		File: fault.File, Record: fault.Record, Fault: strings.TrimPrefix(fault.Err.Error(), "evidence: "),
	})
}

// of returns the faults of a record. A fault found when reading it again is there
// already, unless it arose in between.
func (f *findings) of(record string, again error) []string {
	faults := []string{}
	for _, fault := range f.Faults {
		if fault.Record == record {
			faults = append(faults, fault.File+": "+fault.Fault)
		}
	}
	if again != nil && len(faults) == 0 {
		fault, ok := errors.AsType[*evidence.Fault](again)
		if !ok {
			fault = &evidence.Fault{Record: record, Err: again}
		}
		f.add(fault)
		faults = append(faults, fault.Error())
	}
	return faults
}

func (f *findings) show(out *call.Console, faults []faultFinding) {
	fmt.Fprintf(out, "%s: %s, %s\n", call.Printable(f.Dir), f.intactText(out), f.signaturesText(out))
	call.Field(out, "records", "%d: %d committed, %d aborted, %d interrupted, %d in progress, %d purged",
		f.Records, f.Committed, f.Aborted, f.Interrupted, f.InProgress, f.Purged)
	if f.Signatures > 0 {
		call.Field(out, "revocation", "%d by kept answers, %d by fetched answers, %d unknown, %d not checked",
			f.Revocation.Kept, f.Revocation.Fetched, f.Revocation.Unknown, f.Revocation.NotChecked)
	}
	call.Field(out, "attachments", "%d", f.Attachments)
	if f.Checkpoints > 0 && f.CheckpointsSigned {
		call.Field(out, "checkpoints", "%d, over %d entries", f.Checkpoints, f.Covered)
	} else if f.Checkpoints > 0 {
		call.Field(out, "checkpoints", "%d, over %d entries; signatures not checked: --checkpoint-key", f.Checkpoints, f.Covered)
	}
	switch {
	case f.StampsChecked:
		call.Field(out, "stamps", "%d, good for %d of %d records", f.Stamps, f.Stamped, f.Records)
	case f.Stamps > 0:
		call.Field(out, "stamps", "%d; not checked: --tsa-roots", f.Stamps)
	}
	if f.Leftovers > 0 {
		call.Field(out, "leftovers", "%d, of crashes; nothing is lost with them", f.Leftovers)
	}
	if f.Unlocked {
		call.Field(out, "locks", "none on this file system; who writes meanwhile may cause faults here")
	}
	for _, head := range f.Heads {
		call.Field(out, "head", "%s", head)
	}
	for _, fault := range faults {
		call.Field(out, "fault", "%s: %s", fault.File, fault.Fault)
	}
}

func (f *findings) intactText(out *call.Console) string {
	switch {
	case !f.Checked && f.keyless:
		return out.Paint(call.Yellow, out.T("NOT CHECKED: it was written with a key, which --key-file gives"))
	case !f.Checked:
		return out.Paint(call.Yellow, out.T("NOT CHECKED: it was written with another key"))
	case *f.Intact:
		return out.Paint(call.Green, out.T("as it was written"))
	}
	return out.Paint(call.Red, out.Sprintf("NOT AS IT WAS WRITTEN (%d faults)", len(f.Faults)))
}

func (f *findings) signaturesText(out *call.Console) string {
	switch {
	case !f.SignaturesChecked:
		return out.Paint(call.Yellow, out.T("signatures were not checked: give --roots"))
	case f.Signatures == f.SignaturesGood:
		return out.Paint(call.Green, out.Sprintf("%d signatures verified", f.Signatures))
	}
	return out.Paint(call.Red, out.Sprintf("ONLY %d OF %d SIGNATURES VERIFIED", f.SignaturesGood, f.Signatures))
}
