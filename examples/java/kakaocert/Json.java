package kakaocert;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON, since the JDK has none: objects are {@link Map}, arrays {@link List}, numbers {@link Double}.
 * A program that has Jackson or Gson uses that instead.
 */
final class Json {
    private static final int MAX_DEPTH = 64;

    private final String text;
    private final boolean unique;
    private int at;
    private int depth;

    private Json(String text, boolean unique) {
        this.text = text;
        this.unique = unique;
    }

    /** Reads one JSON value. What is not one is an {@link IllegalArgumentException}. */
    static Object parse(String text) {
        return new Json(text, false).whole();
    }

    /**
     * Reads an object that was signed, or gives null. Each name must be there once: of two values another
     * program may take the other one.
     */
    static Map<String, Object> parseSigned(String text) {
        return object(new Json(text, true).whole());
    }

    private Object whole() {
        Object value = value();
        space();
        if (at != text.length()) {
            throw malformed();
        }
        return value;
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> object(Object value) {
        return value instanceof Map<?, ?> map ? (Map<String, Object>) map : null;
    }

    static List<?> list(Object value) {
        return value instanceof List<?> list ? list : List.of();
    }

    /** Writes a value of the kinds that {@link #parse} gives. */
    static String write(Object value) {
        var out = new StringBuilder();
        write(out, value);
        return out.toString();
    }

    private static void write(StringBuilder out, Object value) {
        if (value instanceof Map<?, ?> map) {
            String separator = "{";
            for (var entry : map.entrySet()) {
                out.append(separator);
                quote(out, entry.getKey().toString());
                out.append(':');
                write(out, entry.getValue());
                separator = ",";
            }
            out.append(map.isEmpty() ? "{}" : "}");
        } else if (value instanceof List<?> list) {
            String separator = "[";
            for (Object element : list) {
                out.append(separator);
                write(out, element);
                separator = ",";
            }
            out.append(list.isEmpty() ? "[]" : "]");
        } else if (value instanceof String string) {
            quote(out, string);
        } else {
            out.append(value); // a number, true, false or null
        }
    }

    private static void quote(StringBuilder out, String string) {
        out.append('"');
        for (char c : string.toCharArray()) {
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }

    private Object value() {
        space();
        switch (next()) {
            case '{':
                return members();
            case '[':
                return elements();
            case '"':
                return string();
            default:
                at--;
        }
        for (var word : List.of("true", "false", "null")) {
            if (text.startsWith(word, at)) {
                at += word.length();
                return word.equals("null") ? null : Boolean.valueOf(word);
            }
        }
        return number();
    }

    private Map<String, Object> members() {
        enter();
        var object = new LinkedHashMap<String, Object>();
        space();
        if (take('}')) {
            depth--;
            return object;
        }
        do {
            space();
            expect('"');
            String name = string();
            space();
            expect(':');
            if (unique && object.containsKey(name)) {
                throw malformed();
            }
            object.put(name, value());
            space();
        } while (take(','));
        expect('}');
        depth--;
        return object;
    }

    private List<Object> elements() {
        enter();
        var list = new ArrayList<Object>();
        space();
        if (take(']')) {
            depth--;
            return list;
        }
        do {
            list.add(value());
            space();
        } while (take(','));
        expect(']');
        depth--;
        return list;
    }

    private String string() {
        var out = new StringBuilder();
        while (true) {
            char c = next();
            if (c == '"') {
                return out.toString();
            }
            if (c < 0x20) {
                throw malformed();
            }
            out.append(c == '\\' ? escaped() : c);
        }
    }

    private char escaped() {
        char c = next();
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                if (at + 4 > text.length()) {
                    throw malformed();
                }
                at += 4;
                try {
                    yield (char) Integer.parseUnsignedInt(text.substring(at - 4, at), 16);
                } catch (NumberFormatException e) {
                    throw malformed();
                }
            }
            default -> throw malformed();
        };
    }

    private Double number() {
        int from = at;
        while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        String digits = text.substring(from, at);
        if (!digits.matches("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?")) {
            throw malformed();
        }
        return Double.valueOf(digits);
    }

    private void space() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private char next() {
        if (at == text.length()) {
            throw malformed();
        }
        return text.charAt(at++);
    }

    private boolean take(char wanted) {
        boolean there = at < text.length() && text.charAt(at) == wanted;
        if (there) {
            at++;
        }
        return there;
    }

    private void expect(char wanted) {
        if (!take(wanted)) {
            throw malformed();
        }
    }

    private void enter() {
        if (++depth > MAX_DEPTH) {
            throw malformed();
        }
    }

    private IllegalArgumentException malformed() {
        return new IllegalArgumentException("malformed JSON at character " + at); // without the text, which may be personal
    }
}
