// Answers the portable vectors with kakaocert.mjs:
//
//   kakaocert vectors | node examples/node/vectors.mjs | kakaocert vectors -

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

import {
  Answer, PersonalData, Session, compareConsent, computeVID, decodeBase64, decodeUTF8, documentData, matchesVID, parseVID, serialOf, steps,
} from "./kakaocert.mjs";

const folder = mkdtempSync(join(tmpdir(), "vectors-"));
process.on("exit", () => rmSync(folder, { recursive: true }));

// orElse answers with what is thrown for, where the input must be refused.
const orElse = (refused, answer) => {
  try {
    return answer();
  } catch {
    return refused;
  }
};

// check has the command check a signature: it is strict where libraries are not.
const check = (input, content) => {
  const file = (name, bytes) => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  const expected = [input.detached ? "--detached" : "--content", file("content", content)];
  const args = ["verify", "--json", "--roots", file("roots.pem", input.roots), "--time", input.time, ...expected, "-"];
  const run = spawnSync("kakaocert", args, { input: decodeBase64(input.signed) });
  if (run.error || run.status > 1) throw run.error ?? new Error(`kakaocert verify ended with ${run.status}`);
  return JSON.parse(run.stdout);
};

const read = (input) => new Answer(input.http_status, input.body === undefined ? decodeBase64(input.body_base64) : Buffer.from(input.body));

const stepAnswers = {
  "k1100.prepare": (answer) => ({ tx_id: steps.prepared(answer) }),
  "k1100.request": (answer, input) => steps.requested(answer, input.tx_id),
  "k1100.status": (answer, input) => ({ status: steps.status(answer, input.tx_id) }),
  "k1100.verify": (answer, input, data) => {
    const { ci, vid } = steps.identity(answer, input.tx_id, input.nonce, data);
    return { nonce: input.nonce, ci, vid: vid && parseVID(vid).toString("hex") };
  },
  "k1100.signer": (answer, input, data) => steps.signer(answer, input.tx_id, data),
  "k3500.verify": (answer, input) => {
    const several = input.product === "K3511";
    const signatures = steps.signatures(answer, input.tx_id, several, several ? 2 : 1);
    return { signatures: signatures.map((each) => createHash("sha256").update(each).digest("hex")) };
  },
};

const parts = {
  cipher(input) {
    const data = new PersonalData(input.mode, decodeBase64(input.key), input.iv && decodeBase64(input.iv));
    if (input.plaintext !== undefined) return { ciphertext: data.encrypt(input.plaintext) };
    return orElse({ refused: true }, () => ({ plaintext: data.decrypt(input.ciphertext) }));
  },

  vid(input) {
    const serial = input.certificate ? serialOf(decodeBase64(input.certificate)) : Buffer.from(input.serial, "hex");
    if (input.vid !== undefined) return { same: orElse(false, () => matchesVID(input.vid, input.ci, serial)) };
    return orElse({ refused: true }, () => ({ vid: computeVID(input.ci, serial).toString("hex"), serial: serial.toString("hex") }));
  },

  cms(input) {
    const { verified, reason, defect, signer } = check(input, decodeBase64(input.content));
    if (verified && input.vid !== undefined && !matchesVID(input.vid, input.ci, Buffer.from(signer.serial, "hex"))) {
      return { verified: false, reason: "vid", defect: "vid-mismatch" };
    }
    return { verified, reason, defect };
  },

  errors(input) {
    const { code, message } = read(input);
    return { code, message };
  },

  answers(input) {
    const data = new PersonalData("ctr", decodeBase64(input.key), decodeBase64(input.iv));
    return orElse({ accepted: false }, () => ({ ...stepAnswers[input.operation](read(input), input, data), accepted: true }));
  },

  consent(input) {
    const content = decodeBase64(input.content);
    if (!check(input, content).verified) return { agrees: false };
    const data = new PersonalData("ctr", decodeBase64(input.key), decodeBase64(input.iv));
    return orElse({ agrees: false }, () => compareConsent(decodeUTF8(content), input.consent, data));
  },

  document(input) {
    const data = documentData(input.document_type, decodeBase64(input.file));
    if (input.signed === undefined) return { data };
    const { verified, reason, defect } = check(input, Buffer.from(data));
    return { verified, reason, defect };
  },

  session(input) {
    if (input.document !== undefined) {
      return orElse({ opened: false }, () => {
        const { start, end } = Session.open(input.document, input.tx_id, input.longest_seconds);
        const text = (time) => time.toISOString().replace(".000", "");
        return { opened: true, start_at: text(start), end_at: text(end) };
      });
    }
    const session = new Session(decodeBase64(input.public_key), new Date(input.start_at), new Date(input.end_at));
    return { accepted: input.orders.map(({ data, signature, at }) => session.accept(new Date(at), data, signature)) };
  },
};

const answers = {};
for (const { part, common, vectors } of JSON.parse(await text(process.stdin)).parts) {
  for (const { id, input } of vectors) {
    answers[id] = parts[part]?.({ ...common, ...input }) ?? { unsupported: true };
  }
}
console.log(JSON.stringify(answers));
