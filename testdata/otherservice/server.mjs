// The KakaoTalk Certification Service as docs/assumptions.md describes it: every
// product, for one invented user who signs at the second question for the status. It
// was written from that page alone and shares nothing with the Go code, so that a
// client that both satisfy has not been written to the mistakes of one of them.
//
//   node server.mjs FOLDER 1|2
//
// FOLDER gets the certificates, which openssl makes. 1 is a host with the product
// code in every path, flat answers and RSA; 2 is one with the product code in
// prepare's path alone, answers inside data, the other names of nonce and times, and
// P-256. The variables of a client are printed, a line each.
//
// What is not the service but around it is played too: the user's browser agrees to
// every login (login.mjs) and in every window (window.mjs), and an app signs with a
// session's temporary key (session.mjs).
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { at, makeCertificates } from './certificates.mjs'
import { contract, first, Refusal, statusOf } from './contract.mjs'
import { authorize, OAuthRefusal, prepareLogin, token } from './login.mjs'
import { appSigns, checkStatus, sessionInfo } from './session.mjs'
import { find, isV2, prepare, services, steps } from './steps.mjs'
import { openWindow } from './window.mjs'

async function read(call) {
  const chunks = []
  for await (const chunk of call) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function readJSON(call) {
  if (!/^application\/json\b/.test(call.headers['content-type'] ?? '')) throw new Refusal('E1001', 'Content-Type')
  try {
    const body = JSON.parse((await read(call)).toString('utf8'))
    if (body === null || typeof body !== 'object' || Array.isArray(body)) throw new Error('no object')
    return body
  } catch {
    throw new Refusal('E1001')
  }
}

async function readForm(call) {
  if (!/^application\/x-www-form-urlencoded\b/.test(call.headers['content-type'] ?? '')) throw new OAuthRefusal('invalid_request', 'Content-Type')
  if (call.headers.authorization || call.headers['target-authorization']) throw new OAuthRefusal('invalid_request', 'kauth gets no keys')
  return new URLSearchParams((await read(call)).toString('utf8'))
}

function checkKeys(call) {
  if (call.headers.authorization !== 'KakaoAK ' + contract.dealerKey) throw new Refusal('E1004', 'Authorization')
  if (call.headers['target-authorization'] !== 'KakaoAK ' + contract.institutionKey) throw new Refusal('E1004', 'Target-Authorization')
}

// productIn is the product code of a path, without the test host's T.
function productIn(code, family) {
  const bare = code?.replace(/T$/, '')
  if (!services[bare] || isV2(bare) !== (family === 'v2')) throw new Refusal('E1001')
  if (code === bare) throw new Refusal('E1007')
  return bare
}

// certSign answers the five steps.
async function certSign(call, url) {
  const path = /^\/sign\/(v2|doc\/v1)\/([a-z]+)(?:\/([A-Z0-9]+))?$/.exec(url.pathname)
  const [, family, step, code] = path ?? []
  const withProduct = step === 'prepare' || first
  if (!path || step !== 'prepare' && !steps[step] || withProduct !== (code !== undefined)) return { http: 404 }
  const method = step === 'prepare' ? 'POST' : steps[step][0]
  if (call.method !== method) return { http: 405 }
  checkKeys(call)
  const product = withProduct ? productIn(code, family) : undefined
  const body = method === 'POST' ? await readJSON(call) : { tx_id: url.searchParams.get('tx_id') }
  if (step === 'prepare') return { http: 200, body: wrapped(prepare(product, body)) }
  const tx = find(body.tx_id, product)
  if (isV2(tx.product) !== (family === 'v2')) throw new Refusal('E2003')
  return { http: 200, body: wrapped(steps[step][1](tx, body)) }
}

// wrapped is the answer's form: flat, or inside data with the status outside.
function wrapped(body) {
  if (first) return body
  const { status, ...inner } = body
  return { ...(status === undefined ? {} : { status }), data: inner }
}

// Calls to kauth and kapi, and what is around the service. None of them is wrapped.
const others = {
  'POST /oauth/authorize/prepare': async call => ({ http: 200, body: prepareLogin(await readForm(call)) }),
  'POST /oauth/token': async call => ({ http: 200, body: token(await readForm(call)) }),
  'GET /oauth/authorize': (call, url) => ({ http: 302, header: { Location: authorize(url.searchParams) } }),
  'GET /v1/api/cert/sign/check_status': kapi(checkStatus),
  'GET /v1/api/cert/sign/session_info': kapi(sessionInfo),
  'GET /window': (call, url) => ({ http: 302, header: { Location: openWindow(url.searchParams) } }),
  'GET /revoked.crl': () => ({ http: 200, header: { 'Content-Type': 'application/pkix-crl' }, raw: readFileSync(at('revoked.crl')) }),
}

function kapi(step) {
  return (call, url) => {
    checkKeys(call)
    return { http: 200, body: step(url.searchParams.get('tx_id')) }
  }
}

async function answer(call, url) {
  if (call.method === 'POST' && url.pathname.startsWith('/app/')) return { http: 200, raw: appSigns(url.pathname.slice('/app/'.length), await read(call)) }
  return (others[call.method + ' ' + url.pathname] ?? certSign)(call, url)
}

// refused is the answer to a refusal; kauth has its own.
function refused(refusal) {
  if (refusal instanceof OAuthRefusal) return { http: 400, body: refusal.body }
  if (!(refusal instanceof Refusal)) throw refusal
  const message = refusal.field ? 'refused: ' + refusal.field : 'refused'
  return {
    http: statusOf[refusal.code] ?? 400,
    body: first ? { code: refusal.code, message } : { error: { errorCode: refusal.code, errorMessage: message } },
  }
}

const server = createServer(async (call, out) => {
  let result
  try {
    result = await answer(call, new URL(call.url, 'http://localhost'))
  } catch (refusal) {
    result = refused(refusal)
  }
  out.writeHead(result.http, { 'Content-Type': 'application/json', ...result.header })
  out.end(result.raw ?? (result.body ? JSON.stringify(result.body) : ''))
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
