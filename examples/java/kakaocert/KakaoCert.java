package kakaocert;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * A client of the KakaoTalk Certification Service for one of its services: prepare, request, status,
 * verify, signer info. It is safe for use by several threads.
 *
 * <p>Where a path or a name is not public, it is what the Go package assumes: docs/assumptions.md.
 */
final class KakaoCert {
    private static final Duration TRY = Duration.ofSeconds(10);
    private static final Duration VERIFY = Duration.ofSeconds(60);
    private static final int MAX_BYTES = 1 << 20;
    private static final int TRIES = 3;

    /** A service, with the product whose message comes through KakaoTalk's channel. */
    enum Service {
        IDENTITY("K1110", "/sign/v2/"),
        DOCUMENT("K3510", "/sign/doc/v1/");

        private final String product;
        private final String path;

        Service(String product, String path) {
            this.product = product;
            this.path = path;
        }
    }

    /** What the contract gives, read from the variables that {@code kakaocert sim} prints. */
    record Settings(String base, String dealerKey, String institutionKey, String settleId, PersonalData data, boolean production) {
        static Settings from(Map<String, String> environment) {
            boolean production = "production".equals(environment.get("KAKAOCERT_ENV"));
            String host = production ? "https://cert-sign.kakao.com" : "https://cbt-cert-sign.kakao.com";
            byte[] key = Text.decodeBase64(required(environment, "KAKAOCERT_ENC_KEY"));
            byte[] iv = Text.decodeBase64(required(environment, "KAKAOCERT_ENC_IV"));
            return new Settings(
                    environment.getOrDefault("KAKAOCERT_BASE_URL", host),
                    required(environment, "KAKAOCERT_DEALER_KEY"),
                    required(environment, "KAKAOCERT_INSTITUTION_KEY"),
                    required(environment, "KAKAOCERT_SETTLE_ID"),
                    new PersonalData(PersonalData.Mode.CTR, key, iv),
                    production);
        }

        private static String required(Map<String, String> environment, String name) {
            String value = environment.get(name);
            if (value == null || value.isEmpty()) {
                throw new IllegalArgumentException(name + " is not set: kakaocert sim prints it");
            }
            return value;
        }

        @Override
        public String toString() {
            return "[redacted]";
        }
    }

    /** Who is asked to sign. */
    record Person(String name, String birthday, String phone) {
        @Override
        public String toString() {
            return "[redacted]";
        }
    }

