package call

import "github.com/urfave/cli/v3"

// JSONFlag asks for an answer that programs read.
func JSONFlag(usage string) cli.Flag { return &cli.BoolFlag{Name: "json", Usage: usage} }

// TextFlag may be given once: of two the first would be forgotten silently.
func TextFlag(name, usage string) *cli.StringFlag {
	return &cli.StringFlag{Name: name, Usage: usage, OnlyOnce: true, HideDefault: true}
}

// ListFlag may be given several times.
func ListFlag(name, usage string) cli.Flag {
	return &cli.StringSliceFlag{Name: name, Usage: usage, HideDefault: true}
}

// RootsFlag is read by [ReadRoots].
func RootsFlag() cli.Flag {
	return TextFlag("roots", "trust the certificates in this `PEM` file (default: $KAKAOCERT_ROOTS), and no others")
}

// IntermediatesFlag is read by [ReadRoots] too.
func IntermediatesFlag() cli.Flag {
	return TextFlag("intermediates", "find issuing authorities that a message does not contain in this `PEM` file (default: $KAKAOCERT_INTERMEDIATES)")
}

// ShowSubjectFlag asks for names that are masked otherwise.
func ShowSubjectFlag() cli.Flag {
	return &cli.BoolFlag{Name: "show-subject", Usage: "show the names in certificates, which are personal data"}
}
