// The KakaoTalk Certification Service as docs/assumptions.md describes it: identity,
// withdrawal consent and signatures, for one invented user who signs at the second
// question for the status. It was written from that page alone and shares nothing
// with the Go code, so that a client that both satisfy has not been written to the
// mistakes of one of them.
//
//   node server.mjs FOLDER 1|2
//
// FOLDER gets the certificates, which openssl makes. 1 is a host with the product
// code in every path, flat answers and RSA; 2 is one with the product code in
// prepare's path alone, answers inside data, the other names of nonce and times, and
// P-256. The variables of a client are printed, a line each.
import { execFileSync } from 'node:child_process'
import { createCipheriv, createDecipheriv, createHash, randomBytes, X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'

const [folder, edition] = process.argv.slice(2)
if (!folder || !['1', '2'].includes(edition)) {
  console.error('usage: node server.mjs FOLDER 1|2')
  process.exit(2)
}
const first = edition === '1'

// The contract.
const contract = {
  dealerKey: 'otherservicedealerkey',
  institutionKey: 'otherserviceinstitutionkey',
  settleID: 'otherservice-settle-id',
  key: randomBytes(32),
  iv: randomBytes(16),
}

// The one user. The CI is 88 characters for 64 bytes.
const user = {
  name: '홍길동', birthday: '19900101', phone: '01012345678',
  ci: Buffer.from(Array.from({ length: 64 }, (_, i) => i)).toString('base64'),
}

// Certificates and signatures.

const at = name => join(folder, name)
const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] })

function makeCertificates(base) {
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
function sign(bytes) {
  writeFileSync(at('content'), bytes)
  return openssl('cms', '-sign', '-binary', '-nodetach', '-md', 'sha256', '-nosmimecap', '-outform', 'DER',
    '-in', at('content'), '-signer', at('user.pem'), '-inkey', at('user.key')).toString('base64')
}

function vid() {
  const serial = Buffer.from(new X509Certificate(readFileSync(at('user.pem'))).serialNumber, 'hex')
  const integer = serial[0] & 0x80 ? Buffer.concat([Buffer.from([0]), serial]) : serial
  const digest = createHash('sha256').update(Buffer.from(user.ci, 'base64')).update(integer).digest()
  return first ? digest.toString('hex') : digest.toString('base64')
}

// Personal data.

function encrypt(text) {
  const cipher = createCipheriv('aes-256-ctr', contract.key, contract.iv)
  return Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]).toString('base64')
}

function decrypt(text, field) {
  const octets = Buffer.from(text, 'base64')
  if (octets.toString('base64') !== text) throw new Refusal('E1001', field)
  const decipher = createDecipheriv('aes-256-ctr', contract.key, contract.iv)
  const plain = Buffer.concat([decipher.update(octets), decipher.final()])
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(plain)
  } catch {
    throw new Refusal('E1001', field)
  }
}

// Refusals.

class Refusal extends Error {
  constructor(code, field = '') {
    super(code)
    this.code = code
    this.field = field
  }
}

const statusOf = { E0002: 503, E1002: 403, E1004: 401 }

// fields takes what a call may have, and refuses everything else. A name with ! must
// be there.
function fields(body, ...names) {
  const known = names.map(name => name.replace('!', ''))
  for (const name of Object.keys(body)) if (!known.includes(name)) throw new Refusal('E1001', name)
  for (const name of names) if (name.endsWith('!') && body[name.slice(0, -1)] === undefined) throw new Refusal('E1001', name.slice(0, -1))
  return body
}

function text(value, field) {
  if (typeof value !== 'string' || value === '') throw new Refusal('E1001', field)
  return value
}

// The steps.

const transactions = new Map()

const services = {
  K1110: 'identity', K1120: 'identity', K3110: 'consent', K3120: 'consent', K3510: 'document', K3520: 'document', K3511: 'documents', K3521: 'documents',
}

