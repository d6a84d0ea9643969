package call

import (
	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/env"
)

// RevocationOff is the mode in which revocation is not checked.
const RevocationOff kakaocert.RevocationMode = 0

// RevocationFlag is read by [ReadRevocationMode]. The default is in words.
func RevocationFlag(otherwise string) cli.Flag {
	return TextFlag("revocation", "`MODE`: off, soft (unknown passes) or hard (default: "+otherwise+")")
}

// ReadRevocationMode reads the mode, or takes the one that the verb prefers.
func ReadRevocationMode(cmd *cli.Command, otherwise kakaocert.RevocationMode) (kakaocert.RevocationMode, error) {
	switch cmd.String("revocation") {
	case "":
		return otherwise, nil
	case "off":
		return RevocationOff, nil
	case "soft":
		return kakaocert.RevocationSoft, nil
	case "hard":
		return kakaocert.RevocationHard, nil
	}
	return 0, Wrong("--revocation must be off, soft or hard")
}

// FetchFlag lets a verb use the network that does not without it.
func FetchFlag() cli.Flag {
	return &cli.BoolFlag{Name: "fetch", Usage: "fetch CRLs and OCSP answers from the addresses in the certificates"}
}

// NewFetcher makes the fetcher of a verb that calls no service. It follows
// addresses on this machine where the environment names a simulator on it.
func NewFetcher(getenv func(string) string) (kakaocert.RevocationFetcher, error) {
	fetcher, err := kakaocert.NewRevocationFetcher(kakaocert.RevocationFetcherConfig{BaseURL: getenv(env.BaseURL)})
	if err != nil {
		return nil, Wrong("%w", err)
	}
	return fetcher, nil
}

// RevocationOptions are those of a verifier; the fetcher may be nil.
func RevocationOptions(mode kakaocert.RevocationMode, given kakaocert.RevocationData, fetcher kakaocert.RevocationFetcher) []kakaocert.VerifierOption {
	if mode == RevocationOff {
		return []kakaocert.VerifierOption{kakaocert.UnsafeNoRevocation()}
	}
	options := []kakaocert.VerifierOption{kakaocert.WithRevocation(mode, given)}
	if fetcher != nil {
		options = append(options, kakaocert.WithRevocationFetcher(fetcher))
	}
	return options
}
