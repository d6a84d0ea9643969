package kakaocert;

import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The consent to withdrawals from an account (K3100): six items, which the user signs encrypted. */
final class Consent {
    private Consent() {}

    static final List<String> ITEMS = List.of(
            "account_holder", "account_holder_birthday", "account_number", "bank_name", "billing_organization", "service_type");

    /** How a signed consent compares with the one that was asked for: items are named, and their values are not. */
    record Comparison(boolean agrees, List<String> different) {}

    /**
     * Compares what was signed with what was asked for, item by item. Check the signature before. The signed
     * object must contain the six items and nothing else.
     */
    static Comparison compare(byte[] signed, Map<String, Object> asked, PersonalData data) throws KakaoCertException {
        Map<String, Object> found;
        try {
            found = Json.parseSigned(data.decrypt(Text.decodeUtf8(signed)));
        } catch (CharacterCodingException | PersonalData.CannotDecrypt | IllegalArgumentException e) {
            throw KakaoCertException.notUnderstood("is no consent");
        }
        if (found == null) {
            throw KakaoCertException.notUnderstood("is no consent");
        }
        var different = new ArrayList<String>();
        for (String item : ITEMS) {
            if (!asked.get(item).equals(found.get(item))) {
                different.add(item);
            }
        }
        return new Comparison(different.isEmpty() && ITEMS.containsAll(found.keySet()), different);
    }
}
