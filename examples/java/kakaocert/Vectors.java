package kakaocert;

import java.io.ByteArrayInputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Answers the portable vectors with the classes of this folder:
 *
 * <pre>kakaocert vectors | java -cp out kakaocert.Vectors | kakaocert vectors -</pre>
 */
public final class Vectors {
    private Vectors() {}

    private static final Map<String, Object> REFUSED = Map.of("refused", true);

    public static void main(String[] args) throws Exception {
        var questions = Json.object(Json.parse(Text.decodeUtf8(System.in.readAllBytes())));
        var answers = new LinkedHashMap<String, Object>();
        for (Object element : Json.list(questions.get("parts"))) {
            var part = Json.object(element);
            for (Object each : Json.list(part.get("vectors"))) {
                var vector = Json.object(each);
                var input = new HashMap<String, Object>();
                if (part.get("common") != null) {
                    input.putAll(Json.object(part.get("common")));
                }
                input.putAll(Json.object(vector.get("input")));
                answers.put((String) vector.get("id"), answer((String) part.get("part"), new Input(input)));
            }
        }
        new PrintStream(System.out, true, StandardCharsets.UTF_8).println(Json.write(answers));
    }

    /** The input of a vector. */
    private record Input(Map<String, Object> fields) {
        boolean has(String name) {
            return fields.containsKey(name);
        }

        String text(String name) {
            return (String) fields.getOrDefault(name, "");
        }

        byte[] base64(String name) {
            return Text.decodeBase64(text(name));
        }

        Answer answer() {
            byte[] body = has("body") ? Text.utf8(text("body")) : base64("body_base64");
            return Answer.read(((Double) fields.get("http_status")).intValue(), body);
        }
    }

    private static Map<String, Object> answer(String part, Input input) throws Exception {
        return switch (part) {
            case "cipher" -> cipher(input);
            case "vid" -> vid(input);
            case "cms" -> cms(input);
            case "errors" -> Map.of("code", input.answer().code(), "message", input.answer().message());
            case "answers" -> step(input);
            case "session" -> session(input);
            case "consent" -> consent(input);
            case "document" -> document(input);
            default -> Map.of("unsupported", true);
        };
    }

    private static Map<String, Object> cipher(Input input) {
        var mode = PersonalData.Mode.valueOf(input.text("mode").toUpperCase(Locale.ROOT));
        var data = new PersonalData(mode, input.base64("key"), input.base64("iv"));
        if (input.has("plaintext")) {
            return Map.of("ciphertext", data.encrypt(input.text("plaintext")));
        }
        try {
            return Map.of("plaintext", data.decrypt(input.text("ciphertext")));
        } catch (PersonalData.CannotDecrypt e) {
            return REFUSED;
        }
    }

    private static Map<String, Object> vid(Input input) throws Exception {
        byte[] serial;
        if (input.has("certificate")) {
            var factory = CertificateFactory.getInstance("X.509");
            var certificate = factory.generateCertificate(new ByteArrayInputStream(input.base64("certificate")));
            serial = Vid.serial((X509Certificate) certificate);
        } else {
            serial = HexFormat.of().parseHex(input.text("serial"));
        }
        if (input.has("vid")) {
            return Map.of("same", Vid.matches(input.text("vid"), input.text("ci"), serial));
        }
        try {
            return Map.of("vid", Text.hex(Vid.compute(input.text("ci"), serial)), "serial", Text.hex(serial));
        } catch (IllegalArgumentException e) {
            return REFUSED;
        }
    }

    /** Checks the signature of a vector on a content. */
    private static Signatures.Verdict check(Input input, byte[] content) throws Exception {
        Path roots = Files.createTempFile("roots", ".pem");
        try {
            Files.writeString(roots, input.text("roots"));
            var signatures = new Signatures(roots).at(input.text("time"));
            byte[] signed = input.base64("signed");
            boolean detached = Boolean.TRUE.equals(input.fields().get("detached"));
            return detached ? signatures.verifyDetached(signed, content) : signatures.verify(signed, content);
        } finally {
            Files.delete(roots);
        }
    }

