package kakaocert;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPInputStream;

/**
 * An answer as it came. Hosts speak in more than one way: fields may be at the top or inside "data", and
 * have other names. What is looked for, is looked for at the top and then inside.
 */
final class Answer {
    private static final int MAX_BYTES = 64 << 20;
    private static final Set<String> STATUSES = Set.of("PREPARED", "REQUESTED", "COMPLETED", "EXPIRED", "REJECTED");
    private static final List<String> CODES = List.of("code", "error_code", "errorCode", "errcode", "error");
    private static final List<String> MESSAGES =
            List.of("message", "error_message", "errorMessage", "errmsg", "msg", "error_description", "error_detail");

    private final int httpStatus;
    private final Map<String, Object> top; // null where the answer is no JSON object
    private final Map<String, Object> data;
    private final Map<String, Object> error;

    private Answer(int httpStatus, Map<String, Object> top) {
        this.httpStatus = httpStatus;
        this.top = top;
        this.data = inside(top, "data");
        this.error = inside(top, "error");
    }

    /** Reads a body, compressed or not, with a byte order mark or without. */
    static Answer read(int httpStatus, byte[] body) {
        Object value;
        try {
            String text = Text.decodeUtf8(unpacked(body));
            value = Json.parse(text.startsWith("\ufeff") ? text.substring(1) : text);
        } catch (IOException | IllegalArgumentException e) {
            value = null;
        }
        return new Answer(httpStatus, Json.object(value));
    }

    private static byte[] unpacked(byte[] body) throws IOException {
        if (body.length < 2 || body[0] != 0x1f || body[1] != (byte) 0x8b) {
            return body;
        }
        try (var in = new GZIPInputStream(new ByteArrayInputStream(body))) {
            byte[] plain = in.readNBytes(MAX_BYTES + 1);
            if (plain.length > MAX_BYTES) {
                throw new IOException("answer is too large");
            }
            return plain;
        }
    }

    private static Map<String, Object> inside(Map<String, Object> object, String name) {
        return object == null ? null : Json.object(object.get(name));
    }

    /** Refuses what is no success: an error code, a server's error, no object, another transaction's. */
    void check(String txId) throws KakaoCertException {
        if (!code().isEmpty() || httpStatus < 200 || httpStatus > 299) {
            throw KakaoCertException.refused(httpStatus, code());
        }
        if (top == null) {
            throw KakaoCertException.notUnderstood("is no JSON object");
        }
        for (var names : List.of(List.of("tx_id"), List.of("result"), List.of("ci"), List.of("vid"), List.of("signed_data", "signed_document"))) {
            agree(text(top, names), text(data, names));
        }
        String outer = text(top, List.of("status"));
        String inner = text(data, List.of("status"));
        if (STATUSES.contains(outer) && STATUSES.contains(inner)) {
            agree(outer, inner);
        }
        String own = text("tx_id");
        if (!txId.isEmpty() && !own.isEmpty() && !own.equals(txId)) {
            throw KakaoCertException.notUnderstood("is about another transaction");
        }
    }

    private static void agree(String outer, String inner) throws KakaoCertException {
        if (!outer.isEmpty() && !inner.isEmpty() && !outer.equals(inner)) {
            throw KakaoCertException.notUnderstood("says two things at once");
        }
    }

    /** The first of the names that is there as text, at the top and then inside data; else empty. */
    String text(String... names) {
        String found = text(top, List.of(names));
        return found.isEmpty() ? text(data, List.of(names)) : found;
    }

    /** As text, but an answer whose two places differ is refused. */
    String agreed(String... names) throws KakaoCertException {
        agree(text(top, List.of(names)), text(data, List.of(names)));
        return text(names);
    }

    /** How far the transaction is. A status that is not known may be a relay's own, with Kakao's inside. */
    String status() {
        String outer = text(top, List.of("status"));
        String inner = text(data, List.of("status"));
        return outer.isEmpty() || STATUSES.contains(inner) && !STATUSES.contains(outer) ? inner : outer;
    }

    List<?> list(String name) {
        List<?> found = top == null ? List.of() : Json.list(top.get(name));
        return found.isEmpty() && data != null ? Json.list(data.get(name)) : found;
    }

    /** The error code, or empty. It says what an error means; the HTTP status does not. */
    String code() {
        String other = "";
        for (var place : Arrays.asList(top, data, error)) { // some are null
            for (String name : CODES) {
                String text = text(place, List.of(name));
                if (text.matches("E[0-9]{4}")) {
                    return text;
                }
                if (other.isEmpty() && isCode(text)) {
                    other = text;
                }
            }
        }
        return httpStatus < 300 ? "" : other;
    }

    /** Reports that the same call may succeed later. */
    boolean isTransient() {
        String code = code();
        boolean known = code.matches("E[0-9]{4}");
        return code.equals("E0001") || !known && (httpStatus >= 500 || Set.of(408, 421, 425, 429).contains(httpStatus));
    }

    private static boolean isCode(String text) {
        boolean success = Set.of("0", "200", "OK", "SUCCESS").contains(text.toUpperCase(Locale.ROOT));
        long digits = text.chars().filter(Character::isDigit).count(); // six may be a birthday
        return text.matches("[A-Za-z0-9_-]{1,32}") && digits < 6 && !success;
    }

    /** The service's own words about an error. They may quote what was sent: never log them. */
    String message() {
        for (var place : Arrays.asList(top, data, error)) { // some are null
            String words = text(place, MESSAGES);
            if (!words.isEmpty()) {
                return words;
            }
        }
        return "";
    }

    private static String text(Map<String, Object> place, List<String> names) {
        if (place == null) {
            return "";
        }
        for (String name : names) {
            Object value = place.get(name);
            if (value instanceof String string && !string.isEmpty()) {
                return string;
            }
            if (value instanceof Double number) {
                return number == Math.rint(number) ? String.valueOf(number.longValue()) : number.toString();
            }
        }
        return "";
    }
}
