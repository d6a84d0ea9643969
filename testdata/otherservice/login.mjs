// Certified login: kauth, as RFC 6749 and RFC 7636 have it, and a user who agrees to
// every login.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { contract, Refusal, user } from './contract.mjs'
import { complete, itemsOf, open } from './steps.mjs'

// OAuthRefusal is an error as kauth spells it.
export class OAuthRefusal extends Error {
  constructor(error, description) {
    super(description)
    this.body = { error, error_description: description }
  }
}

const refuse = description => { throw new OAuthRefusal('invalid_request', description) }

// parameters takes a form or a query: each name that ends with ! must be there, none
// may be there twice or be unknown.
function parameters(given, ...names) {
  const known = names.map(name => name.replace('!', ''))
  const taken = {}
  for (const [name, value] of given) {
    if (!known.includes(name)) refuse('unknown: ' + name)
    if (name in taken) refuse('repeated: ' + name)
    taken[name] = value
  }
  for (const name of names) if (name.endsWith('!') && !taken[name.slice(0, -1)]) refuse('missing: ' + name.slice(0, -1))
  return taken
}

const logins = new Map() // by kauth_tx_id
const codes = new Map()
const base64URL = bytes => bytes.toString('base64url')

function checkClient(id) {
  if (id !== contract.institutionKey) throw new OAuthRefusal('invalid_client', 'unknown client_id')
}

export function prepareLogin(form) {
  const asked = parameters(form, 'client_id!', 'cert_type!', 'settle_id!', 'sign_data!', 'sign_identify_items')
  checkClient(asked.client_id)
  if (asked.cert_type !== 'k2100') refuse('cert_type')
  if (asked.settle_id !== contract.settleID) refuse('settle_id')
  if ([...asked.sign_data].length > 40) refuse('sign_data')
  let items = []
  try {
    items = itemsOf((asked.sign_identify_items ?? '').split(',').filter(Boolean).map(item => item.toUpperCase()))
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal
    refuse('sign_identify_items')
  }
  const id = base64URL(randomBytes(24))
  logins.set(id, { signData: asked.sign_data, items })
  return { kauth_tx_id: id }
}

// authorize is the page at which the user agrees; it returns where the browser goes.
export function authorize(query) {
  const asked = parameters(query, 'response_type!', 'client_id!', 'redirect_uri!', 'state!', 'nonce', 'code_challenge!', 'code_challenge_method!',
    'kauth_tx_id!', 'prompt!', 'scope', 'login_hint', 'channel_public_id', 'service_terms', 'device_type')
  checkClient(asked.client_id)
  if (asked.response_type !== 'code' || asked.code_challenge_method !== 'S256' || asked.prompt !== 'cert') refuse('response_type, code_challenge_method or prompt')
  const login = logins.get(asked.kauth_tx_id)
  if (!login) refuse('kauth_tx_id')
  logins.delete(asked.kauth_tx_id)
  const code = base64URL(randomBytes(24))
  codes.set(code, { ...login, asked })
  const back = new URL(asked.redirect_uri)
  back.searchParams.append('code', code)
  back.searchParams.append('state', asked.state)
  return back.href
}

export function token(form) {
  const asked = parameters(form, 'grant_type!', 'client_id!', 'redirect_uri!', 'code!', 'code_verifier!', 'client_secret')
  checkClient(asked.client_id)
  if (asked.grant_type !== 'authorization_code') throw new OAuthRefusal('unsupported_grant_type', asked.grant_type)
  const login = codes.get(asked.code)
  codes.delete(asked.code) // good once, whatever comes with it
  const challenge = base64URL(createHash('sha256').update(asked.code_verifier).digest())
  if (!login || login.asked.redirect_uri !== asked.redirect_uri || login.asked.code_challenge !== challenge) {
    throw new OAuthRefusal('invalid_grant', 'the code, its address or its verifier')
  }
  const tx = open('K2100', { text: login.signData, items: login.items })
  complete(tx)
  const answer = {
    token_type: 'bearer', access_token: base64URL(randomBytes(24)), refresh_token: base64URL(randomBytes(24)), expires_in: 21599, tx_id: tx.id,
  }
  const scopes = (login.asked.scope ?? '').split(' ')
  return scopes.includes('openid') ? { ...answer, id_token: idToken(login.asked) } : answer
}

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

// idToken is OpenID Connect's (Core, section 2), as kauth issues it.
function idToken(asked) {
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: 'https://kauth.kakao.com', aud: asked.client_id, sub: String(user.id), iat: now, exp: now + 3600, nonce: asked.nonce }
  const parts = [{ alg: 'ES256', typ: 'JWT' }, claims].map(part => base64URL(Buffer.from(JSON.stringify(part))))
  parts.push(base64URL(sign('sha256', Buffer.from(parts.join('.')), { key: privateKey, dsaEncoding: 'ieee-p1363' })))
  return parts.join('.')
}