function prepare(product, body) {
  fields(body, 'settle_id', 'type!', 'name', 'birthday', 'phone_no', 'ci')
  if (body.settle_id !== contract.settleID) throw new Refusal('E1005')
  const want = { PERSONAL_INFO: ['name', 'birthday', 'phone_no'], CI: ['ci'], CI_PHONE_NO: ['ci', 'phone_no'] }[body.type]
  if (!want) throw new Refusal('E1001', 'type')
  const given = {}
  for (const name of want) given[name] = decrypt(text(body[name], name), name)
  const shapes = { name: /./u, birthday: /^[0-9]{8}$/, phone_no: /^[0-9]{10,11}$/, ci: /^[A-Za-z0-9+/]{86}==$/ }
  for (const name of want) if (!shapes[name].test(given[name])) throw new Refusal('E1001', name)
  if ('phone_no' in given && given.phone_no !== user.phone || 'ci' in given && given.ci !== user.ci) throw new Refusal('E2001')
  if ('name' in given && (given.name !== user.name || given.birthday !== user.birthday)) throw new Refusal('E2002')
  const id = randomBytes(19).toString('hex')
  transactions.set(id, { id, product, status: 'PREPARED', asked: 0 })
  return { tx_id: id }
}

const shown = ['tx_id!', 'title', 'desc', 'identify_items', 'expires_in', 'extra_message', 'return_url']

function request(tx, body) {
  if (tx.status !== 'PREPARED') throw new Refusal('E2004')
  switch (services[tx.product]) {
    case 'identity':
      fields(body, ...shown, 'data!')
      if ([...text(body.data, 'data')].length > 40) throw new Refusal('E1001', 'data')
      tx.nonce = body.data
      break
    case 'consent':
      fields(body, ...shown, 'data!')
      checkConsent(decrypt(text(body.data, 'data'), 'data'))
      tx.documents = [body.data]
      break
    case 'document':
      fields(body, ...shown, 'data!', 'document_type!')
      tx.documents = [documentOf(body)]
      break
    default:
      fields(body, ...shown, 'documents!')
      if (!Array.isArray(body.documents) || body.documents.length < 2 || body.documents.length > 200) throw new Refusal('E1001', 'documents')
      tx.documents = body.documents.map(d => documentOf(fields(d, 'title!', 'document_type!', 'data!')))
  }
  for (const item of body.identify_items ?? []) if (!(item in items)) throw new Refusal('E1001', 'identify_items')
  tx.items = body.identify_items ?? []
  tx.status = 'REQUESTED'
  tx.requestedAt = new Date()
  const answer = { tx_id: tx.id, result: 'Y' }
  if (tx.product[3] === '2') answer.scheme = 'kakaotalk://me/cert/sign?tx_id=' + tx.id
  return answer
}

function checkConsent(plain) {
  const names = ['billing_organization', 'bank_name', 'account_number', 'account_holder', 'account_holder_birthday', 'service_type']
  let consent
  try {
    consent = JSON.parse(plain)
  } catch {
    throw new Refusal('E1001', 'data')
  }
  fields(consent, ...names.map(name => name + '!'))
  for (const name of names) text(consent[name], name)
  if (consent.account_holder !== user.name) throw new Refusal('E1001', 'account_holder')
}

function documentOf({ document_type: type, data }) {
  text(data, 'data')
  if (type === 'TEXT' && data.length <= 3000) return data
  if (type === 'HASH' && Buffer.from(data, 'base64').length === 32) return data
  throw new Refusal('E1001', 'document_type')
}

const time = date => date ? date.toISOString().replace(/\.\d+Z$/, 'Z') : null

function status(tx) {
  if (tx.status === 'REQUESTED' && ++tx.asked > 1) {
    tx.status = 'COMPLETED'
    tx.signedAt = new Date()
  }
  const ends = tx.requestedAt && new Date(tx.requestedAt.getTime() + 300_000)
  if (first) return { tx_id: tx.id, status: tx.status, requested_at: time(tx.requestedAt), request_expired_at: time(ends), signed_at: time(tx.signedAt) }
  return { tx_id: tx.id, status: tx.status, created_at: time(tx.requestedAt), viewed_at: time(tx.signedAt), expired_at: time(ends), completed_at: time(tx.signedAt) }
}

function verify(tx) {
  if (tx.status !== 'COMPLETED') throw new Refusal('E2006')
  if (tx.verified) throw new Refusal('E2003')
  tx.verified = true
  const answer = { tx_id: tx.id, result: 'Y', status: tx.status, ci: encrypt(user.ci) }
  if (tx.nonce) return { ...answer, [first ? 'data' : 'request_token']: tx.nonce }
  answer.vid = vid()
  const signed = tx.documents.map(sign)
  if (services[tx.product] === 'documents') return { ...answer, signed_documents: signed.map(s => ({ signed_document: s })) }
  return { ...answer, [first ? 'signed_data' : 'signed_document']: signed[0] }
}

