// Package codes knows the form of error codes, so that nothing else of an answer
// reaches error texts, logs and reports.
package codes

// IsCode rejects anything that does not look like a code. With six digits it might
// be a birthday, with more a phone number.
func IsCode(s string) bool {
	digits := 0
	for i := range len(s) {
		switch ch := s[i]; {
		case isDigit(ch):
			digits++
		case ch >= 'A' && ch <= 'Z' || ch >= 'a' && ch <= 'z' || ch == '_' || ch == '-':
		default:
			return false
		}
	}
	return s != "" && len(s) <= 32 && digits < 6
}

// IsService reports that a code has the form of the service's own: E and four
// digits.
func IsService(s string) bool {
	return len(s) == 5 && s[0] == 'E' && isDigit(s[1]) && isDigit(s[2]) && isDigit(s[3]) && isDigit(s[4])
}

func isDigit(ch byte) bool { return ch >= '0' && ch <= '9' }
