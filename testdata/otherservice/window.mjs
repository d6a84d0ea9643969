// The standard window of K1400. Kakao's JavaScript SDK opens it with the options of
// Kakao.Cert.identify, which are the query here; its user signs at once.
//
//   GET /window?redirectUri=...&settleId=...&signData=...&identifyItems=CI,NAME&state=...
import { contract, first, Refusal } from './contract.mjs'
import { complete, itemsOf, open } from './steps.mjs'

// openWindow returns where the browser goes: with a tx_id, or with an error_code.
export function openWindow(query) {
  const back = new URL(query.get('redirectUri'))
  try {
    back.searchParams.append('tx_id', signedIn(query).id)
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal
    back.searchParams.append('error_code', refusal.code)
  }
  // It is not known whether the state comes back: in one edition it does.
  if (!first && query.has('state')) back.searchParams.append('state', query.get('state'))
  return back.href
}

function signedIn(query) {
  const text = query.get('signData')
  if (query.get('settleId') !== contract.settleID) throw new Refusal('E1005')
  if (!text || [...text].length > 40) throw new Refusal('E1001')
  const items = itemsOf((query.get('identifyItems') ?? '').split(',').filter(Boolean))
  const tx = open('K1400', { text, items, requestedAt: new Date() })
  complete(tx)
  return tx
}
