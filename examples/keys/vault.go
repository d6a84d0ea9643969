package keys

import (
	"context"
	"encoding/base64"
	"errors"

	"github.com/hashicorp/vault/api"
)

// Vault unwraps with a key of Vault's transit engine, mounted at "transit". What
// is wrapped is the text that Vault gave, "vault:v1:...". The client's token needs
// the capability update for transit/decrypt/KEY and nothing else.
func Vault(client *api.Client, key string) Unwrap {
	return func(ctx context.Context, wrapped []byte) ([]byte, error) {
		secret, err := client.Logical().WriteWithContext(ctx, "transit/decrypt/"+key, map[string]any{"ciphertext": string(wrapped)})
		if err != nil {
			return nil, err
		}
		if secret == nil {
			return nil, errors.New("vault: the answer contains no data")
		}
		text, ok := secret.Data["plaintext"].(string)
		if !ok {
			return nil, errors.New("vault: the answer contains no plaintext")
		}
		return base64.StdEncoding.DecodeString(text)
	}
}
