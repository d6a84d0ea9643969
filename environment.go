package kakaocert

// Environment is where a client's calls go. It sets the host and the form of
// the product code together, so that a product cannot be called on the wrong
// host (E1007). The zero Environment is refused: nobody reaches production by
// forgetting a field.
type Environment int

const (
	// Test is cbt-cert-sign.kakao.com, with a T behind every product code.
	// Its users are real: the test host asks real people on real phones. (DOC)
	Test Environment = iota + 1
	// Production is cert-sign.kakao.com. (DOC)
	Production
)

// String returns "test", "production" or "unset".
func (e Environment) String() string {
	switch e {
	case Test:
		return "test"
	case Production:
		return "production"
	}
	return "unset"
}

// BaseURL returns the scheme and name of Kakao's host, for whoever lets calls out
// through a firewall. (DOC)
func (e Environment) BaseURL() string {
	if e == Production {
		return "https://cert-sign.kakao.com"
	}
	return "https://cbt-cert-sign.kakao.com"
}

// suffix is what stands behind a product code. (DOC)
func (e Environment) suffix() string {
	if e == Test {
		return "T"
	}
	return ""
}
