package doctor

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// spelling is a protocol whose missing steps have their nth alternative, or the last
// that they have.
func spelling(t *testing.T, nth int) *kakaocert.Protocol {
	t.Helper()
	var lines []string
	for _, entry := range kakaocert.DefaultProtocol().Entries() {
		if len(entry.Alternatives) > 0 {
			lines = append(lines, `"`+entry.Key+`": "`+entry.Alternatives[min(nth, len(entry.Alternatives)-1)]+`"`)
		}
	}
	protocol, err := kakaocert.ParseProtocol(strings.NewReader("{" + strings.Join(lines, ",") + "}"))
	require.NoError(t, err)
	return protocol
}

// A search learns from one product for the others, so that calls are left for the
// checks that come after it, whatever the contract includes and however the host
// spells its paths.
func TestExamine_SearchLearnsFromOneProductForTheOthers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		denied   []string
		spelling int
		calls    int // at most
	}{
		"all is granted":               {calls: 31},
		"signer elsewhere":             {spelling: 1, calls: 40},
		"signer elsewhere by product":  {spelling: 2, calls: 36},
		"signer at the last place":     {spelling: 6, calls: 38},
		"identity alone":               {denied: []string{"k1400", "k2100", "k2220", "k3100", "k3500"}, calls: 40},
		"identity and login":           {denied: []string{"k1400", "k2220", "k3100", "k3500"}, calls: 40},
		"signatures alone":             {denied: []string{"k1100", "k1400", "k2100", "k2220"}, calls: 40},
		"consents alone, signer last":  {denied: []string{"k1100", "k1400", "k2100", "k2220", "k3500"}, spelling: 6, calls: 40},
		"all but the standard window":  {denied: []string{"k1400"}, calls: 37},
		"all but one kind of document": {denied: []string{"k3100"}, calls: 35},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			protocol := spelling(t, c.spelling)
			service := kakaocerttest.NewService(kakaocerttest.WithProtocol(protocol), kakaocerttest.WithContract(kakaocerttest.Contract{Denied: c.denied}))
			config, sent := recorded(t, service.Config())
			config.Protocol = nil
			options := everything
			options.Search = true
			report := reportOf(t, config, options)
			assert.LessOrEqual(t, report.Calls, c.calls)
			assert.Len(t, sent(), report.Calls)
			for _, f := range report.Findings {
				assert.NotEqual(t, "no_call", f.Cause, f.Check)
				assert.NotEqual(t, "missing", f.Cause, f.Check)
			}
			require.NotNil(t, report.Protocol)
			written, err := kakaocert.ParseProtocol(strings.NewReader(string(report.Protocol)))
			require.NoError(t, err)
			for _, entry := range protocol.Entries() {
				service := strings.TrimPrefix(entry.Key, "step.")
				if len(entry.Alternatives) > 0 && !slices.Contains(c.denied, service[:len("k1100")]) {
					assert.Equal(t, entry.Value, written.Get(entry.Key), entry.Key)
				}
			}

			// With that file every path is called.
			config.Protocol = written
			report = reportOf(t, config, everything)
			for _, f := range report.Findings {
				assert.NotContains(t, []string{"no_call", "inferred"}, f.Cause, f.Check)
			}
		})
	}
}

// What one family of paths has not is no reason to give up the other's.
func TestExamine_SearchCallsWhatOnlyAnotherFamilyLacks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		changed func(key string) bool // lines that have another value at the host
		value   func(entry kakaocert.ProtocolEntry) string
		missing int
	}{
		"identity by product, documents without": {
			func(key string) bool { return !strings.HasPrefix(key, "step.k3") }, func(e kakaocert.ProtocolEntry) string { return e.Alternatives[0] }, 0,
		},
		"identity where nothing is known, documents without": {
			func(key string) bool { return !strings.HasPrefix(key, "step.k3") },
			func(e kakaocert.ProtocolEntry) string { return strings.Replace(e.Value, "/sign/", "/other/", 1) }, 4,
		},
		"documents where nothing is known, identity by product": {
			func(string) bool { return true },
			func(e kakaocert.ProtocolEntry) string {
				if strings.HasPrefix(e.Key, "step.k3") {
					return strings.Replace(e.Value, "/sign/", "/other/", 1)
				}
				return e.Alternatives[0]
			}, 8,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lines := make(map[string]string)
			for _, entry := range kakaocert.DefaultProtocol().Entries() {
				if len(entry.Alternatives) > 0 && c.changed(entry.Key) {
					lines[entry.Key] = c.value(entry)
				}
			}
			protocol, err := kakaocert.ParseProtocol(strings.NewReader(membersOf(lines)))
			require.NoError(t, err)
			config, sent := recorded(t, kakaocerttest.NewService(kakaocerttest.WithProtocol(protocol)).Config())
			config.Protocol = nil
			options := everything
			options.Search = true
			report := reportOf(t, config, options)
			assert.Len(t, sent(), report.Calls)
			causes := make(map[string]int)
			for _, f := range report.Findings {
				causes[f.Cause]++
				if strings.HasPrefix(f.Check, "path.k3") && f.Endpoint == kakaocert.DefaultProtocol().Get(strings.Replace(f.Check, "path.", "step.", 1)) && f.Cause == "answers" {
					assert.Contains(t, f.Seen.English, "E2003", "it was called")
				}
			}
			assert.Equal(t, c.missing, causes["missing"], "%v", causes)
			assert.Zero(t, causes["no_call"], "%v", causes)
		})
	}
}

// What another product has shown is not what the service's own call has shown: the
// report says so, and the file too.
func TestExamine_SearchSaysWhatAnotherProductHasShown(t *testing.T) {
	t.Parallel()
	service := kakaocerttest.NewService(kakaocerttest.WithDialect(kakaocerttest.Dialect{ProductInPath: true}), kakaocerttest.WithContract(kakaocerttest.Contract{Denied: []string{"k1400", "k3500"}}))
	options := everything
	options.Search = true
	report := reportOf(t, service.Config(), options)
	causes := make(map[string]string)
	for _, f := range report.Findings {
		causes[f.Check] = f.Cause
	}
	for check, want := range map[string]string{
		"path.k1100.status": "answers",
		"path.k1400.status": "product", "path.k1400.signer": "product",
		"path.k2100.verify": "answers", "path.k2100.signer": "inferred",
		"path.k2220.signer":  "inferred",
		"path.k3100.verify":  "answers",
		"path.k3500.prepare": "permission", "path.k3500.verify": "inferred",
		"permissions": "uncalled",
	} {
		assert.Equal(t, want, causes[check], check)
	}
	assert.Contains(t, string(report.Protocol), ": E2003 for K3110T")
	assert.NotContains(t, string(report.Protocol), "step.k1400.")
}
