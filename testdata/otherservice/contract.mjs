// The contract, the one user, and what every call has in common: encryption, refusals
// and the fields of an object.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

// first is a host with the product code in every path, flat answers and RSA.
export const [folder, edition] = process.argv.slice(2)
if (!folder || !['1', '2'].includes(edition)) {
  console.error('usage: node server.mjs FOLDER 1|2')
  process.exit(2)
}
export const first = edition === '1'

// The contract.
export const contract = {
  dealerKey: 'otherservicedealerkey',
  institutionKey: 'otherserviceinstitutionkey',
  settleID: 'otherservice-settle-id',
  key: randomBytes(32),
  iv: randomBytes(16),
}

// The one user, who signs at the second question for the status. The CI is 88
// characters for 64 bytes.
export const user = {
  id: 3000000001, name: '홍길동', birthday: '19900101', phone: '01012345678',
  ci: Buffer.from(Array.from({ length: 64 }, (_, i) => i)).toString('base64'),
}

export function encrypt(text) {
  const cipher = createCipheriv('aes-256-ctr', contract.key, contract.iv)
  return Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]).toString('base64')
}

export function decrypt(text, field) {
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

export class Refusal extends Error {
  constructor(code, field = '') {
    super(code)
    this.code = code
    this.field = field
  }
}

export const statusOf = { E0002: 503, E1002: 403, E1004: 401 }

// fields takes what a call may have, and refuses everything else. A name with ! must
// be there.
export function fields(body, ...names) {
  const known = names.map(name => name.replace('!', ''))
  for (const name of Object.keys(body)) if (!known.includes(name)) throw new Refusal('E1001', name)
  for (const name of names) if (name.endsWith('!') && body[name.slice(0, -1)] === undefined) throw new Refusal('E1001', name.slice(0, -1))
  return body
}

export function text(value, field) {
  if (typeof value !== 'string' || value === '') throw new Refusal('E1001', field)
  return value
}

export const time = date => date ? date.toISOString().replace(/\.\d+Z$/, 'Z') : null
