// An identity check (K1110) from Node 18 or later, without packages. In one
// terminal `go run ./cmd/kakaocert sim | tee sim.env`, in another
// `. ./sim.env && node examples/node/identity.mjs`; then sign on the phone page.

import { createCipheriv, createDecipheriv, randomBytes, timingSafeEqual } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

const person = { name: "홍길동", birthday: "19900101", phone_no: "01012345678" }; // invented

const environment = (name) => {
  const value = process.env["KAKAOCERT_" + name];
  if (!value) throw new Error(`KAKAOCERT_${name} is not set: kakaocert sim prints it`);
  return value;
};

// With the simulator's address there is nobody real to ask.
const base = environment("BASE_URL");
const key = Buffer.from(environment("ENC_KEY"), "base64");
const iv = Buffer.from(environment("ENC_IV"), "base64");
const product = process.env.KAKAOCERT_ENV === "production" ? "K1110" : "K1110T"; // the test host wants the T

const encrypt = (text) => {
  const cipher = createCipheriv("aes-256-ctr", key, iv);
  return Buffer.concat([cipher.update(text, "utf8"), cipher.final()]).toString("base64");
};

const decrypt = (text) => {
  const cipher = createDecipheriv("aes-256-ctr", key, iv);
  return Buffer.concat([cipher.update(text, "base64"), cipher.final()]).toString("utf8");
};

const same = (a, b) => {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
};

// call is the one path of every step. What an error means is told by its code,
// not by the HTTP status; the service's own words may quote what was sent.
const call = async (step, { body, query = "" }) => {
  const answer = await fetch(`${base}/sign/v2/${step}${query}`, {
    method: body ? "POST" : "GET",
    headers: {
      "Authorization": "KakaoAK " + environment("DEALER_KEY"),
      "Target-Authorization": "KakaoAK " + environment("INSTITUTION_KEY"),
      ...(body && { "Content-Type": "application/json" }),
    },
    body: body && JSON.stringify(body),
    redirect: "error", // it would carry the keys elsewhere
    signal: AbortSignal.timeout(10_000),
  });
  const fields = await answer.json();
  if (!answer.ok) throw new Error(`${step}: ${fields.code ?? "no code"} (HTTP ${answer.status})`);
  return fields;
};

const { tx_id } = await call(`prepare/${product}`, {
  body: {
    settle_id: environment("SETTLE_ID"),
    type: "PERSONAL_INFO",
    name: encrypt(person.name),
    birthday: encrypt(person.birthday),
    phone_no: encrypt(person.phone_no),
  },
});
const query = "?tx_id=" + encodeURIComponent(tx_id);
console.log("prepared: ", tx_id); // keep it in the server's session, with the nonce

const nonce = randomBytes(20).toString("hex"); // at most 40 characters
await call("request", { body: { tx_id, data: nonce, identify_items: ["NAME", "BIRTHDAY", "PHONE_NUMBER"] } });
console.log("requested:", `sign on ${base}/_sim/phone`);

let status;
do {
  await sleep(1000);
  ({ status } = await call("status", { query }));
} while (status === "PREPARED" || status === "REQUESTED");
if (status !== "COMPLETED") throw new Error(`the user did not sign: ${status}`);

const result = await call("verify", { query }); // comes once
if (result.result !== "Y" || !same(result.data, nonce)) throw new Error("another nonce was signed");
console.log("verified: ", "it is this request's nonce");

const signer = await call("signer", { query });
const expected = { name: person.name, birthday: person.birthday, phone_number: person.phone_no };
for (const [item, value] of Object.entries(expected)) {
  if (!signer[item] || !same(decrypt(signer[item]), value)) throw new Error(`the signer's ${item} differs`);
}
console.log("signer:   ", "name, birthday and phone are the user's");
