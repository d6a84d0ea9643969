// Package deploy contains tests only: that the container file's commands work,
// and that the Kubernetes examples do what the documents promise. It is a
// module of its own because it reads YAML.
package deploy
