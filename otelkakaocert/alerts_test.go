package otelkakaocert_test

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/kakaocert-go/kakaocert"
)

var (
	metricName = regexp.MustCompile(`\b((?:kakaocert|http)_\w+_seconds)_(count|bucket|sum)\b`)
	selector   = regexp.MustCompile(`_seconds_(?:count|bucket|sum)\{([^}]*)\}`)
	labelName  = regexp.MustCompile(`(\w+)(?:=~|!=|=)"`)
)

// The rules in the document are YAML, and name metrics and labels that the module
// reports.
func TestAlerts_NameWhatIsReported(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/observability.md")
	require.NoError(t, err)
	_, block, found := strings.Cut(string(text), "```yaml\n")
	require.True(t, found)
	block, _, _ = strings.Cut(block, "```")
	var document struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	require.NoError(t, yaml.Unmarshal([]byte(block), &document))
	require.Len(t, document.Groups, 1)
	reported := reportedLabels(t)
	for _, rule := range document.Groups[0].Rules {
		assert.NotEmpty(t, rule.Alert)
		assert.NotEmpty(t, rule.Annotations["summary"], rule.Alert)
		names := metricName.FindAllStringSubmatch(rule.Expr, -1)
		assert.NotEmpty(t, names, rule.Alert)
		for _, name := range names {
			assert.Contains(t, reported, name[1], rule.Alert)
		}
		for _, chosen := range selector.FindAllStringSubmatch(rule.Expr, -1) {
			for _, label := range labelName.FindAllStringSubmatch(chosen[1], -1) {
				assert.Contains(t, reported[names[0][1]], label[1], rule.Alert)
			}
		}
	}
}

// reportedLabels are the labels of each metric under its name in Prometheus,
// where dots are underscores and the unit follows.
func reportedLabels(t *testing.T) map[string]map[string]bool {
	t.Helper()
	tel := newTelemetry(t)
	for kind := kakaocert.SpanOperation; kind <= kakaocert.SpanEvidence; kind++ {
		for _, err := range []error{nil, &kakaocert.StatusError{}} {
			_, end := tel.Begin(context.Background(), kakaocert.Span{Kind: kind, Host: "kakao.example:443"})
			end(kakaocert.SpanEnd{HTTPStatus: 200, Err: err})
		}
	}
	labels := make(map[string]map[string]bool)
	for name, points := range tel.points(t) {
		name = strings.ReplaceAll(name, ".", "_") + "_seconds"
		labels[name] = make(map[string]bool)
		for _, point := range points {
			for _, a := range point.Attributes.ToSlice() {
				labels[name][strings.ReplaceAll(string(a.Key), ".", "_")] = true
			}
		}
	}
	return labels
}
