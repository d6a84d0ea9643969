package doctor

import (
	"maps"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/bilingual"
)

// words are the texts in Korean and English. The text under a diagnosis says
// what was seen, with fmt's verbs; the text under "todo." and the diagnosis
// says what to do about it, with one line for each action. The diagnosis of a
// check is its kind and its cause. {DealerKey} and the like are replaced by the
// names of settings.
var words = joined(settingsWords, hostWords, serviceWords, pathWords)

func joined(tables ...bilingual.Table) bilingual.Table {
	all := make(bilingual.Table)
	for _, table := range tables {
		maps.Copy(all, table)
	}
	return all
}

// diagnosis is the meaning of a cause: the result, and who can fix it.
type diagnosis struct {
	result Result
	owner  kakaocert.Owner
}

// diagnoses are those that are not ok.
var diagnoses = func() map[string]diagnosis {
	all := map[string]diagnosis{"skipped.before": {Skipped, kakaocert.OwnerNone}}
	for _, of := range []struct {
		diagnosis
		keys []string
	}{
		{diagnosis{Wrong, kakaocert.OwnerInstitution}, []string{
			"environment.unset", "key.unset", "key.prefixed", "key.malformed", "settle.malformed", "settle.refused", "settle.elsewhere",
			"cipher.unset", "cipher.broken", "client.refused", "address.other_environment", "address.plain", "address.malformed",
			"certificate.expired", "certificate.early", "certificate.not_authority", "certificate.orphan",
			"resolve.not_found", "resolve.failed", "connect.refused", "connect.timeout", "connect.reset", "connect.failed",
			"tls.unknown_authority", "tls.wrong_name", "tls.expired", "tls.not_tls", "tls.too_old", "tls.failed",
			"clock.ahead", "clock.behind", "service.wrapped", "service.renamed", "service.several", "service.unnameable", "service.not_it", "service.front", "service.other_code", "service.no_code",
			"service.no_answer", "keys.swapped", "keys.dealer", "keys.institution", "keys.either",
			"product.production_host", "product.test_host", "product.neither", "decryption.version",
			"path.missing", "path.elsewhere", "path.method", "path.no_code", "path.unread",
		}},
		{diagnosis{Unknown, kakaocert.OwnerInstitution}, []string{
			"settle.unset", "settle.unknown", "clock.unknown", "certificate.ending", "further.no_call", "path.no_call",
			"path.parameters", "path.accepted", "path.no_answer", "path.login", "path.absent", "permissions.unseen", "permissions.uncalled",
			"decryption.unknown", "decryption.blind",
		}},
		{diagnosis{Unknown, kakaocert.OwnerKakao}, []string{
			"service.busy", "path.busy", "path.permission", "path.product", "path.excluded", "path.other_code",
			"further.denied", "further.host", "further.unclear",
		}},
	} {
		for _, key := range of.keys {
			all[key] = of.diagnosis
		}
	}
	return all
}()
