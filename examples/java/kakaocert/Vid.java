package kakaocert;

import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;

/**
 * VID binds a certificate to a person: SHA-256 of the CI's 64 bytes and the bytes of the certificate's
 * serial number.
 */
final class Vid {
    private static final int CI_BYTES = 64;
    private static final int VID_BYTES = 32;

    private Vid() {}

    /** The serial number's bytes as DER has them: a leading 00 is there where the top bit is set. */
    static byte[] serial(X509Certificate certificate) {
        BigInteger number = certificate.getSerialNumber();
        return number.toByteArray(); // do not strip a leading 00: it belongs to the VID
    }

    /** Computes the VID of a person, named by the CI in Base64, and a certificate. */
    static byte[] compute(String ci, byte[] serial) {
        byte[] bytes = Text.decodeBase64(ci);
        if (bytes.length != CI_BYTES) {
            throw new IllegalArgumentException("a CI must be Base64 of 64 bytes");
        }
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update(bytes);
            return sha256.digest(serial);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has SHA-256
        }
    }

    /** Reports whether a VID as an answer contains it, in hex or Base64, is that of the person and certificate. */
    static boolean matches(String vid, String ci, byte[] serial) {
        try {
            byte[] given = parse(vid);
            return given.length == VID_BYTES && MessageDigest.isEqual(given, compute(ci, serial));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Decodes the text form, which is not documented: hex or Base64. */
    static byte[] parse(String vid) {
        String plain = vid.replaceAll("\\s", "");
        return plain.matches("[0-9A-Fa-f]{64}") ? HexFormat.of().parseHex(plain) : Text.decodeBase64(plain);
    }
}
