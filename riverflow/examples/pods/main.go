// Pods is an institution's backend of two processes on one PostgreSQL database:
// one of them is killed while a person signs, and the other finishes.
//
//	go run ./examples/pods
//
// in the module riverflow starts PostgreSQL, a simulator in the place of Kakao,
// and the two processes, and shows the whole story. It needs the programs of
// PostgreSQL (Debian: apt-get install postgresql).
//
//	go run ./examples/pods -stay
//
// does not run the story: it leaves everything running, with the institution's
// page on http://127.0.0.1:8095/ and a page that plays the person's phone,
// until it is interrupted. Kill either process at any time.
//
// main.go and stage.go set up the stage; pod.go is what an institution writes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	run := perform
	if os.Getenv(podVariable) != "" {
		run = serve
	}
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "pods:", err)
		os.Exit(1)
	}
}

// perform is the main process: it sets up the stage, and runs the story on it.
func perform(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("pods", flag.ContinueOnError)
	stay := flags.Bool("stay", false, "leave everything running, for a browser")
	listen := flags.String("listen", "127.0.0.1:8095", "`address` of the institution's page, with -stay")
	if err := flags.Parse(args); err != nil {
		return err
	}
	s, err := setStage(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	if *stay {
		return s.stay(ctx, *listen, out)
	}
	return s.tell(ctx, out)
}

// tell begins a contract on one pod, kills that pod while the person reads, and
// watches the other pod finish.
func (s *stage) tell(ctx context.Context, out io.Writer) error {
	fmt.Fprintln(out, "pods:       ", s.pods[0].name, "and", s.pods[1].name, "on one database")
	id, err := s.pods[0].begin(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "begun:      ", id, "on", s.pods[0].name)
	if _, err := s.pods[0].until(ctx, id, "waiting"); err != nil {
		return err
	}
	fmt.Fprintln(out, "waiting:     the person has a message in KakaoTalk and reads the contract")
	s.pods[0].kill()
	fmt.Fprintln(out, "killed:     ", s.pods[0].name, "(SIGKILL)")
	if err := s.kakao.Sign(s.txID()); err != nil {
		return err
	}
	fmt.Fprintln(out, "signed:      on the phone")
	found, err := s.pods[1].until(ctx, id, "ended")
	if err != nil {
		return err
	}
	if found.SignedAt.IsZero() {
		return fmt.Errorf("the contract has ended as %q", found.Failed)
	}
	fmt.Fprintln(out, "finished:    by", found.By+": signatures checked, evidence", found.Evidence)
	fmt.Fprintln(out, "asked:      ", len(s.kakao.Transactions()), "time")
	return nil
}
