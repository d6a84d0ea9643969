module github.com/kakaocert-go/kakaocert/deploy

go 1.26.0

require (
	github.com/kakaocert-go/kakaocert v0.0.0
	github.com/stretchr/testify v1.12.1
	go.yaml.in/yaml/v3 v3.0.5
)

require (
	github.com/google/go-querystring v1.2.0 // indirect
	golang.org/x/crypto v0.58.0 // indirect
)

replace github.com/kakaocert-go/kakaocert => ..
