package kakaocert;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * Checks abbreviated signatures (K2220, K3220): for some hours a user's app signs orders with a temporary
 * key, which the user has signed once. Key and validity must come from that signed document, after its
 * signature was checked.
 */
final class Session {
    private final PublicKey key;
    private final Instant start;
    private final Instant end;
    private final Set<String> seen = new HashSet<>(); // a real one is a table that all servers share

    Session(byte[] publicKey, Instant start, Instant end) throws GeneralSecurityException {
        this.key = readKey(publicKey);
        this.start = start;
        this.end = end;
    }

    /**
     * Accepts an order once. Its data tells it from others, and not its signature: from one signature
     * anybody can make a second one that is good too.
     */
    synchronized boolean accept(Instant at, byte[] data, String signature) throws GeneralSecurityException {
        return !at.isBefore(start) && at.isBefore(end) && isSigned(data, signature) && seen.add(digest(data));
    }

    private boolean isSigned(byte[] data, String signature) throws GeneralSecurityException {
        Signature ecdsa = Signature.getInstance("SHA256withECDSA"); // over ASN.1 DER, not r and s alone
        ecdsa.initVerify(key);
        ecdsa.update(data);
        try {
            return ecdsa.verify(Text.decodeBase64(signature));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return false; // malformed
        }
    }

    private static String digest(byte[] data) throws GeneralSecurityException {
        return Text.hex(MessageDigest.getInstance("SHA-256").digest(data));
    }

    /** Reads a P-256 key: a SubjectPublicKeyInfo, or the bare uncompressed point. */
    private static PublicKey readKey(byte[] bytes) throws GeneralSecurityException {
        KeyFactory factory = KeyFactory.getInstance("EC");
        if (bytes.length != 65 || bytes[0] != 4) {
            return factory.generatePublic(new X509EncodedKeySpec(bytes));
        }
        AlgorithmParameters p256 = AlgorithmParameters.getInstance("EC");
        p256.init(new ECGenParameterSpec("secp256r1"));
        var point = new ECPoint(
                new BigInteger(1, Arrays.copyOfRange(bytes, 1, 33)), new BigInteger(1, Arrays.copyOfRange(bytes, 33, 65)));
        return factory.generatePublic(new ECPublicKeySpec(point, p256.getParameterSpec(ECParameterSpec.class)));
    }
}
