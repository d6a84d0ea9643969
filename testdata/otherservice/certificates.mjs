// The user's certificate, its authority and what the user signs, all made by openssl.
import { execFileSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { first, folder, user } from './contract.mjs'

export const at = name => join(folder, name)
const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] })

export function makeCertificates(base) {
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', at('root.key'), '-out', at('roots.pem'), '-days', '365',
    '-utf8', '-subj', '/C=KR/O=다른 서비스/CN=다른 서비스 루트',
    '-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign')
  const newKey = first ? ['rsa:2048'] : ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
  openssl('req', '-newkey', ...newKey, '-nodes', '-keyout', at('user.key'), '-out', at('user.csr'), '-utf8', '-subj', '/C=KR/CN=' + user.name)
  writeFileSync(at('user.ext'), 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation\n' +
    'subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\ncrlDistributionPoints=URI:' + base + '/revoked.crl\n')
  openssl('x509', '-req', '-in', at('user.csr'), '-CA', at('roots.pem'), '-CAkey', at('root.key'), '-set_serial', '0xf1e2d3c4b5a69788',
    '-days', '300', '-extfile', at('user.ext'), '-out', at('user.pem'))
  writeFileSync(at('index'), '')
  writeFileSync(at('number'), '01')
  writeFileSync(at('ca.conf'), '[ca]\ndefault_ca=this\n[this]\ndatabase=' + at('index') + '\ncrlnumber=' + at('number') +
    '\ndefault_md=sha256\ndefault_crl_days=7\ncrl_extensions=crl\n[crl]\nauthorityKeyIdentifier=keyid\n')
  openssl('ca', '-config', at('ca.conf'), '-gencrl', '-cert', at('roots.pem'), '-keyfile', at('root.key'), '-out', at('crl.pem'))
  openssl('crl', '-in', at('crl.pem'), '-outform', 'DER', '-out', at('revoked.crl'))
}

// sign returns a SignedData over these bytes, which are inside it.
export function sign(bytes) {
  writeFileSync(at('content'), bytes)
  return openssl('cms', '-sign', '-binary', '-nodetach', '-md', 'sha256', '-nosmimecap', '-outform', 'DER',
    '-in', at('content'), '-signer', at('user.pem'), '-inkey', at('user.key')).toString('base64')
}

export function vid() {
  const serial = Buffer.from(new X509Certificate(readFileSync(at('user.pem'))).serialNumber, 'hex')
  const integer = serial[0] & 0x80 ? Buffer.concat([Buffer.from([0]), serial]) : serial
  const digest = createHash('sha256').update(Buffer.from(user.ci, 'base64')).update(integer).digest()
  return first ? digest.toString('hex') : digest.toString('base64')
}