const items = { CI: ['ci', 'ci'], NAME: ['name', 'name'], BIRTHDAY: ['birthday', 'birthday'], PHONE_NUMBER: ['phone_number', 'phone'] }

function signer(tx) {
  if (tx.status !== 'COMPLETED') throw new Refusal('E2006')
  const answer = { tx_id: tx.id }
  for (const item of tx.items) answer[items[item][0]] = encrypt(user[items[item][1]])
  return answer
}

// The wire.

const steps = { request: ['POST', request], status: ['GET', status], verify: ['GET', verify], signer: ['GET', signer] }

async function readJSON(call) {
  if (!/^application\/json\b/.test(call.headers['content-type'] ?? '')) throw new Refusal('E1001', 'Content-Type')
  const chunks = []
  for await (const chunk of call) chunks.push(chunk)
  try {
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    if (body === null || typeof body !== 'object' || Array.isArray(body)) throw new Error('no object')
    return body
  } catch {
    throw new Refusal('E1001')
  }
}

// productIn is the product code of a path, without the test host's T.
function productIn(code, family) {
  const bare = code?.replace(/T$/, '')
  if (!services[bare] || (services[bare] === 'identity') !== (family === 'v2')) throw new Refusal('E1001')
  if (code === bare) throw new Refusal('E1007')
  return bare
}

async function answer(call, url) {
  const path = /^\/sign\/(v2|doc\/v1)\/([a-z]+)(?:\/([A-Z0-9]+))?$/.exec(url.pathname)
  const [, family, step, code] = path ?? []
  const withProduct = step === 'prepare' || first
  if (!path || step !== 'prepare' && !steps[step] || withProduct !== (code !== undefined)) return { http: 404 }
  const method = step === 'prepare' ? 'POST' : steps[step][0]
  if (call.method !== method) return { http: 405 }
  if (call.headers.authorization !== 'KakaoAK ' + contract.dealerKey) throw new Refusal('E1004', 'Authorization')
  if (call.headers['target-authorization'] !== 'KakaoAK ' + contract.institutionKey) throw new Refusal('E1004', 'Target-Authorization')
  const product = withProduct ? productIn(code, family) : undefined
  const body = method === 'POST' ? await readJSON(call) : { tx_id: url.searchParams.get('tx_id') }
  if (step === 'prepare') return { http: 200, body: prepare(product, body) }
  const tx = transactions.get(text(body.tx_id, 'tx_id'))
  if (!tx || product && product !== tx.product || (services[tx.product] === 'identity') !== (family === 'v2')) throw new Refusal('E2003')
  return { http: 200, body: steps[step][1](tx, body) }
}

// wrapped is the answer's form: flat, or inside data with the status outside.
function wrapped(body) {
  if (first) return body
  const { status, ...inner } = body
  return { ...(status === undefined ? {} : { status }), data: inner }
}

const server = createServer(async (call, out) => {
  if (call.url === '/revoked.crl') {
    out.writeHead(200, { 'Content-Type': 'application/pkix-crl' })
    out.end(readFileSync(at('revoked.crl')))
    return
  }
  let result
  try {
    result = await answer(call, new URL(call.url, 'http://localhost'))
    if (result.body) result.body = wrapped(result.body)
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal
    const message = refusal.field ? 'refused: ' + refusal.field : 'refused'
    result = {
      http: statusOf[refusal.code] ?? 400,
      body: first ? { code: refusal.code, message } : { error: { errorCode: refusal.code, errorMessage: message } },
    }
  }
  out.writeHead(result.http, { 'Content-Type': 'application/json' })
  out.end(result.body ? JSON.stringify(result.body) : '')
})

server.listen(0, '127.0.0.1', () => {
  const base = 'http://127.0.0.1:' + server.address().port
  makeCertificates(base)
  const variables = {
    DEALER_KEY: contract.dealerKey, INSTITUTION_KEY: contract.institutionKey, SETTLE_ID: contract.settleID,
    ENC_KEY: contract.key.toString('base64'), ENC_IV: contract.iv.toString('base64'), ENV: 'test',
    BASE_URL: base, ROOTS: at('roots.pem'),
  }
  for (const [name, value] of Object.entries(variables)) console.log(`KAKAOCERT_${name}=${value}`)
  console.log('ready')
})
