// Package deploy has tests only: that the container file's commands work, and
// that the Kubernetes examples say what the documents promise. It is a module of
// its own, since it reads YAML.
package deploy
