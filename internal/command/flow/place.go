package flow

import (
	"errors"
	"net/http"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/codes"
	"github.com/kakaocert-go/kakaocert/internal/places"
)

// sayPlace says where the answer may have the field that the error is about, and
// what to do then. A flow that learns has said so already.
func (f *flow) sayPlace(err error) {
	if f.learner != nil {
		return
	}
	path, key := placeIn(err)
	if path == "" || f.isOwn(path) {
		if refused, is := errors.AsType[*kakaocert.APIError](err); is && refused.Code == "" && hasNoPath(refused.StatusCode) {
			f.warn("the host has no such path: kakaocert doctor --write FILE tries the alternatives that are known")
		}
		return
	}
	if _, _, known := places.Wrapped(path, f.config.Protocol.List("field."+key)); known {
		f.warn("its value may be at %s: name that object in place.answer of a protocol file, or let --learn find it on the test host", path)
		return
	}
	f.warn("its value may be at %s: name it in field.%s of a protocol file, or let --learn find it on the test host", path, key)
}

// hasNoPath reports that a status says that a path is not there.
func hasNoPath(status int) bool {
	return status == http.StatusNotFound || status == http.StatusMethodNotAllowed
}

// placeIn is the one place where the answer has what the error misses, and the key
// of the field.
func placeIn(err error) (path, key string) {
	answer, key := undecoded(err)
	if answer == nil {
		return "", ""
	}
	if bad, is := errors.AsType[*kakaocert.DecodeError](err); is {
		return bad.Hint(), key
	}
	body, unpackErr := places.Unpack(answer.Body(), maxAnswer)
	if unpackErr != nil {
		return "", ""
	}
	return places.One(places.All(body, nil), places.IsText(codes.IsService)), key
}
