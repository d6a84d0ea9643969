package deploy

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/kakaocert-go/kakaocert/internal/env"
)

// container is the part of a container that the tests check.
type container struct {
	Command, Args []string
	Env           []struct{ Name, Value string }
	EnvFrom       []struct {
		SecretRef struct{ Name string } `yaml:"secretRef"`
	} `yaml:"envFrom"`
	VolumeMounts []struct{ Name string } `yaml:"volumeMounts"`
	Lifecycle    struct {
		PreStop struct{ Sleep struct{ Seconds int } } `yaml:"preStop"`
	}
	StartupProbe    *probe `yaml:"startupProbe"`
	LivenessProbe   *probe `yaml:"livenessProbe"`
	ReadinessProbe  *probe `yaml:"readinessProbe"`
	SecurityContext struct {
		AllowPrivilegeEscalation bool `yaml:"allowPrivilegeEscalation"`
		ReadOnlyRootFilesystem   bool `yaml:"readOnlyRootFilesystem"`
	} `yaml:"securityContext"`
}

type probe struct {
	HTTPGet struct{ Path string } `yaml:"httpGet"`
	Exec    struct{ Command []string }
}

type podSpec struct {
	TerminationGracePeriodSeconds int `yaml:"terminationGracePeriodSeconds"`
	SecurityContext               struct {
		RunAsNonRoot bool `yaml:"runAsNonRoot"`
	} `yaml:"securityContext"`
	InitContainers []container `yaml:"initContainers"`
	Containers     []container
	Volumes        []struct{ Name string }
}

type labels map[string]string

type object struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   struct{ Name string }
	StringData map[string]string `yaml:"stringData"`
	Spec       yaml.Node
}

// objects reads a file of YAML documents.
func objects(t *testing.T, name string) map[string]object {
	t.Helper()
	file, err := os.Open(filepath.Join("kubernetes", name))
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	all := make(map[string]object)
	for decoder := yaml.NewDecoder(file); ; {
		var o object
		err := decoder.Decode(&o)
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		require.NotEmpty(t, o.APIVersion)
		require.NotEmpty(t, o.Metadata.Name, o.Kind)
		require.NotContains(t, all, o.Kind)
		all[o.Kind] = o
	}
}

// verifyTimeout is the default of Config.VerifyTimeout.
const verifyTimeout = 60 * time.Second

func TestKubernetes_VerifyUnderWayMayEnd(t *testing.T) {
	t.Parallel()
	all := objects(t, "backend.yaml")
	var deployment struct {
		Replicas int
		Selector struct {
			MatchLabels labels `yaml:"matchLabels"`
		}
		Template struct {
			Metadata struct{ Labels labels }
			Spec     podSpec
		}
	}
	spec := all["Deployment"].Spec
	require.NoError(t, spec.Decode(&deployment))
	pod := deployment.Template.Spec
	require.Len(t, pod.Containers, 1)
	backend := pod.Containers[0]
	preStop := time.Duration(backend.Lifecycle.PreStop.Sleep.Seconds) * time.Second
	assert.Positive(t, preStop)
	assert.Greater(t, time.Duration(pod.TerminationGracePeriodSeconds)*time.Second, preStop+verifyTimeout)
	assert.True(t, pod.SecurityContext.RunAsNonRoot)
	assert.False(t, backend.SecurityContext.AllowPrivilegeEscalation)
	assert.True(t, backend.SecurityContext.ReadOnlyRootFilesystem)
	require.NotNil(t, backend.LivenessProbe)
	require.NotNil(t, backend.ReadinessProbe)
	require.NotNil(t, backend.StartupProbe)
	assert.NotEqual(t, backend.LivenessProbe.HTTPGet.Path, backend.ReadinessProbe.HTTPGet.Path)
	assert.Equal(t, all["Secret"].Metadata.Name, backend.EnvFrom[0].SecretRef.Name)

	var budget struct {
		MaxUnavailable int `yaml:"maxUnavailable"`
		Selector       struct {
			MatchLabels labels `yaml:"matchLabels"`
		}
	}
	limits := all["PodDisruptionBudget"].Spec
	require.NoError(t, limits.Decode(&budget))
	assert.Less(t, budget.MaxUnavailable, deployment.Replicas)
	assert.Equal(t, deployment.Template.Metadata.Labels, budget.Selector.MatchLabels)
	assert.Equal(t, deployment.Template.Metadata.Labels, deployment.Selector.MatchLabels)

	for name := range all["Secret"].StringData {
		assert.Contains(t, env.Variables(), name)
	}
	assertVariables(t, backend)
	assertMounts(t, pod, backend)
}

func assertVariables(t *testing.T, c container) {
	t.Helper()
	for _, variable := range c.Env {
		if strings.HasPrefix(variable.Name, "KAKAOCERT_") {
			assert.Contains(t, env.Variables(), variable.Name)
		}
	}
}

func assertMounts(t *testing.T, pod podSpec, c container) {
	t.Helper()
	for _, mount := range c.VolumeMounts {
		assert.True(t, slices.ContainsFunc(pod.Volumes, func(v struct{ Name string }) bool { return v.Name == mount.Name }), mount.Name)
	}
}

// The pod's simulator runs with the flags of the example, and the backend has
// the values that the simulator prints.
func TestKubernetes_RehearsalMatchesTheSimulator(t *testing.T) {
	t.Parallel()
	var pod podSpec
	spec := objects(t, "simulator.yaml")["Pod"].Spec
	require.NoError(t, spec.Decode(&pod))
	simulator := pod.InitContainers[0]
	backend := pod.Containers[0]
	assertVariables(t, backend)
	assertMounts(t, pod, backend)
	assertMounts(t, pod, simulator)

	roots := filepath.Join(t.TempDir(), "roots.pem")
	args := append(slices.Clone(simulator.Command[1:]), simulator.Args...)
	for i := range args {
		args[i] = strings.Replace(args[i], "/roots/roots.pem", roots, 1)
		args[i] = strings.Replace(args[i], ":8081", ":0", 1)
	}
	assert.Equal(t, simulator.Command, simulator.StartupProbe.Exec.Command[:2])
	assert.Contains(t, simulator.StartupProbe.Exec.Command, "--health")
	cmd := exec.CommandContext(t.Context(), built(t), append(args, "--json")...)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var ready struct {
		URL         string
		Environment map[string]string
	}
	require.NoError(t, json.NewDecoder(stdout).Decode(&ready))
	given := make(map[string]string)
	for _, variable := range backend.Env {
		given[variable.Name] = strings.Replace(strings.Replace(variable.Value, "http://127.0.0.1:8081", ready.URL, 1), "/roots/roots.pem", roots, 1)
	}
	assert.Equal(t, ready.Environment, given)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.NoError(t, cmd.Wait())
}
