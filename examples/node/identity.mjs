// An identity check (K1110) from Node 18 or later, without packages. In one
// terminal `go run ./cmd/kakaocert sim | tee sim.env`, in another
// `. ./sim.env && node examples/node/identity.mjs`; then sign on the phone page.

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { Answer, PersonalData, decodeBase64, same, steps } from "./kakaocert.mjs";

const person = { name: "홍길동", birthday: "19900101", phone: "01012345678" }; // invented

const environment = (name) => {
  const value = process.env["KAKAOCERT_" + name];
  if (!value) throw new Error(`KAKAOCERT_${name} is not set: kakaocert sim prints it`);
  return value;
};

// With the simulator's address there is nobody real to ask.
const base = environment("BASE_URL");
const data = new PersonalData("ctr", decodeBase64(environment("ENC_KEY")), decodeBase64(environment("ENC_IV")));
const product = process.env.KAKAOCERT_ENV === "production" ? "K1110" : "K1110T"; // the test host wants the T

// call is the one path of every step.
const call = async (step, { body, query = "" }) => {
  const response = await fetch(`${base}/sign/v2/${step}${query}`, {
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
  return new Answer(response.status, Buffer.from(await response.arrayBuffer()));
};

const txID = steps.prepared(
  await call(`prepare/${product}`, {
    body: {
      settle_id: environment("SETTLE_ID"),
      type: "PERSONAL_INFO",
      name: data.encrypt(person.name),
      birthday: data.encrypt(person.birthday),
      phone_no: data.encrypt(person.phone),
    },
  }),
);
const query = "?tx_id=" + encodeURIComponent(txID);
console.log("prepared: ", txID); // keep it in the server's session, with the nonce

// A request is never sent twice: where its answer is lost, ask status.
const nonce = randomBytes(20).toString("hex"); // at most 40 characters
steps.requested(await call("request", { body: { tx_id: txID, data: nonce, identify_items: ["NAME", "BIRTHDAY", "PHONE_NUMBER"] } }), txID);
console.log("requested:", `sign on ${base}/_sim/phone`);

let status;
do {
  await sleep(1000);
  status = steps.status(await call("status", { query }), txID);
} while (status === "PREPARED" || status === "REQUESTED");
if (status !== "COMPLETED") throw new Error(`the user did not sign: ${status}`);

steps.identity(await call("verify", { query }), txID, nonce, data); // comes once
console.log("verified: ", "it is this request's nonce");

const signer = steps.signer(await call("signer", { query }), txID, data);
for (const [item, value] of Object.entries(person)) {
  if (!same(signer[item], value)) throw new Error(`the signer's ${item} differs`); // a security event
}
console.log("signer:   ", "name, birthday and phone are the user's");
