// The five steps on cert-sign, and the transactions that login.mjs, session.mjs and
// window.mjs share with them.
import { randomBytes } from 'node:crypto'
import { sign, vid } from './certificates.mjs'
import { contract, decrypt, encrypt, fields, first, Refusal, text, time, user } from './contract.mjs'

const transactions = new Map()

export const services = {
  K1110: 'identity', K1120: 'identity', K1400: 'window', K2100: 'login', K2220: 'session', K3220: 'session',
  K3110: 'consent', K3120: 'consent', K3510: 'document', K3520: 'document', K3511: 'documents', K3521: 'documents',
}

// isV2 reports that the steps of a product are below /sign/v2.
export const isV2 = product => ['identity', 'window', 'login', 'session'].includes(services[product])

export function open(product, more) {
  const id = randomBytes(19).toString('hex')
  const tx = { id, product, status: 'PREPARED', asked: 0, items: [], ...more }
  transactions.set(id, tx)
  return tx
}

// find returns the transaction of a call; without a product in its path, of any.
export function find(id, product) {
  const tx = transactions.get(text(id, 'tx_id'))
  if (!tx || product && product !== tx.product) throw new Refusal('E2003')
  return tx
}

export function complete(tx) {
  tx.status = 'COMPLETED'
  tx.signedAt = new Date()
}

// prepare looks the user up. A window and a login have no such step.
export function prepare(product, body) {
  if (['window', 'login'].includes(services[product])) throw new Refusal('E1001')
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
  return { tx_id: open(product).id }
}

const shown = ['tx_id!', 'title', 'desc', 'identify_items', 'expires_in', 'extra_message', 'return_url']

const [sixHours, twoDays] = [6 * 3600, 48 * 3600]

function request(tx, body) {
  if (tx.status !== 'PREPARED') throw new Refusal('E2004')
  switch (services[tx.product]) {
    case 'identity':
      fields(body, ...shown, 'data!')
      if ([...text(body.data, 'data')].length > 40) throw new Refusal('E1001', 'data')
      tx.text = body.data
      break
    case 'session':
      fields(body, ...shown, 'session_expires_in!')
      tx.seconds = body.session_expires_in
      if (!Number.isInteger(tx.seconds) || tx.seconds < sixHours || tx.seconds > twoDays) throw new Refusal('E1001', 'session_expires_in')
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
  tx.items = itemsOf(body.identify_items ?? [])
  tx.status = 'REQUESTED'
  tx.requestedAt = new Date()
  const answer = { tx_id: tx.id, result: 'Y' }
  if (first && tx.product[3] === '2') answer.scheme = 'kakaotalk://me/cert/sign?tx_id=' + tx.id
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

// asked is a question for the status: the user signs at the second.
export function asked(tx) {
  if (tx.status === 'REQUESTED' && ++tx.asked > 1) complete(tx)
  return { ends: tx.requestedAt && new Date(tx.requestedAt.getTime() + 300_000) }
}

function status(tx) {
  const { ends } = asked(tx)
  if (first) return { tx_id: tx.id, status: tx.status, requested_at: time(tx.requestedAt), request_expired_at: time(ends), signed_at: time(tx.signedAt) }
  return { tx_id: tx.id, status: tx.status, created_at: time(tx.requestedAt), viewed_at: time(tx.signedAt), expired_at: time(ends), completed_at: time(tx.signedAt) }
}

function verify(tx) {
  if (tx.status !== 'COMPLETED') throw new Refusal('E2006')
  if (tx.verified) throw new Refusal('E2003')
  tx.verified = true
  const answer = { tx_id: tx.id, result: 'Y', status: tx.status, ci: encrypt(user.ci) }
  const kind = services[tx.product]
  if (kind === 'identity') return { ...answer, [first ? 'data' : 'request_token']: tx.text }
  if (first && kind === 'window') return { ...answer, signed_data: tx.text }
  answer.vid = vid()
  if (kind === 'window') return { ...answer, request_token: tx.text, signed_data: sign(tx.text) }
  if (kind === 'login') return { ...answer, signed_data: sign(tx.text), ...(first ? {} : { request_token: tx.text }) }
  const signed = (kind === 'session' ? [tx.document] : tx.documents).map(sign)
  if (kind === 'documents') return { ...answer, signed_documents: signed.map(s => ({ signed_document: s })) }
  return { ...answer, [first ? 'signed_data' : 'signed_document']: signed[0] }
}

const items = { CI: ['ci', 'ci'], NAME: ['name', 'name'], BIRTHDAY: ['birthday', 'birthday'], PHONE_NUMBER: ['phone_number', 'phone'] }

// itemsOf takes the names of items, which are the same in small letters at kauth.
export function itemsOf(names) {
  if (!Array.isArray(names) || names.some(name => !(name in items))) throw new Refusal('E1001', 'identify_items')
  return names
}

function signer(tx) {
  if (tx.status !== 'COMPLETED') throw new Refusal('E2006')
  const answer = { tx_id: tx.id }
  for (const item of tx.items) answer[items[item][0]] = encrypt(user[items[item][1]])
  return answer
}

export const steps = { request: ['POST', request], status: ['GET', status], verify: ['GET', verify], signer: ['GET', signer] }
