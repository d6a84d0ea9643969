package kakaocert;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A signature on one document (K3510), fetched once, kept, checked, and compared with the person that was
 * asked. README.md in this folder says how to run it.
 */
public final class Contract {
    private Contract() {}

    private static final String TEXT = "제1조 (목적) 이 약정은 거래의 조건을 정합니다.";

    public static void main(String[] args) throws Exception {
        var environment = System.getenv();
        var settings = KakaoCert.Settings.from(environment);
        var client = new KakaoCert(KakaoCert.Service.DOCUMENT, settings);
        var person = new KakaoCert.Person("홍길동", "19900101", "01012345678"); // invented

        String txId = client.prepare(person);
        System.out.println("prepared:  " + txId);

        client.request(txId, Map.of(
                "title", "여신거래약정서", "document_type", "TEXT", "data", TEXT,
                "identify_items", List.of("NAME", "BIRTHDAY", "PHONE_NUMBER")));
        System.out.println("requested: sign on " + settings.base() + "/_sim/phone");

        client.await(txId, Duration.ofMinutes(5));
        Path file = Files.createTempDirectory("kakaocert").resolve(txId + ".json");
        Answer answer = client.verify(txId, file); // once
        System.out.println("kept:      " + file);

        byte[] signed = Steps.signatures(answer, txId, false, 1).get(0);
        var roots = Path.of(environment.get("KAKAOCERT_ROOTS")); // the contract's, and no others
        var verdict = new Signatures(roots).fetchRevocation().verify(signed, Text.utf8(TEXT));
        if (!verdict.verified()) {
            throw new KakaoCertException.SecurityEvent("the signature was refused: " + verdict.reason() + ", " + verdict.defect());
        }
        System.out.println("checked:   it is a signature on this document");

        compareVid(answer, verdict.serial(), settings.data());
        KakaoCert.compare(client.signer(txId), person);
        System.out.println("signer:    name, birthday and phone are the user's");
    }

    /** With CI in the contract, the certificate must be that person's. Without, signer info alone says who signed. */
    private static void compareVid(Answer answer, byte[] serial, PersonalData data) throws Exception {
        String ci = answer.text("ci");
        String vid = answer.text("vid");
        if (ci.isEmpty() && vid.isEmpty()) {
            return;
        }
        if (!Vid.matches(vid, data.decryptCi(ci), serial)) {
            throw new KakaoCertException.SecurityEvent("the certificate is somebody else's");
        }
        System.out.println("vid:       the certificate is the person's");
    }
}
