package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
)

// The items of a consent in the order of the papers, and an invented consent.
var consentItems = []struct{ name, value, other string }{
	{"billing_organization", "예시전력", "예시가스"},
	{"bank_name", "예시은행", "다른은행"},
	{"account_number", "3333-01-1234567", "3333-01-1234568"},
	{"account_holder", personName, "홍길순"},
	{"account_holder_birthday", personBirthday, "19900102"},
	{"service_type", "CMS", "FIRM"},
}

func consentPart() *part {
	by := newSigners()
	asked := fields{}
	for _, item := range consentItems {
		asked[item.name] = item.value
	}
	p := newPart("consent",
		"Consents to withdrawals (K3100). The six items are sent as one JSON object, encrypted with key and iv (AES-256-CTR) in Base64, and the user signs that text (ASSUMED). signed is the CMS SignedData in Base64, with that text in it, which content repeats; consent is what was asked for. roots and time are as in the part cms. What decrypts must be one JSON object of these six names, each once, with these values and nothing else: another program may read the other value of a name that is repeated.",
		"agrees: whether the signature is good and on the consent that was asked for. different, in order of their names, are the items whose values differ; it is compared where the answer contains it.",
		fields{"key": encode(key), "iv": encode(iv), "consent": asked, "roots": string(by.root.PEM()), "time": cmstest.Now.Format(time.RFC3339)})
	c := &consents{part: p, by: by}
	c.agreeing()
	c.differing()
	c.malformed()
	c.foreign()
	return p
}

// consents makes the vectors about consents.
type consents struct {
	*part
	by signers
}

// add signs a content.
func (c *consents) add(name, about, content string, agrees bool, different ...string) {
	c.signed(name, about, content, c.by.sign(content), agrees, different...)
}

func (c *consents) signed(name, about, content string, signed []byte, agrees bool, different ...string) {
	detail := fields{}
	if agrees {
		different = []string{}
	}
	if different != nil {
		detail["different"] = different
	}
	c.part.add(name, about, fields{"content": encode([]byte(content)), "signed": encode(signed)}, fields{"agrees": agrees}, detail)
}

// pairs are the members of the object. Change may alter them.
func pairs(change func(name, value string) (string, string)) (list []string) {
	for _, item := range consentItems {
		name, value := change(quoted(item.name), quoted(item.value))
		if name != "" {
			list = append(list, name+":"+value)
		}
	}
	return list
}

