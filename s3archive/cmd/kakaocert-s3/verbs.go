package main

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/s3archive"
)

// newClient makes the client that the environment describes.
var newClient = func(ctx context.Context, pathStyle bool) (*s3.Client, error) {
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	return s3.NewFromConfig(settings, func(o *s3.Options) { o.UsePathStyle = pathStyle }), nil
}

func bucketFlags(more ...cli.Flag) []cli.Flag {
	return append([]cli.Flag{
		call.TextFlag("bucket", "the `NAME` of the bucket, which must have object lock"),
		call.TextFlag("prefix", "put this `TEXT` before every name, such as evidence/"),
		&cli.BoolFlag{Name: "path-style", Usage: "name the bucket in the path, as most servers other than Amazon's need"},
	}, more...)
}

func openBucket(ctx context.Context, cmd *cli.Command, keep time.Duration) (*s3archive.Bucket, error) {
	if cmd.String("bucket") == "" {
		return nil, call.Wrong("--bucket is missing")
	}
	client, err := newClient(ctx, cmd.Bool("path-style"))
	if err != nil {
		return nil, err
	}
	return s3archive.Open(ctx, s3archive.Config{Client: client, Bucket: cmd.String("bucket"), Prefix: cmd.String("prefix"), Retention: keep})
}

const day = 24 * time.Hour

func archiveCommand() *cli.Command {
	return &cli.Command{
		Name:      "archive",
		Usage:     "copy what is new in an evidence directory or a database into the bucket",
		UsageText: "kakaocert-s3 archive DIR|ADDRESS --bucket NAME --keep-days NUMBER [--prefix TEXT] [--path-style] [--json]",
		Description: `Puts each record that has ended, each attachment, each checkpoint and each part of a chain once,
locks it in mode COMPLIANCE for the given days, and reads it back. Nobody can delete it or shorten
its lock until then, not even the owner of the account. It needs no key. Run it again and again: it
goes on where it was.

ADDRESS is that of a PostgreSQL database with the evidence of pgstore, as for psql:
postgres://ROLE@HOST/DATABASE. A role that was granted kakaocert_auditor is enough. Its password is
in PGPASSWORD or PGPASSFILE.

Exit status: 0 archived, 1 a record is not as the chains have it or the bucket has another object,
2 wrong call.

Example: kakaocert-s3 archive postgres://audit@db/bank --bucket evidence --keep-days 3653`,
		Flags: bucketFlags(&cli.IntFlag{Name: "keep-days", Usage: "lock each object for this `NUMBER` of days"},
			call.JSONFlag("print one JSON object")),
		Action: archive,
	}
}

func archive(ctx context.Context, cmd *cli.Command) error {
	if cmd.Args().Len() != 1 {
		return call.Wrong("which directory or database? run %s -h for usage", cmd.FullName())
	}
	if cmd.Int("keep-days") < 1 {
		return call.Wrong("--keep-days must be above zero")
	}
	from, closes, err := openSource(ctx, cmd.Args().First())
	if err != nil {
		return err
	}
	defer closes()
	bucket, err := openBucket(ctx, cmd, time.Duration(cmd.Int("keep-days"))*day)
	if err != nil {
		return err
	}
	report, err := bucket.Archive(ctx, from)
	if err != nil {
		return err
	}
	if err := printReport(cmd, report); err != nil {
		return err
	}
	if len(report.Faults) > 0 {
		return call.ErrNo
	}
	return nil
}

func printReport(cmd *cli.Command, r *s3archive.Report) error {
	if cmd.Bool("json") {
		return call.PrintJSON(call.Stdout(cmd), struct {
			Objects int      `json:"objects"`
			Entries int      `json:"entries"`
			Waiting []string `json:"waiting"`
			Faults  []string `json:"faults"`
		}{r.Objects, r.Entries, orEmpty(r.Waiting), texts(r.Faults)})
	}
	out := call.Stdout(cmd)
	fmt.Fprintln(out, out.Sprintf("archived: %d objects, %d entries of chains", r.Objects, r.Entries))
	for _, id := range r.Waiting {
		call.Field(out, "waiting", "%s", id)
	}
	for _, text := range texts(r.Faults) {
		call.Field(out, "fault", "%s", text)
	}
	return nil
}

func fetchCommand() *cli.Command {
	return &cli.Command{
		Name:      "fetch",
		Usage:     "write the archive into a new evidence directory",
		UsageText: "kakaocert-s3 fetch --bucket NAME --to DIR [--prefix TEXT] [--path-style] [--json]",
		Description: `Of each object the version is written that was put first, whatever was deleted or put over it
later. Then audit the directory, offline: kakaocert evidence verify DIR.

Exit status: 0 fetched, 1 something in the bucket was hidden, replaced or put there by others,
2 wrong call.

Example: kakaocert-s3 fetch --bucket evidence --to audit-2026`,
		Flags: bucketFlags(call.TextFlag("to", "write into this `DIR`, which must not exist"),
			call.JSONFlag("print one JSON object")),
		Action: fetch,
	}
}

func fetch(ctx context.Context, cmd *cli.Command) error {
	if err := call.NoArguments(cmd); err != nil {
		return err
	}
	if cmd.String("to") == "" {
		return call.Wrong("--to is missing: say where to write")
	}
	bucket, err := openBucket(ctx, cmd, 0)
	if err != nil {
		return err
	}
	found, err := bucket.Fetch(ctx, cmd.String("to"))
	if err != nil {
		return err
	}
	if err := printFetched(cmd, found); err != nil {
		return err
	}
	if len(found.Hidden)+len(found.Replaced)+len(found.Strange)+len(found.Faults) > 0 {
		return call.ErrNo
	}
	return nil
}

func printFetched(cmd *cli.Command, f *s3archive.Fetched) error {
	if cmd.Bool("json") {
		return call.PrintJSON(call.Stdout(cmd), struct {
			Objects  int      `json:"objects"`
			Chains   int      `json:"chains"`
			Ahead    []string `json:"ahead"`
			Hidden   []string `json:"hidden"`
			Replaced []string `json:"replaced"`
			Strange  []string `json:"strange"`
			Faults   []string `json:"faults"`
		}{f.Objects, f.Chains, orEmpty(f.Ahead), orEmpty(f.Hidden), orEmpty(f.Replaced), orEmpty(f.Strange), texts(f.Faults)})
	}
	out := call.Stdout(cmd)
	fmt.Fprintln(out, out.Sprintf("fetched: %d objects, %d chains", f.Objects, f.Chains))
	printNames(out, []names{{"ahead", f.Ahead}, {"hidden", f.Hidden}, {"replaced", f.Replaced}, {"strange", f.Strange}, {"fault", texts(f.Faults)}})
	return nil
}

// names are what there is to say the same word about.
type names struct {
	word string
	list []string
}

func printNames(out *call.Console, all []names) {
	for _, n := range all {
		for _, name := range n.list {
			call.Field(out, n.word, "%s", call.Printable(name))
		}
	}
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func texts(errs []error) []string {
	all := make([]string, len(errs))
	for i, err := range errs {
		all[i] = err.Error()
	}
	return all
}
