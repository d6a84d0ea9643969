// The KakaoTalk Certification Service from Node 18 or later, without packages:
// encryption, answers, VID, abbreviated signatures. identity.mjs uses it for an
// identity check; vectors.mjs holds it against the portable vectors.

import { createCipheriv, createDecipheriv, createHash, createPublicKey, randomBytes, timingSafeEqual, verify, X509Certificate } from "node:crypto";
import { gunzipSync } from "node:zlib";

// same compares in constant time.
export const same = (a, b) => {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
};

// decodeBase64 takes standard and URL-safe Base64, padded or not, in lines or
// not, and refuses anything else, which Buffer.from would pass over.
export const decodeBase64 = (text) => {
  const plain = text.replace(/\s/g, "").replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, "");
  if (!/^[A-Za-z0-9+/]*$/.test(plain) || plain.length % 4 === 1) throw new Error("must be Base64");
  return Buffer.from(plain, "base64");
};

// decodeUTF8 refuses what is not UTF-8, where toString would put a replacement.
export const decodeUTF8 = (bytes) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);

// PersonalData encrypts in calls and decrypts in answers: AES-256 with the
// contract's key and IV. CTR is what is known of this service; CBC and GCM are
// its relatives'. CTR does not notice a wrong key or a changed text, so what was
// decrypted is checked for its shape, and every failure is the same error.
export class PersonalData {
  constructor(mode, key, iv) {
    Object.assign(this, { mode, key, iv });
  }

  encrypt(text) {
    const nonce = this.mode === "gcm" ? randomBytes(12) : Buffer.alloc(0);
    const cipher = createCipheriv(`aes-256-${this.mode}`, this.key, this.mode === "gcm" ? nonce : this.iv);
    const secret = [nonce, cipher.update(text, "utf8"), cipher.final()];
    if (this.mode === "gcm") secret.push(cipher.getAuthTag());
    return Buffer.concat(secret).toString("base64");
  }

  decrypt(text, shape = () => true) {
    try {
      const plain = decodeUTF8(this.#open(decodeBase64(text)));
      if (shape(plain)) return plain;
    } catch {
      // without the cause: it must not tell an attacker more
    }
    throw new Error("cannot decrypt");
  }

  #open(secret) {
    const [nonce, rest] = this.mode === "gcm" ? [secret.subarray(0, 12), secret.subarray(12)] : [this.iv, secret];
    const decipher = createDecipheriv(`aes-256-${this.mode}`, this.key, nonce, this.mode === "gcm" ? { authTagLength: 16 } : {});
    if (this.mode !== "gcm") return Buffer.concat([decipher.update(rest), decipher.final()]);
    decipher.setAuthTag(rest.subarray(-16));
    return Buffer.concat([decipher.update(rest.subarray(0, -16)), decipher.final()]);
  }
}