// quoted is a JSON string.
func quoted(text string) string {
	raw, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func braced(list []string) string { return "{" + strings.Join(list, ",") + "}" }

func same(name, value string) (string, string) { return name, value }

// with replaces the value of an item, which is JSON.
func with(of, value string) string {
	return braced(pairs(func(name, own string) (string, string) {
		if name == quoted(of) {
			return name, value
		}
		return name, own
	}))
}

func (c *consents) agreeing() {
	whole := pairs(same)
	good := func(name, about, content string) { c.add(name, about, content, true) }
	good("plain", "the consent", encrypted(braced(whole)))
	var sorted []string
	for _, i := range []int{3, 4, 2, 1, 0, 5} {
		sorted = append(sorted, whole[i])
	}
	good("sorted", "the names in another order", encrypted(braced(sorted)))
	good("white-space", "white space between the items", encrypted("\n{ "+strings.Join(whole, " ,\r\n\t")+" }\n"))
	good("escaped", "letters and a solidus may be escaped", encrypted(with("account_holder", `"\ud64d\uAE38\ub3d9"`)))
	good("escaped-name", "a name may be escaped too", encrypted(strings.Replace(braced(whole), `"bank_name"`, `"bank\u005fname"`, 1)))
	standard := encrypted(braced(whole))
	good("base64-unpadded", "Base64 without padding", strings.TrimRight(standard, "="))
	good("base64url", "URL-safe Base64", strings.NewReplacer("+", "-", "/", "_").Replace(standard))
	good("base64-lines", "Base64 in lines", inLines(standard))
}

func (c *consents) differing() {
	for _, item := range consentItems {
		c.add("another-"+item.name, "another "+item.name, encrypted(with(item.name, quoted(item.other))), false, item.name)
	}
	for _, bad := range []struct{ name, about, item, value string }{
		{"account-without-hyphens", "the account number in another spelling", "account_number", `"3333011234567"`},
		{"account-longer", "the account number, and a digit more", "account_number", `"3333-01-12345670"`},
		{"holder-decomposed", "the same name in other characters (Unicode NFD)", "account_holder", `"\u1112\u1169\u11bc\u1100\u1175\u11af\u1103\u1169\u11bc"`},
		{"holder-space", "a space behind the name", "account_holder", `"홍길동 "`},
		{"type-lower-case", "the type in lower case", "service_type", `"cms"`},
		{"empty", "an item without a value", "bank_name", `""`},
		{"null", "an item that is null", "bank_name", `null`},
		{"array", "an item that is an array", "bank_name", `["예시은행"]`},
		{"surrogate", "half of a character", "account_holder", `"\ud64d\uae38\ud800"`},
	} {
		c.add(bad.name, bad.about, encrypted(with(bad.item, bad.value)), false, bad.item)
	}
	without := pairs(func(name, value string) (string, string) {
		if name == `"service_type"` {
			return "", ""
		}
		return name, value
	})
	c.add("without-an-item", "an item is missing", encrypted(braced(without)), false, "service_type")
	c.add("name-upper-case", "names have one spelling", encrypted(strings.Replace(braced(pairs(same)), `"bank_name"`, `"Bank_Name"`, 1)), false, "bank_name")
	c.add("two-differ", "two items differ", encrypted(strings.Replace(with("bank_name", `"다른은행"`), `"CMS"`, `"GIRO"`, 1)), false, "bank_name", "service_type")
}

func (c *consents) malformed() {
	whole := pairs(same)
	bad := func(name, about, plain string) { c.add(name, about, encrypted(plain), false) }
	bad("more", "an item that nobody asked for", braced(append(whole[:6:6], `"memo":""`)))
	bad("repeated", "a name that is repeated, first with another value", braced(append([]string{`"account_number":"9999-99-9999999"`}, whole...)))
	bad("repeated-last", "a name that is repeated, last with another value", braced(append(whole[:6:6], `"account_number":"9999-99-9999999"`)))
	bad("repeated-equal", "a name that is repeated with the same value", braced(append(whole[:6:6], whole[0])))
	bad("repeated-escaped", "a name that is repeated in another spelling", braced(append(whole[:6:6], `"account\u005fnumber":"9999-99-9999999"`)))
	bad("wrapped", "inside another object", `{"data":`+braced(whole)+`}`)
	bad("in-an-array", "inside an array", "["+braced(whole)+"]")
	bad("as-text", "the object as a JSON string", quoted(braced(whole)))
	bad("nothing", "an empty object", "{}")
	bad("cut", "the last brace is missing", strings.TrimSuffix(braced(whole), "}"))
	bad("trailing", "something behind the object", braced(whole)+braced(whole))
	bad("comma", "a comma behind the last item", strings.TrimSuffix(braced(whole), "}")+",}")
	bad("single-quotes", "single quotation marks", strings.ReplaceAll(braced(whole), `"`, "'"))
	bad("byte-order-mark", "a byte order mark before it", "\ufeff"+braced(whole))
	bad("cp949", "the name is not UTF-8 but CP949", strings.Replace(braced(whole), personName, "\xc8\xab\xb1\xe6\xb5\xbf", 1))
}

func (c *consents) foreign() {
	plain := braced(pairs(same))
	content, other := encrypted(plain), encrypted(with("account_number", `"3333-01-1234568"`))
	c.add("clear", "the consent in clear", plain, false)
	c.add("no-base64", "not Base64", "!"+content, false)
	c.add("raw", "the ciphertext's bytes and not its Base64", string(ctr(iv, []byte(plain))), false)
	c.add("another-iv", "encrypted with another IV", encode(ctr(bytes.Repeat([]byte{1}, 16), []byte(plain))), false)
	c.add("twice", "encrypted twice", encrypted(content), false)
	c.add("changed", "a letter of the ciphertext was changed, and of the text with it: CTR does not notice", encode(flipped([]byte(plain), "3333", "3334")), false, "account_number")
	c.signed("signature-of-another", "the consent, and a signature on another one", content, c.by.sign(other), false)
	c.signed("content-replaced", "the consent was put into a message that signs another one", content, bytes.Replace(c.by.sign(other), []byte(other), []byte(content), 1), false)
	c.signed("detached", "the message does not contain what it signs", content, c.by.detached(content), false)
	stranger := cmstest.Root("Example Root", fixedKey{testKey(7)}, numbered(1))
	person := stranger.Person(fixedKey{testKey(8)}, numbered(2))
	c.signed("another-root", "signed below another root of the same name", content, cmstest.New([]byte(content), cmstest.Settings{}, person).Sign().Encode(), false)
}

// flipped encrypts a text, and changes the ciphertext so that it decrypts to
// another.
func flipped(plain []byte, from, to string) []byte {
	secret := ctr(iv, plain)
	at := bytes.Index(plain, []byte(from))
	for i := range from {
		secret[at+i] ^= from[i] ^ to[i]
	}
	return secret
}
