package kakaocert;

import java.util.ArrayList;
import java.util.List;

/** What the answer to each step must say. An answer that does not say it is never success. */
final class Steps {
    private Steps() {}

    /** What verify says about an identity check. CI and VID are empty where the contract has no CI. */
    record Identity(String ci, String vid) {
        @Override
        public String toString() {
            return "[redacted]";
        }
    }

    /** Who signed; empty items were not asked for. Only for comparing, on the institution's server. */
    record Signer(String name, String birthday, String phone, String ci) {
        @Override
        public String toString() {
            return "[redacted]";
        }
    }

    static String prepared(Answer answer) throws KakaoCertException {
        answer.check("");
        String txId = answer.text("tx_id");
        if (!txId.matches("[!-~]{1,128}")) {
            throw KakaoCertException.notUnderstood("has no tx_id");
        }
        return txId;
    }

    static void requested(Answer answer, String txId) throws KakaoCertException {
        answer.check(txId);
        if (!answer.text("result").equals("Y")) {
            throw KakaoCertException.notUnderstood("does not say yes");
        }
    }

    static String status(Answer answer, String txId) throws KakaoCertException {
        answer.check(txId);
        String status = answer.status();
        if (status.isEmpty()) {
            throw KakaoCertException.notUnderstood("has no status");
        }
        return status;
    }

    /** Refuses an answer to verify that does not say yes. */
    private static void completed(Answer answer, String txId) throws KakaoCertException {
        answer.check(txId);
        String result = answer.text("result");
        String status = answer.status();
        boolean silent = result.isEmpty() && status.isEmpty();
        if (silent || !result.isEmpty() && !result.equals("Y") || !status.isEmpty() && !status.equals("COMPLETED")) {
            throw new KakaoCertException("not signed");
        }
    }

    /** The nonce that comes back must be the one that this session has sent. */
    static Identity identity(Answer answer, String txId, String nonce, PersonalData data) throws KakaoCertException {
        completed(answer, txId);
        String signed = answer.agreed("data", "signed_data", "request_token");
        if (signed.isEmpty()) {
            throw KakaoCertException.notUnderstood("has no nonce");
        }
        if (!Text.same(signed, nonce)) {
            throw new KakaoCertException.SecurityEvent("another nonce was signed");
        }
        try {
            String ci = answer.text("ci");
            return new Identity(ci.isEmpty() ? "" : data.decryptCi(ci), answer.text("vid"));
        } catch (PersonalData.CannotDecrypt e) {
            throw KakaoCertException.notUnderstood("the CI cannot be decrypted");
        }
    }

    /** The signatures on the documents, in their order: CMS SignedData, not checked yet. */
    static List<byte[]> signatures(Answer answer, String txId, boolean several, int documents) throws KakaoCertException {
        completed(answer, txId);
        var texts = new ArrayList<String>();
        if (several) {
            for (Object element : answer.list("signed_documents")) {
                var object = Json.object(element);
                texts.add(object != null && object.get("signed_document") instanceof String text ? text : "");
            }
        } else {
            texts.add(answer.text("signed_data", "signed_document"));
        }
        if (texts.size() != documents || texts.contains("")) {
            throw KakaoCertException.notUnderstood("must have a signature for each document");
        }
        try {
            return texts.stream().map(Text::decodeBase64).toList();
        } catch (IllegalArgumentException e) {
            throw KakaoCertException.notUnderstood("a signature is not Base64");
        }
    }

    static Signer signer(Answer answer, String txId, PersonalData data) throws KakaoCertException {
        answer.check(txId);
        String name = answer.text("name");
        String birthday = answer.text("birthday");
        String phone = answer.text("phone_number", "phone_no");
        String ci = answer.text("ci");
        try {
            return new Signer(
                    name.isEmpty() ? "" : data.decryptName(name),
                    birthday.isEmpty() ? "" : data.decryptBirthday(birthday),
                    phone.isEmpty() ? "" : data.decryptPhone(phone),
                    ci.isEmpty() ? "" : data.decryptCi(ci));
        } catch (PersonalData.CannotDecrypt e) {
            throw KakaoCertException.notUnderstood("an item cannot be decrypted");
        }
    }
}
