// Package mask shows personal data on pages as people know it from receipts:
// enough to distinguish one from another, and not enough to use.
package mask

// shown is how many characters stay at each end of a short and of a long text.
const (
	shownOfShort = 1
	shownOfLong  = 3
	longFrom     = 9
)

// Text leaves the ends of a text, and of two characters the first: 홍*동,
// 010*****678.
func Text(text string) string {
	runes := []rune(text)
	shown := shownOfShort
	if len(runes) >= longFrom {
		shown = shownOfLong
	}
	for i := range runes {
		if i >= shown && (i < len(runes)-shown || len(runes) == 2) {
			runes[i] = '*'
		}
	}
	return string(runes)
}
