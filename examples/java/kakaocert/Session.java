package kakaocert;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.EllipticCurve;
import java.security.spec.X509EncodedKeySpec;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Checks abbreviated signatures (K2220, K3220): for some hours a user's app signs orders with a temporary
 * key, which the user has signed once.
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
     * Opens a session with the document that the user has signed. Key and validity come from it alone, after
     * its signature was checked: it must be this transaction's, and no longer than was asked for.
     */
    static Session open(String document, String txId, Duration longest) throws KakaoCertException {
        Map<String, Object> fields;
        try {
            fields = Json.parseSigned(document);
            String own = fields == null ? "" : (String) fields.getOrDefault("tx_id", txId);
            if (!txId.equals(own)) {
                throw KakaoCertException.notUnderstood("is no document of this transaction");
            }
            Instant start = Text.instant((String) fields.getOrDefault("session_start_at", ""));
            Instant end = Text.instant((String) fields.getOrDefault("session_end_at", ""));
            if (!start.isBefore(end) || end.isAfter(start.plus(longest))) {
                throw KakaoCertException.notUnderstood("is not valid for as long as was asked");
            }
            return new Session(Text.decodeBase64((String) fields.getOrDefault("public_key", "")), start, end);
        } catch (GeneralSecurityException | IllegalArgumentException | DateTimeException | ClassCastException e) {
            throw KakaoCertException.notUnderstood("is no signed session");
        }
    }

    Instant start() {
        return start;
    }

    Instant end() {
        return end;
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
        AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
        parameters.init(new ECGenParameterSpec("secp256r1"));
        ECParameterSpec p256 = parameters.getParameterSpec(ECParameterSpec.class);
        PublicKey key;
        if (bytes.length == 65 && bytes[0] == 4) {
            var point = new ECPoint(
                    new BigInteger(1, Arrays.copyOfRange(bytes, 1, 33)), new BigInteger(1, Arrays.copyOfRange(bytes, 33, 65)));
            key = factory.generatePublic(new ECPublicKeySpec(point, p256));
        } else {
            key = factory.generatePublic(new X509EncodedKeySpec(bytes));
        }
        if (!(key instanceof ECPublicKey ec) || !ec.getParams().getCurve().equals(p256.getCurve()) || !isOn(p256.getCurve(), ec.getW())) {
            throw new InvalidKeyException("must be a point on P-256");
        }
        return key;
    }

    /** Whether y² = x³ + ax + b, which not every JDK asks. */
    private static boolean isOn(EllipticCurve curve, ECPoint point) {
        if (point.equals(ECPoint.POINT_INFINITY)) {
            return false;
        }
        BigInteger p = ((ECFieldFp) curve.getField()).getP();
        BigInteger x = point.getAffineX();
        BigInteger y = point.getAffineY();
        BigInteger right = x.multiply(x).add(curve.getA()).multiply(x).add(curve.getB());
        return x.compareTo(p) < 0 && y.compareTo(p) < 0 && y.multiply(y).subtract(right).mod(p).signum() == 0;
    }
}
