package kakaocert;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.HexFormat;

/** Text forms of bytes, as answers contain them. */
final class Text {
    private Text() {}

    /** Decodes Base64: standard or URL-safe, padded or not, in lines or not. */
    static byte[] decodeBase64(String text) {
        String plain = text.replaceAll("\\s", "").replace('-', '+').replace('_', '/');
        return Base64.getDecoder().decode(plain);
    }

    static String encodeBase64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    /** Decodes UTF-8 and refuses what is not, where {@code new String} would put a replacement. */
    static String decodeUtf8(byte[] bytes) throws CharacterCodingException {
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Reads a point in time. One without a zone is UTC. */
    static Instant instant(String text) {
        String iso = text.replace(' ', 'T');
        return OffsetDateTime.parse(iso.matches(".*(Z|[+-][0-9:]{4,6})") ? iso : iso + "Z").toInstant();
    }

    /** Compares in constant time. */
    static boolean same(String a, String b) {
        return MessageDigest.isEqual(utf8(a), utf8(b));
    }
}
