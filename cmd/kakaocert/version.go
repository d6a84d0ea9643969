package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
)

func versionCommand() *cli.Command {
	return &cli.Command{
		Name:        "version",
		Usage:       "print the version and the details of the build",
		UsageText:   "kakaocert version [--json]",
		Description: "Example: kakaocert version --json",
		Flags:       []cli.Flag{call.JSONFlag("print one JSON object")},
		Action:      printVersion,
	}
}

// build is what the command was built from.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"` // of the repository, where the build knew it
	Modified bool   `json:"modified,omitempty"` // files differed from the revision
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func printVersion(_ context.Context, cmd *cli.Command) error {
	if err := call.NoArguments(cmd); err != nil {
		return err
	}
	b := build{Version: kakaocert.Version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			switch setting.Key {
			case "vcs.revision":
				b.Revision = setting.Value
			case "vcs.modified":
				b.Modified = setting.Value == "true"
			}
		}
	}
	if cmd.Bool("json") {
		return call.PrintJSON(call.Stdout(cmd), b)
	}
	fmt.Fprintf(call.Stdout(cmd), "kakaocert %s, %s, %s\n", b.Version, b.Go, b.Platform)
	switch {
	case b.Revision == "":
	case b.Modified:
		call.Field(call.Stdout(cmd), "revision", "%s, and files had been changed", b.Revision)
	default:
		call.Field(call.Stdout(cmd), "revision", "%s", b.Revision)
	}
	return nil
}