// shapes are what personal data must look like.
export const shapes = {
  name: (text) => text.trim() !== "" && text.length <= 100 && !/\p{Cc}/u.test(text),
  birthday: (text) => {
    if (!/^\d{8}$/.test(text)) return false;
    const day = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`;
    const date = new Date(day + "T00:00:00Z");
    return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
  },
  phone: (text) => /^\d{10,11}$/.test(text),
  ci: (text) => text.length === 88 && decodeBase64(text).toString("base64") === text,
};

// VID: SHA-256 of the CI's 64 bytes and the bytes of the certificate's serial
// number.
export const computeVID = (ci, serial) => {
  const bytes = decodeBase64(ci);
  if (bytes.length !== 64) throw new Error("a CI must be Base64 of 64 bytes");
  return createHash("sha256").update(bytes).update(serial).digest();
};

// serialOf returns the serial number's bytes as DER has them. Node's text has no
// leading 00, which belongs to them where the top bit is set.
export const serialOf = (certificate) => {
  const digits = new X509Certificate(certificate).serialNumber;
  const bytes = Buffer.from(digits.length % 2 ? "0" + digits : digits, "hex");
  return bytes[0] >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
};

// parseVID decodes the text form, which is not documented: hex or Base64.
export const parseVID = (vid) => (/^[0-9A-Fa-f]{64}$/.test(vid.trim()) ? Buffer.from(vid.trim(), "hex") : decodeBase64(vid));

export const matchesVID = (vid, ci, serial) => same(parseVID(vid), computeVID(ci, serial));

const STATUSES = ["PREPARED", "REQUESTED", "COMPLETED", "EXPIRED", "REJECTED"];
const CODES = ["code", "error_code", "errorCode", "errcode", "error"];
const MESSAGES = ["message", "error_message", "errorMessage", "errmsg", "msg", "error_description", "error_detail"];

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const textIn = (place, names) => {
  for (const name of isObject(place) ? names : []) {
    if (typeof place[name] === "string" && place[name] !== "") return place[name];
    if (typeof place[name] === "number") return String(place[name]);
  }
  return "";
};

// Answer is an answer as it came. Fields may be at the top or inside "data", and
// have other names.
export class Answer {
  constructor(httpStatus, body) {
    this.httpStatus = httpStatus;
    try {
      const bytes = body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body, { maxOutputLength: 1 << 26 }) : body;
      this.top = JSON.parse(decodeUTF8(bytes).replace(/^\ufeff/, ""));
    } catch {
      this.top = null;
    }
    if (!isObject(this.top)) this.top = null;
    this.places = [this.top, this.top?.data, this.top?.error];
  }

  // text returns the first of the names at the top, and then inside data.
  text(...names) {
    return textIn(this.places[0], names) || textIn(this.places[1], names);
  }

  // agreed is text, but refuses two places that differ.
  agreed(...names) {
    const [outer, inner] = this.places.slice(0, 2).map((place) => textIn(place, names));
    if (outer && inner && outer !== inner) throw new Error("answer not understood: says two things at once");
    return outer || inner;
  }

  list(name) {
    const [outer, inner] = this.places.slice(0, 2).map((place) => (Array.isArray(place?.[name]) ? place[name] : []));
    return outer.length ? outer : inner;
  }

  // code is the error code, or "". It says what an error means; the HTTP status
  // does not. Six digits may be a birthday, and are no code.
  get code() {
    const codes = this.places.flatMap((place) => CODES.map((name) => textIn(place, [name])));
    const own = codes.find((text) => /^E\d{4}$/.test(text));
    if (own || this.httpStatus < 300) return own ?? "";
    const isCode = (text) =>
      /^[A-Za-z0-9_-]{1,32}$/.test(text) && text.replace(/\D/g, "").length < 6 && !["0", "200", "OK", "SUCCESS"].includes(text.toUpperCase());
    return codes.find(isCode) ?? "";
  }

  // message is the service's own words. They may quote what was sent: never log
  // them.
  get message() {
    return this.places.map((place) => textIn(place, MESSAGES)).find((text) => text) ?? "";
  }

  get status() {
    const [outer, inner] = this.places.slice(0, 2).map((place) => textIn(place, ["status"]));
    return !outer || (STATUSES.includes(inner) && !STATUSES.includes(outer)) ? inner : outer;
  }

  // check refuses what is no success.
  check(txID) {
    if (this.code || this.httpStatus < 200 || this.httpStatus > 299) throw new Error(`refused: ${this.code || "no code"} (HTTP ${this.httpStatus})`);
    if (!this.top) throw new Error("answer not understood: is no JSON object");
    for (const names of [["tx_id"], ["result"], ["ci"], ["vid"], ["signed_data", "signed_document"]]) this.agreed(...names);
    const statuses = this.places.slice(0, 2).map((place) => textIn(place, ["status"]));
    if (statuses.every((status) => STATUSES.includes(status)) && statuses[0] !== statuses[1]) throw new Error("answer not understood: says two things at once");
    const own = this.text("tx_id");
    if (txID && own && own !== txID) throw new Error("answer not understood: is about another transaction");
  }
}

const demand = (holds, reason) => {
  if (!holds) throw new Error("answer not understood: " + reason);
};

// steps are what the answer to each step must say. What does not say it is never
// success.
export const steps = {
  prepared(answer) {
    answer.check("");
    demand(/^[!-~]{1,128}$/.test(answer.text("tx_id")), "has no tx_id");
    return answer.text("tx_id");
  },

  requested(answer, txID) {
    answer.check(txID);
    demand(answer.text("result") === "Y", "does not say yes");
  },

  status(answer, txID) {
    answer.check(txID);
    demand(answer.status, "has no status");
    return answer.status;
  },

  // The nonce that comes back must be the one that this session has sent.
  identity(answer, txID, nonce, data) {
    completed(answer, txID);
    const signed = answer.agreed("data", "signed_data", "request_token");
    demand(signed, "has no nonce");
    if (!same(signed, nonce)) throw new Error("another nonce was signed"); // a security event
    const ci = answer.text("ci");
    return { ci: ci && data.decrypt(ci, shapes.ci), vid: answer.text("vid") };
  },

  // The signatures on the documents, in their order: CMS SignedData, not checked
  // yet.
  signatures(answer, txID, several, documents) {
    completed(answer, txID);
    const texts = several ? answer.list("signed_documents").map((each) => each?.signed_document ?? "") : [answer.text("signed_data", "signed_document")];
    demand(texts.length === documents && texts.every((text) => text), "must have a signature for each document");
    return texts.map(decodeBase64);
  },

  signer(answer, txID, data) {
    answer.check(txID);
    const item = (shape, ...names) => {
      const secret = answer.text(...names);
      return secret && data.decrypt(secret, shape);
    };
    return {
      name: item(shapes.name, "name"),
      birthday: item(shapes.birthday, "birthday"),
      phone: item(shapes.phone, "phone_number", "phone_no"),
      ci: item(shapes.ci, "ci"),
    };
  },
};

// parseSigned reads a signed object. Each name must be there once: of two values
// another program may take the other one. JSON.parse says nothing about that, but
// each member of the object has one colon.
const parseSigned = (text) => {
  const object = JSON.parse(text);
  demand(isObject(object), "is no JSON object");
  let [depth, members] = [0, 0];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    if (token === "{" || token === "[") depth++;
    if (token === "}" || token === "]") depth--;
    if (token === ":" && depth === 1) members++;
  }
  demand(members === Object.keys(object).length, "repeats a name");
  return object;
};

const ITEMS = ["account_holder", "account_holder_birthday", "account_number", "bank_name", "billing_organization", "service_type"];

// compareConsent compares a consent (K3100) that was signed, still encrypted, with
// the one that was asked for. Check the signature before. different names items, and
// never says their values.
export const compareConsent = (signed, asked, data) => {
  const found = parseSigned(data.decrypt(signed));
  const different = ITEMS.filter((name) => found[name] !== asked[name]);
  const nothingMore = Object.keys(found).every((name) => ITEMS.includes(name));
  return { agrees: different.length === 0 && nothingMore, different };
};

// documentData is what is sent of a document (K3500), and what is signed byte for
// byte: the text, or the Base64 of the SHA-256.
export const documentData = (form, document) =>
  form === "HASH" ? createHash("sha256").update(document).digest("base64") : decodeUTF8(document);

const completed = (answer, txID) => {
  answer.check(txID);
  const [result, status] = [answer.text("result"), answer.status];
  if ((!result && !status) || (result && result !== "Y") || (status && status !== "COMPLETED")) throw new Error("not signed");
};

// timeOf reads a point in time. One without a zone is UTC.
const timeOf = (text) => {
  const iso = text.replace(" ", "T");
  const time = new Date(/(Z|[+-]\d{2}:?\d{2})$/.test(iso) ? iso : iso + "Z");
  demand(!Number.isNaN(time.getTime()), "has a time that is none");
  return time;
};

// Session checks abbreviated signatures (K2220, K3220) with the temporary key
// that the user has signed. It accepts an order once: its data tells it from
// others, and not its signature, of which anybody can make a second one.
export class Session {
  #seen = new Set(); // a real one is a table that all servers share

  constructor(publicKey, start, end) {
    const point = publicKey.length === 65 && publicKey[0] === 4;
    const p256 = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex"); // before the point in a SubjectPublicKeyInfo
    this.key = createPublicKey({ key: point ? Buffer.concat([p256, publicKey]) : publicKey, format: "der", type: "spki" }); // on its curve, or it throws
    if (this.key.asymmetricKeyDetails?.namedCurve !== "prime256v1") throw new Error("must be a point on P-256");
    Object.assign(this, { start, end });
  }

  // open makes a session of the document that the user has signed. Key and
  // validity come from it alone, after its signature was checked.
  static open(document, txID, longestSeconds) {
    const fields = parseSigned(document);
    demand((fields.tx_id ?? txID) === txID, "is no document of this transaction");
    const [start, end] = [timeOf(fields.session_start_at), timeOf(fields.session_end_at)];
    demand(start < end && end - start <= longestSeconds * 1000, "is not valid for as long as was asked");
    return new Session(decodeBase64(fields.public_key), start, end);
  }

  accept(at, data, signature) {
    const digest = createHash("sha256").update(data).digest("hex");
    if (at < this.start || at >= this.end || !this.#signed(data, signature) || this.#seen.has(digest)) return false;
    this.#seen.add(digest);
    return true;
  }

  #signed(data, signature) {
    try {
      return verify("sha256", Buffer.from(data), { key: this.key, dsaEncoding: "der" }, decodeBase64(signature));
    } catch {
      return false; // malformed
    }
  }
}
