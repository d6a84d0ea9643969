// Sessions of abbreviated signatures: the calls at kapi, and the institution's app,
// whose temporary key the user signs.
//
//   POST /app/TX_ID    the app signs the body, and answers with the signature
import { generateKeyPairSync, sign } from 'node:crypto'
import { first, Refusal, time, user } from './contract.mjs'
import { asked, find, services } from './steps.mjs'

// encoded is Base64 as an app sends it: on iOS in one line, on Android in several.
const encoded = bytes => first ? bytes.toString('base64') : bytes.toString('base64').replace(/.{76}/g, '$&\n')

function session(id) {
  const tx = find(id)
  if (services[tx.product] !== 'session') throw new Refusal('E2003')
  return tx
}

// begin makes the app's key and the document that the user signs.
function begin(tx) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const publicBytes = publicKey.export({ type: 'spki', format: 'der' })
  tx.key = privateKey
  tx.from = tx.signedAt
  tx.until = new Date(tx.from.getTime() + tx.seconds * 1000)
  tx.document = JSON.stringify({ public_key: encoded(publicBytes), session_start_at: time(tx.from), session_end_at: time(tx.until) })
}

export function checkStatus(id) {
  const tx = session(id)
  const { ends } = asked(tx)
  if (tx.status === 'COMPLETED' && !tx.key) begin(tx)
  return { status: tx.status, requested_at: time(tx.requestedAt), request_expired_at: time(ends), signed_at: time(tx.signedAt) }
}

export function sessionInfo(id) {
  const tx = session(id)
  if (!tx.key) throw new Refusal('E2006')
  return { user_id: user.id, session_start_at: time(tx.from), session_end_at: time(tx.until) }
}

export function appSigns(id, data) {
  const tx = session(id)
  if (!tx.key) throw new Refusal('E2006')
  return encoded(sign('sha256', data, { key: tx.key, dsaEncoding: 'der' }))
}
