package kakaocert;

import java.nio.charset.CharacterCodingException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;

/** What is sent of a document (K3500). The user signs the bytes of this text, so the signature must be on them. */
final class Documents {
    private Documents() {}

    /** TEXT sends the document, HASH the Base64 of its SHA-256. */
    enum Form { TEXT, HASH }

    static String data(Form form, byte[] document) throws GeneralSecurityException, CharacterCodingException {
        return switch (form) {
            case TEXT -> Text.decodeUtf8(document);
            case HASH -> Text.encodeBase64(MessageDigest.getInstance("SHA-256").digest(document));
        };
    }
}