    private final Service service;
    private final Settings settings;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER) // a redirect would carry the keys elsewhere
            .connectTimeout(TRY)
            .build();

    KakaoCert(Service service, Settings settings) {
        this.service = service;
        this.settings = settings;
    }

    /** Opens a transaction and returns its tx_id. Kakao looks the person up now. */
    String prepare(Person person) throws KakaoCertException, InterruptedException {
        PersonalData data = settings.data();
        var body = Map.of(
                "settle_id", settings.settleId(),
                "type", "PERSONAL_INFO",
                "name", data.encrypt(person.name()),
                "birthday", data.encrypt(person.birthday()),
                "phone_no", data.encrypt(person.phone()));
        String product = service.product + (settings.production() ? "" : "T"); // the test host wants the T
        return Steps.prepared(repeated("prepare/" + product, "", body)); // a transaction more disturbs nobody
    }

    /**
     * Sends the person a message. It is never sent twice: where the answer is lost, status says what
     * became of it.
     */
    void request(String txId, Map<String, Object> fields) throws KakaoCertException, InterruptedException {
        var body = new HashMap<>(fields);
        body.put("tx_id", txId);
        KakaoCertException lost;
        try {
            Answer answer = call("request", "", body);
            try {
                Steps.requested(answer, txId);
                return;
            } catch (KakaoCertException e) {
                if (!Set.of("", "E0001", "E2004").contains(e.code())) {
                    throw e;
                }
                lost = e;
            }
        } catch (IOException e) {
            lost = new KakaoCertException.OutcomeUnknown("request");
        }
        if (!Set.of("REQUESTED", "COMPLETED").contains(status(txId))) {
            throw lost;
        }
    }

    /** Asks how far the person is. */
    String status(String txId) throws KakaoCertException, InterruptedException {
        return Steps.status(repeated("status", txId, null), txId);
    }

    /** Waits until the person has signed. Anything else is an exception. */
    void await(String txId, Duration limit) throws KakaoCertException, InterruptedException {
        Instant end = Instant.now().plus(limit);
        while (true) {
            String status = status(txId);
            switch (status) {
                case "COMPLETED":
                    return;
                case "EXPIRED", "REJECTED":
                    throw new KakaoCertException("the user did not sign: " + status);
                default:
                    if (Instant.now().isAfter(end)) {
                        throw new KakaoCertException("the user has not signed in time");
                    }
            }
            Thread.sleep(1000);
        }
    }

    /**
     * Fetches what was signed. Kakao hands it over once and deletes it, so the file is there before the
     * call is sent, and has every byte before anything else is done with it.
     *
     * <p>A lost answer is {@link KakaoCertException.OutcomeUnknown}: a person decides what to do then,
     * and not a loop.
     */
    Answer verify(String txId, Path file) throws KakaoCertException, InterruptedException {
        try (var evidence = new Evidence(file)) {
            HttpRequest once = message("verify", txId, VERIFY).method("GET", new Once()).build();
            HttpResponse<InputStream> response = http.send(once, BodyHandlers.ofInputStream());
            byte[] body = evidence.keep(response.body());
            return Answer.read(response.statusCode(), body);
        } catch (IOException e) {
            throw new KakaoCertException.OutcomeUnknown("verify");
        }
    }

    /** Asks who signed, as far as request asked for it. */
    Steps.Signer signer(String txId) throws KakaoCertException, InterruptedException {
        return Steps.signer(repeated("signer", txId, null), txId, settings.data());
    }

    /** Compares the signer with the person that was asked. */
    static void compare(Steps.Signer signer, Person person) throws KakaoCertException {
        boolean same = Text.same(signer.name(), person.name())
                & Text.same(signer.birthday(), person.birthday())
                & Text.same(signer.phone(), person.phone());
        if (!same) {
            throw new KakaoCertException.SecurityEvent("the signer is somebody else");
        }
    }

    /** For calls that do no harm when they are sent twice: tries again what may pass. */
    private Answer repeated(String step, String txId, Map<String, ?> body) throws KakaoCertException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            boolean last = attempt == TRIES;
            try {
                Answer answer = call(step, txId, body);
                if (last || !answer.isTransient()) {
                    return answer;
                }
            } catch (IOException e) {
                if (last) {
                    throw new KakaoCertException(step.replaceAll("/.*", "") + ": no answer");
                }
            }
            Thread.sleep(200L * attempt);
        }
    }

    /** The one path of every call but verify's. */
    private Answer call(String step, String txId, Map<String, ?> body) throws IOException, InterruptedException {
        var request = message(step, txId, TRY);
        if (body != null) {
            request.header("Content-Type", "application/json").POST(BodyPublishers.ofString(Json.write(body)));
        }
        var response = http.send(request.build(), BodyHandlers.ofInputStream());
        try (var in = response.body()) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new IOException("answer is too large");
            }
            return Answer.read(response.statusCode(), bytes);
        }
    }

    private HttpRequest.Builder message(String step, String txId, Duration limit) {
        String query = txId.isEmpty() ? "" : "?tx_id=" + URLEncoder.encode(txId, StandardCharsets.UTF_8);
        return HttpRequest.newBuilder(URI.create(settings.base() + service.path + step + query))
                .timeout(limit)
                .header("Authorization", "KakaoAK " + settings.dealerKey())
                .header("Target-Authorization", "KakaoAK " + settings.institutionKey());
    }
}
