package kakaocert;

import java.nio.charset.CharacterCodingException;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.spec.AlgorithmParameterSpec;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Encrypts personal data in calls and decrypts it in answers: AES-256 with the contract's key and IV.
 * CTR is what is known of this service; CBC and GCM are its relatives'.
 *
 * <p>CTR does not notice a wrong key or a changed text. So whatever was decrypted is checked for its
 * shape, and every failure is the same exception: it must not tell an attacker more.
 */
final class PersonalData {
    enum Mode { CTR, CBC, GCM }

    /** Whatever cannot be decrypted, or decrypts to something of another shape. */
    static final class CannotDecrypt extends Exception {
        CannotDecrypt() {
            super("cannot decrypt");
        }
    }

    private static final int GCM_NONCE = 12;
    private static final int GCM_TAG_BITS = 128;

    private final Mode mode;
    private final SecretKeySpec key;
    private final byte[] iv; // null for GCM, which has a nonce in front of each ciphertext

    PersonalData(Mode mode, byte[] key, byte[] iv) {
        if (key.length != 32 || mode != Mode.GCM && iv.length != 16) {
            throw new IllegalArgumentException("the key must be 32 bytes and the IV 16");
        }
        this.mode = mode;
        this.key = new SecretKeySpec(key, "AES");
        this.iv = iv;
    }

    /** Encrypts a text, in Base64 as it is sent. */
    String encrypt(String plain) {
        try {
            byte[] nonce = new byte[mode == Mode.GCM ? GCM_NONCE : 0];
            new SecureRandom().nextBytes(nonce);
            byte[] secret = cipher(Cipher.ENCRYPT_MODE, nonce).doFinal(Text.utf8(plain));
            byte[] sealed = Arrays.copyOf(nonce, nonce.length + secret.length);
            System.arraycopy(secret, 0, sealed, nonce.length, secret.length);
            return Text.encodeBase64(sealed);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no AES-256", e);
        }
    }

    /** Decrypts a text whose shape is not known. Use one of the methods below where it is. */
    String decrypt(String secretBase64) throws CannotDecrypt {
        try {
            byte[] secret = Text.decodeBase64(secretBase64);
            int nonce = mode == Mode.GCM ? GCM_NONCE : 0;
            if (secret.length < nonce || mode == Mode.CBC && secret.length == 0) { // doFinal passes no block at all
                throw new CannotDecrypt();
            }
            Cipher cipher = cipher(Cipher.DECRYPT_MODE, Arrays.copyOf(secret, nonce));
            return Text.decodeUtf8(cipher.doFinal(secret, nonce, secret.length - nonce));
        } catch (GeneralSecurityException | CharacterCodingException | IllegalArgumentException e) {
            throw new CannotDecrypt(); // without the cause
        }
    }

    String decryptName(String secret) throws CannotDecrypt {
        String name = decrypt(secret);
        return shaped(name, !name.isBlank() && name.length() <= 100 && name.codePoints().noneMatch(Character::isISOControl));
    }

    private static final DateTimeFormatter YYYYMMDD = DateTimeFormatter.ofPattern("uuuuMMdd").withResolverStyle(ResolverStyle.STRICT);

    String decryptBirthday(String secret) throws CannotDecrypt {
        String birthday = decrypt(secret);
        try {
            LocalDate.parse(birthday, YYYYMMDD);
        } catch (DateTimeParseException e) {
            throw new CannotDecrypt();
        }
        return birthday;
    }

    String decryptPhone(String secret) throws CannotDecrypt {
        String phone = decrypt(secret);
        return shaped(phone, phone.matches("[0-9]{10,11}"));
    }

    /** Decrypts a CI: 88 characters of Base64 for 64 bytes. */
    String decryptCi(String secret) throws CannotDecrypt {
        String ci = decrypt(secret).replaceAll("\\s", "");
        try {
            return shaped(ci, Text.encodeBase64(Text.decodeBase64(ci)).equals(ci) && ci.length() == 88);
        } catch (IllegalArgumentException e) {
            throw new CannotDecrypt();
        }
    }

    private static String shaped(String text, boolean good) throws CannotDecrypt {
        if (!good) {
            throw new CannotDecrypt();
        }
        return text;
    }

    private Cipher cipher(int direction, byte[] nonce) throws GeneralSecurityException {
        AlgorithmParameterSpec parameters = mode == Mode.GCM ? new GCMParameterSpec(GCM_TAG_BITS, nonce) : new IvParameterSpec(iv);
        Cipher cipher = Cipher.getInstance(switch (mode) {
            case CTR -> "AES/CTR/NoPadding";
            case CBC -> "AES/CBC/PKCS5Padding";
            case GCM -> "AES/GCM/NoPadding";
        });
        cipher.init(direction, key, parameters);
        return cipher;
    }
}
