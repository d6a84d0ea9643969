package sim

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/judge"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// walkStep is one thing that a reader of docs/curl.md does, and what the
// document says comes of it.
type walkStep struct {
	command string // a shell's; empty where the user signs
	answer  string // JSON; empty where nothing is said
}

// readWalk takes the document apart.
func readWalk(t *testing.T) []walkStep {
	t.Helper()
	text, err := os.ReadFile("../../../docs/curl.md")
	require.NoError(t, err)
	var steps []walkStep
	for _, match := range regexp.MustCompile("(?s)```(sh|json)\n(.*?)```|<!-- the user signs -->").FindAllStringSubmatch(string(text), -1) {
		switch match[1] {
		case "json":
			require.NotEmpty(t, steps)
			steps[len(steps)-1].answer = match[2]
		default:
			steps = append(steps, walkStep{command: match[2]})
		}
	}
	return steps
}

// The document's lines are run by a shell with the real curl. Only the port is
// another, and the click on Sign is what the page's button sends.
func TestCurl_Walk(t *testing.T) {
	t.Parallel()
	judge.Need(t, "sh")
	judge.Need(t, "curl")
	steps := readWalk(t)
	require.Greater(t, len(steps), 10)
	require.Equal(t, "go run ./cmd/kakaocert sim\n", steps[0].command)
	s := startSim(t)
	terminal := openTerminal(t)
	signed := false
	for _, step := range steps[1:] {
		if step.command == "" {
			s.control(204, "POST", "/_sim/transactions/"+s.onlyTransaction().TxID+"/sign", "")
			signed = true
			continue
		}
		out := terminal.run(strings.ReplaceAll(step.command, "http://127.0.0.1:8080", s.URL))
		if step.answer != "" {
			assertAnswer(t, step.answer, out)
		}
	}
	assert.True(t, signed)
	assert.True(t, s.onlyTransaction().Verified)
}

func (s *simRun) onlyTransaction() kakaocerttest.Transaction {
	s.t.Helper()
	var all []kakaocerttest.Transaction
	require.NoError(s.t, json.Unmarshal([]byte(s.control(200, "GET", "/_sim/transactions", "")), &all))
	require.Len(s.t, all, 1)
	return all[0]
}

// assertAnswer compares two JSON objects, in which "…" is any text.
func assertAnswer(t *testing.T, want, got string) {
	t.Helper()
	var wanted, gotten map[string]any
	require.NoError(t, json.Unmarshal([]byte(want), &wanted), want)
	require.NoError(t, json.Unmarshal([]byte(got), &gotten), got)
	for name, value := range wanted {
		if text, isText := gotten[name].(string); isText && value == "…" {
			assert.NotEmpty(t, text)
			gotten[name] = "…"
		}
	}
	assert.Equal(t, wanted, gotten)
}

// terminal is a shell that stays, in a folder of its own.
type terminal struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Reader
}

func openTerminal(t *testing.T) *terminal {
	t.Helper()
	cmd := exec.Command("sh") // ends with its input, when the test has ended
	cmd.Dir = t.TempDir()
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = t.Output()
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		require.NoError(t, in.Close())
		require.NoError(t, cmd.Wait())
	})
	return &terminal{t: t, in: in, out: bufio.NewReader(out)}
}

// run runs lines and returns what they print.
func (s *terminal) run(lines string) (out string) {
	s.t.Helper()
	const end = "--end of these lines--\n"
	_, err := io.WriteString(s.in, lines+"\nprintf '%s' '"+end+"'\n")
	require.NoError(s.t, err)
	for {
		line, err := s.out.ReadString('\n')
		require.NoError(s.t, err, out)
		if before, found := strings.CutSuffix(line, end); found {
			return out + before
		}
		out += line
	}
}
