// Package openapi contains tests only: they compare the answers of the
// simulator and the calls of the client with the OpenAPI description of the
// wire, and the portable vectors with their JSON schema. It is a module of its
// own because the validator has many dependencies.
package openapi
