package main

import (
	"fmt"
	"net/http"
)

// gzipOf is {"code":"E2001","message":"no such account"} as gzip -n wrote it
// once: what a compressor makes of a text is not promised to stay the same.
const gzipOf = "H4sIAAAAAAACA6tWSs5PSVWyUnI1MjAwVNJRyk0tLk5MB4nk5SsUlyZnKCQmJ+eX5pUo1QIA5cudzywAAAA="

func errorsPart() *part {
	p := newPart("errors",
		"Answers to a prepare that contain an error code, or none. What an error means is told by its code, not by the HTTP status. Names of code and message are not documented: each of these is used by a service of Kakao's or by a relay.",
		"code: the error code, as text; empty where the answer contains none. message is compared where the answer contains it.",
		fields{"operation": "k1100.prepare"})
	add := func(name, about string, status int, body, code, message string) {
		detail := fields{}
		if message != "" {
			detail["message"] = message
		}
		p.add(name, about, fields{"http_status": status, "body": body}, fields{"code": code}, detail)
	}
	const words = "no such account"
	for _, code := range []string{"code", "error_code", "errorCode", "errcode", "error"} {
		add("named-"+code, "the code is in "+code, http.StatusBadRequest, fmt.Sprintf(`{"%s":"E2001","message":"%s"}`, code, words), "E2001", words)
	}
	for _, message := range []string{"error_message", "errorMessage", "errmsg", "msg", "error_description", "error_detail"} {
		add("worded-"+message, "the message is in "+message, http.StatusBadRequest, fmt.Sprintf(`{"code":"E2001","%s":"%s"}`, message, words), "E2001", words)
	}
	for _, place := range []string{"data", "error"} {
		add("inside-"+place, "both are inside "+place, http.StatusBadRequest, fmt.Sprintf(`{"%s":{"code":"E2001","message":"%s"}}`, place, words), "E2001", words)
	}
	for _, c := range []struct {
		name, about string
		status      int
		body, code  string
	}{
		{"http-200", "a code in a 200 without a tx_id", http.StatusOK, `{"code":"E2001","message":"no such account"}`, "E2001"},
		{"http-500", "a code in a 500", http.StatusInternalServerError, `{"code":"E2002"}`, "E2002"},
		{"maintenance", "maintenance", http.StatusServiceUnavailable, `{"code":"E0002"}`, "E0002"},
		{"relay-around", "a relay's own words around it", http.StatusBadRequest, `{"code":0,"status":"FAIL","data":{"code":"E2005"}}`, "E2005"},
		{"own-code-first", "the service's code counts before a relay's", http.StatusBadRequest, `{"code":"-999","data":{"error_code":"E1005"}}`, "E1005"},
		{"unlisted", "a code that no list has passes through", http.StatusBadRequest, `{"code":"E2011"}`, "E2011"},
		{"number", "a code that is a number", http.StatusBadRequest, `{"code":-401}`, "-401"},
		{"success-zero", "0 is no error code", http.StatusOK, `{"code":0,"tx_id":"tx"}`, ""},
		{"success-200", "200 is no error code", http.StatusOK, `{"code":"200","tx_id":"tx"}`, ""},
		{"success-ok", "OK is no error code", http.StatusOK, `{"code":"OK","data":{"tx_id":"tx"}}`, ""},
		{"success-word", "SUCCESS is no error code", http.StatusOK, `{"code":"SUCCESS","tx_id":"tx"}`, ""},
		{"null", "null is as if it were absent", http.StatusBadRequest, `{"code":null,"error_code":"E2001"}`, "E2001"},
		{"sentence", "a sentence is no code", http.StatusBadRequest, `{"error":"no such account"}`, ""},
		{"digits", "six digits are no code: they may be a birthday", http.StatusBadRequest, `{"code":"900101"}`, ""},
		{"page", "a page of something in between", http.StatusBadGateway, `<html><body>502 Bad Gateway</body></html>`, ""},
		{"empty", "no body", http.StatusBadRequest, ``, ""},
		{"array", "no object", http.StatusBadRequest, `["E2001"]`, ""},
		{"byte-order-mark", "a byte order mark before the object", http.StatusBadRequest, "\ufeff" + `{"code":"E2001"}`, "E2001"},
	} {
		add(c.name, c.about, c.status, c.body, c.code, "")
	}
	p.add("gzip", "compressed, whatever was asked for", fields{"http_status": http.StatusBadRequest, "body_base64": gzipOf}, fields{"code": "E2001"}, fields{"message": words})
	return p
}
