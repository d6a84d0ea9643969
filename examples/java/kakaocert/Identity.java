package kakaocert;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** An identity check (K1110): somebody proves who they are. README.md in this folder says how to run it. */
public final class Identity {
    private Identity() {}

    public static void main(String[] args) throws Exception {
        var settings = KakaoCert.Settings.from(System.getenv());
        var client = new KakaoCert(KakaoCert.Service.IDENTITY, settings);
        var person = new KakaoCert.Person("홍길동", "19900101", "01012345678"); // invented

        String txId = client.prepare(person);
        System.out.println("prepared:  " + txId); // keep it in the server's session, with the nonce

        String nonce = newNonce();
        client.request(txId, Map.of("data", nonce, "title", "본인확인", "identify_items", List.of("NAME", "BIRTHDAY", "PHONE_NUMBER")));
        System.out.println("requested: sign on " + settings.base() + "/_sim/phone");

        client.await(txId, Duration.ofMinutes(5));
        Path file = Files.createTempDirectory("kakaocert").resolve(txId + ".json");
        Steps.identity(client.verify(txId, file), txId, nonce, settings.data());
        System.out.println("verified:  it is this request's nonce");

        KakaoCert.compare(client.signer(txId), person);
        System.out.println("signer:    name, birthday and phone are the user's");
    }

    /** At most 40 characters, which nobody can guess. */
    private static String newNonce() {
        byte[] random = new byte[20];
        new SecureRandom().nextBytes(random);
        return HexFormat.of().formatHex(random);
    }
}
