package deploy

import (
	"bufio"
	"bytes"
	"debug/elf"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/unserved"
)

// containerFile maps each instruction of the container file by its first word.
func containerFile(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("Containerfile")
	require.NoError(t, err)
	instructions := make(map[string][]string)
	for line := range strings.Lines(string(text)) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if word != "" && word != "#" {
			instructions[word] = append(instructions[word], rest)
		}
	}
	return instructions
}

// list is the command of an instruction in its JSON form.
func list(t *testing.T, instruction string) (command []string) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(regexp.MustCompile(`\[.*\]`).FindString(instruction)), &command), instruction)
	return command
}

// folder contains what the tests build, readable by other users too.
var folder string

func TestMain(m *testing.M) {
	var err error
	if folder, err = os.MkdirTemp("", "deploy-"); err == nil {
		err = os.Chmod(folder, 0o755)
	}
	if err != nil {
		panic(err)
	}
	m.Run()
	_ = os.RemoveAll(folder)
}

var building sync.Mutex

// built runs the build command of the container file, once.
func built(t *testing.T) (binary string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("a container has Linux")
	}
	building.Lock()
	defer building.Unlock()
	binary = filepath.Join(folder, "kakaocert")
	if _, err := os.Stat(binary); err == nil {
		return binary
	}
	for _, command := range containerFile(t)["RUN"] {
		if !strings.Contains(command, "go build") {
			continue
		}
		build := exec.CommandContext(t.Context(), "sh", "-c", strings.ReplaceAll(command, "/out/", `"$OUT"/`))
		build.Dir, build.Env = "..", append(os.Environ(), "OUT="+folder)
		said, err := build.CombinedOutput()
		require.NoError(t, err, string(said))
	}
	return binary
}

func TestContainer_BinaryIsStatic(t *testing.T) {
	t.Parallel()
	file, err := elf.Open(built(t))
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	libraries, err := file.ImportedLibraries()
	require.NoError(t, err)
	assert.Empty(t, libraries)
	for _, program := range file.Progs {
		assert.NotEqual(t, elf.PT_INTERP, program.Type, "there is no loader in the container")
	}
}

func TestContainer_ServesAsNobodyAndIsHealthy(t *testing.T) {
	t.Parallel()
	instructions := containerFile(t)
	binary := built(t)
	user := instructions["USER"]
	require.Equal(t, []string{"65532:65532"}, user)
	require.Contains(t, strings.Join(instructions["COPY"], "\n"), "--chown="+user[0]+" /out/tmp /tmp", "the root certificate is written there")

	here := func(instruction, port string) *exec.Cmd {
		command := list(t, instruction)
		require.Equal(t, "/kakaocert", command[0])
		for i := range command {
			command[i] = strings.ReplaceAll(command[i], ":8080", ":"+port)
		}
		cmd := exec.CommandContext(t.Context(), binary, command[1:]...)
		cmd.Env, cmd.Dir = []string{"TMPDIR=" + t.TempDir()}, "/"
		if os.Getuid() == 0 { // as the container's user, with a folder of their own
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
			own, err := os.MkdirTemp(folder, "")
			require.NoError(t, err)
			require.NoError(t, os.Chown(own, 65532, 65532))
			cmd.Env = []string{"TMPDIR=" + own}
		}
		return cmd
	}
	health := instructions["HEALTHCHECK"][0]
	_, closed, err := net.SplitHostPort(unserved.Address(t))
	require.NoError(t, err)
	assert.Error(t, here(health, closed).Run(), "nothing serves there")

	server, port := served(t, func(port string) *exec.Cmd { return here(instructions["ENTRYPOINT"][0], port) })
	said, err := here(health, port).CombinedOutput()
	assert.NoError(t, err, string(said))
	require.NoError(t, server.Process.Signal(syscall.SIGTERM))
	assert.NoError(t, server.Wait(), "SIGTERM ends it with 0")
}

// served starts the container's server on a port that was free. Another program
// may be given that port before the server listens; then it is another port.
func served(t *testing.T, at func(port string) *exec.Cmd) (server *exec.Cmd, port string) {
	t.Helper()
	for {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		_, port, err = net.SplitHostPort(listener.Addr().String())
		require.NoError(t, err)
		require.NoError(t, listener.Close())

		var said bytes.Buffer
		server = at(port)
		server.Stderr = &said
		stdout, err := server.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, server.Start())
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			if strings.HasPrefix(lines.Text(), "export KAKAOCERT_ROOTS=") {
				return server, port
			}
		}
		require.Error(t, server.Wait())
		require.Contains(t, said.String(), "address already in use")
	}
}
