package keys

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// KMS unwraps with a symmetric key of AWS KMS. Naming the key makes KMS refuse
// what another key has wrapped; the context is that of the encryption, and must be
// the same. The program's role needs kms:Decrypt for this key and nothing else.
func KMS(client *kms.Client, keyID string, encryptionContext map[string]string) Unwrap {
	return func(ctx context.Context, wrapped []byte) ([]byte, error) {
		output, err := client.Decrypt(ctx, &kms.DecryptInput{
			KeyId: aws.String(keyID), CiphertextBlob: wrapped, EncryptionContext: encryptionContext,
		})
		if err != nil {
			return nil, err
		}
		return output.Plaintext, nil
	}
}
