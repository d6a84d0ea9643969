package flow

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
)

// stateFile is what resume needs of a flow under way. It is in the directory of
// --out from before request is sent until the flow is at its end.
const stateFile = "unfinished.json"

// state is a flow under way.
type state struct {
	Version     int    `json:"version"`
	Transaction string `json:"transaction"`
	// Asked is what the person is asked for, as JSON: sealed with AES-256-GCM
	// under a key derived from --key-file where there is one, the transaction
	// being the additional data.
	Asked  []byte `json:"asked"`
	Sealed bool   `json:"sealed"`
}

const stateVersion = 1

// storeKey is the key of --key-file; nil where there is none.
type storeKey []byte

func readStoreKey(path string) (storeKey, error) {
	if path == "" {
		return nil, nil
	}
	return call.ReadKeyBytes(path)
}

func (k storeKey) evidence() evidence.Key {
	if k == nil {
		return evidence.UnsafePlaintext()
	}
	key, err := evidence.NewKey(k)
	if err != nil {
		panic(err) // it was tried when it was read
	}
	return key
}

// aead seals states and nothing else.
func (k storeKey) aead() (cipher.AEAD, error) {
	derived, err := hkdf.Key(sha256.New, k, nil, "kakaocert command unfinished 1", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (k storeKey) seal(transaction string, plain []byte) (sealed []byte, err error) {
	aead, err := k.aead()
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, nil, plain, []byte(transaction)), nil
}

var errState = errors.New("cannot be read with this key, or was changed")

func (k storeKey) open(transaction string, sealed []byte) ([]byte, error) {
	aead, err := k.aead()
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, nil, sealed, []byte(transaction))
	if err != nil {
		return nil, errState
	}
	return plain, nil
}

// remember makes the flow one that can be resumed after the process has died.
func (s *store) remember(transaction string, asked *asked) error {
	if s == nil {
		return nil
	}
	plain, err := json.Marshal(asked)
	if err != nil {
		return err
	}
	kept := state{Version: stateVersion, Transaction: transaction, Asked: plain}
	if s.key != nil {
		kept.Sealed = true
		if kept.Asked, err = s.key.seal(transaction, plain); err != nil {
			return err
		}
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	path := filepath.Join(s.path, stateFile)
	if err := call.WriteSynced(path+".part", text); err != nil {
		return err
	}
	if err := os.Rename(path+".part", path); err != nil {
		return err
	}
	return call.SyncFolder(s.path)
}

// forget says that the flow is at its end.
func (s *store) forget() {
	if s != nil {
		_ = os.Remove(filepath.Join(s.path, stateFile))
	}
}

// recollect reads the flow that is under way in a directory. No flow there is
// [fs.ErrNotExist].
func recollect(dir string, key storeKey) (transaction string, asked asked, err error) {
	text, err := os.ReadFile(filepath.Join(dir, stateFile))
	if err != nil {
		return "", asked, err
	}
	var kept state
	if json.Unmarshal(text, &kept) != nil || kept.Version != stateVersion {
		return "", asked, errState
	}
	plain := kept.Asked
	if kept.Sealed != (key != nil) {
		return "", asked, errState
	}
	if kept.Sealed {
		if plain, err = key.open(kept.Transaction, kept.Asked); err != nil {
			return "", asked, err
		}
	}
	if json.Unmarshal(plain, &asked) != nil {
		return "", asked, errState
	}
	return kept.Transaction, asked, nil
}

func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
