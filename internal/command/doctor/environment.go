package doctor

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"strconv"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/doctor"
	"github.com/kakaocert-go/kakaocert/internal/env"
	"github.com/kakaocert-go/kakaocert/internal/pemfile"
)

// names are the variables by the settings that they are.
var names = map[string]string{
	"DealerKey": env.DealerKey, "InstitutionKey": env.InstitutionKey, "SettleID": env.SettleID,
	"Cipher": env.EncKey + " / " + env.EncIV, "KeyVersion": env.EncVersion, "Environment": env.Environment,
	"BaseURL": env.BaseURL, "Protocol": env.Protocol, "Roots": env.Roots, "Intermediates": env.Intermediates,
}

// environment is what the variables say, as far as they can be read, and what is
// to be said of them in place of what the doctor says of the settings, or before it.
type environment struct {
	getenv  func(string) string
	config  kakaocert.Config
	roots   []*x509.Certificate
	between []*x509.Certificate
	skip    doctor.Scope
	before  []said            // before the doctor's cipher
	instead map[string][]said // of the doctor's checks
}

// said is a check and what is said of it.
type said struct {
	check, key string
	args       []any
}

func readEnvironment(getenv func(string) string) *environment {
	e := &environment{getenv: getenv, instead: make(map[string][]said), config: kakaocert.Config{
		DealerKey: getenv(env.DealerKey), InstitutionKey: getenv(env.InstitutionKey),
		SettleID: getenv(env.SettleID), BaseURL: getenv(env.BaseURL),
	}}
	e.readProtocol()
	e.readEnvironment()
	e.readCipher()
	e.roots = e.readCertificates("roots", env.Roots)
	e.between = e.readCertificates("intermediates", env.Intermediates)
	if e.config.SettleID == "" {
		e.put("settle_id", "settle.unset")
	}
	return e
}

// put says something in place of what the doctor says of a check.
func (e *environment) put(check, key string, args ...any) {
	e.instead[check] = append(e.instead[check], said{check, key, args})
}

// say says something before the doctor's cipher, of a check of its own.
func (e *environment) say(check, key string, args ...any) {
	e.before = append(e.before, said{check, key, args})
}

// examine prints what the doctor finds, and in its place what is said of the
// variables; with a file it writes the protocol that holds.
func (e *environment) examine(ctx context.Context, p *printer, options doctor.Options, file string) {
	options.OnCall = p.showCall
	options.Roots, options.Intermediates, options.Names = e.roots, e.between, names
	options.OnFinding = func(f doctor.Finding) {
		if f.Check == "cipher" {
			p.sayAll(e.before)
		}
		if instead, is := e.instead[f.Check]; is {
			p.sayAll(instead)
			return
		}
		p.print(f)
	}
	report, err := doctor.Examine(ctx, e.config, options)
	if err == nil && file != "" {
		p.writeProtocol(file, report.Protocol)
	}
}

func (e *environment) readProtocol() {
	protocol, err := env.ReadProtocol(e.getenv)
	if err != nil {
		e.put("protocol", "protocol.broken", err)
		protocol = kakaocert.DefaultProtocol()
		e.skip = doctor.Everything &^ doctor.Host
	}
	e.config.Protocol = protocol
}

func (e *environment) readEnvironment() {
	environment, err := env.ReadEnvironment(e.getenv)
	switch {
	case err != nil:
		e.put("environment", "environment.unknown")
	case e.getenv(env.Environment) == "":
		e.put("environment", "environment.default")
	}
	e.config.Environment = environment
}

const (
	keyLength = 32
	ivLength  = 16
)

// readCipher looks at the key and the IV of personal data.
func (e *environment) readCipher() {
	keySize, keyIsText := base64Size(e.getenv(env.EncKey))
	ivSize, ivIsText := base64Size(e.getenv(env.EncIV))
	if keyIsText && ivIsText && keySize == ivLength && ivSize == keyLength {
		e.say("encryption_key", "enc.swapped")
		e.say("encryption_iv", "skipped.before")
		e.put("cipher", "skipped.before")
		return
	}
	formed := e.readSecret("encryption_key", env.EncKey, keyLength)
	if e.config.Protocol.Get("cipher.mode") == "gcm" {
		e.say("encryption_iv", "enc.unused")
	} else {
		formed = e.readSecret("encryption_iv", env.EncIV, ivLength) && formed
	}
	if !formed {
		e.put("cipher", "skipped.before")
		return
	}
	if version := e.getenv(env.EncVersion); version != "" {
		if n, err := strconv.Atoi(version); err != nil || n < 1 {
			e.put("cipher", "cipher.version")
			return
		}
	}
	cipher, err := env.ReadCipher(e.config.Protocol, e.getenv)
	if err == nil {
		e.config.Cipher = cipher
	}
}

func (e *environment) readSecret(check, variable string, length int) (formed bool) {
	size, isText := base64Size(e.getenv(variable))
	switch {
	case e.getenv(variable) == "":
		e.say(check, "enc.unset", variable)
	case !isText:
		e.say(check, "enc.not_base64", variable)
	case size != length:
		e.say(check, "enc.length", variable, size, length)
	default:
		e.say(check, "enc.formed", variable, size)
		return true
	}
	return false
}

func base64Size(text string) (size int, isText bool) {
	raw, err := base64.StdEncoding.DecodeString(text)
	return len(raw), err == nil && text != ""
}

// readCertificates reads the file that a variable names.
func (e *environment) readCertificates(check, variable string) []*x509.Certificate {
	name := e.getenv(variable)
	if name == "" {
		e.put(check, check+".unset")
		return nil
	}
	certificates, _, err := pemfile.Read(name)
	if err != nil {
		e.put(check, check+".broken", variable, err)
		return nil
	}
	return certificates
}
