package kakaocert

import (
	"strings"
	"testing"
	"time"
)

// A token that is taken is of this issuer, for this app, and in time.
func FuzzIDToken(f *testing.F) {
	f.Add("e30." + base64URL([]byte(`{"iss":"https://kauth.kakao.com","aud":"app","exp":4102444800,"nonce":"n"}`)) + ".c2ln")
	f.Add("e30." + base64URL([]byte(`{"iss":"https://kauth.kakao.com","aud":["app","x"],"exp":1,"nonce":"n","nonce":"m"}`)) + ".c2ln")
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		claims, ok := readIDToken(token)
		if !ok {
			return
		}
		if strings.Count(token, ".") != 2 {
			t.Fatal("taken without its three parts")
		}
		if claims.flaw("https://kauth.kakao.com", "app", time.Unix(1_800_000_000, 0)) == "" &&
			claims.flaw("https://other.example", "app", time.Unix(1_800_000_000, 0)) == "" {
			t.Fatal("taken from two issuers")
		}
	})
}