    private static Map<String, Object> said(Signatures.Verdict verdict) {
        return Map.of("verified", verdict.verified(), "reason", verdict.reason(), "defect", verdict.defect());
    }

    private static Map<String, Object> cms(Input input) throws Exception {
        var verdict = check(input, input.base64("content"));
        if (verdict.verified() && input.has("vid") && !Vid.matches(input.text("vid"), input.text("ci"), verdict.serial())) {
            return Map.of("verified", false, "reason", "vid", "defect", "vid-mismatch");
        }
        return said(verdict);
    }

    private static Map<String, Object> consent(Input input) throws Exception {
        byte[] content = input.base64("content");
        if (!check(input, content).verified()) {
            return Map.of("agrees", false);
        }
        var data = new PersonalData(PersonalData.Mode.CTR, input.base64("key"), input.base64("iv"));
        try {
            var compared = Consent.compare(content, Json.object(input.fields().get("consent")), data);
            return Map.of("agrees", compared.agrees(), "different", compared.different());
        } catch (KakaoCertException e) {
            return Map.of("agrees", false);
        }
    }

    private static Map<String, Object> document(Input input) throws Exception {
        String data = Documents.data(Documents.Form.valueOf(input.text("document_type")), input.base64("file"));
        return input.has("signed") ? said(check(input, Text.utf8(data))) : Map.of("data", data);
    }

    private static Map<String, Object> step(Input input) throws Exception {
        var data = new PersonalData(PersonalData.Mode.CTR, input.base64("key"), input.base64("iv"));
        Answer answer = input.answer();
        String txId = input.text("tx_id");
        var fields = new HashMap<String, Object>();
        try {
            switch (input.text("operation")) {
                case "k1100.prepare" -> fields.put("tx_id", Steps.prepared(answer));
                case "k1100.request" -> Steps.requested(answer, txId);
                case "k1100.status" -> fields.put("status", Steps.status(answer, txId));
                case "k1100.verify" -> {
                    var identity = Steps.identity(answer, txId, input.text("nonce"), data);
                    fields.put("nonce", input.text("nonce"));
                    fields.put("ci", identity.ci());
                    fields.put("vid", identity.vid().isEmpty() ? "" : Text.hex(Vid.parse(identity.vid())));
                }
                case "k3500.verify" -> {
                    boolean several = input.text("product").equals("K3511");
                    var digests = new ArrayList<String>();
                    for (byte[] signed : Steps.signatures(answer, txId, several, several ? 2 : 1)) {
                        digests.add(Text.hex(MessageDigest.getInstance("SHA-256").digest(signed)));
                    }
                    fields.put("signatures", digests);
                }
                case "k1100.signer" -> {
                    var signer = Steps.signer(answer, txId, data);
                    fields.putAll(Map.of("name", signer.name(), "birthday", signer.birthday(), "phone", signer.phone(), "ci", signer.ci()));
                }
                default -> {
                    return Map.of("unsupported", true);
                }
            }
        } catch (KakaoCertException e) {
            return Map.of("accepted", false);
        }
        fields.put("accepted", true);
        return fields;
    }

    private static Map<String, Object> session(Input input) throws Exception {
        if (input.has("document")) {
            var longest = Duration.ofSeconds(((Double) input.fields().get("longest_seconds")).longValue());
            try {
                var opened = Session.open(input.text("document"), input.text("tx_id"), longest);
                return Map.of("opened", true, "start_at", opened.start().toString(), "end_at", opened.end().toString());
            } catch (KakaoCertException e) {
                return Map.of("opened", false);
            }
        }
        var session = new Session(input.base64("public_key"), Instant.parse(input.text("start_at")), Instant.parse(input.text("end_at")));
        List<Boolean> accepted = new ArrayList<>();
        for (Object element : Json.list(input.fields().get("orders"))) {
            var order = new Input(Json.object(element));
            accepted.add(session.accept(Instant.parse(order.text("at")), Text.utf8(order.text("data")), order.text("signature")));
        }
        return Map.of("accepted", accepted);
    }
}
