package main

import "github.com/urfave/cli/v3"

func jsonFlag(usage string) cli.Flag { return &cli.BoolFlag{Name: "json", Usage: usage} }

// textFlag may be given once: of two the first would be forgotten silently.
func textFlag(name, usage string) *cli.StringFlag {
	return &cli.StringFlag{Name: name, Usage: usage, OnlyOnce: true, HideDefault: true}
}

func listFlag(name, usage string) cli.Flag {
	return &cli.StringSliceFlag{Name: name, Usage: usage, HideDefault: true}
}

func rootsFlag() cli.Flag {
	return textFlag("roots", "trust the certificates in this `PEM` file (default: $KAKAOCERT_ROOTS), and no others")
}

func showSubjectFlag() cli.Flag {
	return &cli.BoolFlag{Name: "show-subject", Usage: "show names in certificates: they are personal data"}
}
