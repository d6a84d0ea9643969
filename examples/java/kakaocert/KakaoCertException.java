package kakaocert;

/** A step that did not succeed. Its message contains no personal data and nothing of the other side's words. */
class KakaoCertException extends Exception {
    private final String code;

    KakaoCertException(String message) {
        this(message, "");
    }

    private KakaoCertException(String message, String code) {
        super(message);
        this.code = code;
    }

    /** The error code of the service, such as E2001; empty where the answer has none. */
    String code() {
        return code;
    }

    /** The service refuses, with a code. */
    static KakaoCertException refused(int httpStatus, String code) {
        return new KakaoCertException("refused: " + (code.isEmpty() ? "no code" : code) + " (HTTP " + httpStatus + ")", code);
    }

    /** The answer contradicts itself, or does not say what the step demands. */
    static KakaoCertException notUnderstood(String reason) {
        return new KakaoCertException("answer not understood: " + reason);
    }

    /** Something was sent and no whole answer came. It must not be sent again. */
    static final class OutcomeUnknown extends KakaoCertException {
        OutcomeUnknown(String step) {
            super(step + ": sent, outcome unknown");
        }
    }

    /** A security event: a forged, swapped or foreign signature, nonce or person. It has to ring an alarm. */
    static final class SecurityEvent extends KakaoCertException {
        SecurityEvent(String message) {
            super(message);
        }
    }
}
