// Package openapi has tests only: they hold what the simulator says and the
// client sends against the OpenAPI description of the wire, and the portable
// vectors against their JSON schema. It is a module of its own, since the
// validator depends on much.
package openapi
