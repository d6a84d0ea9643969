package kakaocert;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Checks signatures with {@code kakaocert verify}, which is strict where CMS libraries are not. The command
 * must be in the PATH; it sends nothing unless {@link #fetchRevocation} says so.
 */
final class Signatures {
    /** What the check found. The reason is empty, or the name of the check that failed. */
    record Verdict(boolean verified, String reason, String defect, byte[] serial) {}

    private static final long LIMIT_SECONDS = 60;

    private final List<String> options = new ArrayList<>();

    /** Trusts the root certificates in this PEM file, and no others. */
    Signatures(Path roots) {
        options.addAll(List.of("--roots", roots.toString()));
    }

    /** Checks that the certificates were valid at a time (RFC 3339) other than now. */
    Signatures at(String time) {
        options.addAll(List.of("--time", time));
        return this;
    }

    /** Asks the certificates' own authorities whether they were revoked, and refuses where nobody knows. */
    Signatures fetchRevocation() {
        options.add("--fetch");
        return this;
    }

    /** Checks a message whose content must be the bytes that were to be signed. */
    Verdict verify(byte[] signed, byte[] content) throws IOException, InterruptedException {
        return run(signed, "--content", content);
    }

    /** Checks a message that must not contain the content. */
    Verdict verifyDetached(byte[] signed, byte[] content) throws IOException, InterruptedException {
        return run(signed, "--detached", content);
    }

    private Verdict run(byte[] signed, String flag, byte[] content) throws IOException, InterruptedException {
        Path file = Files.createTempFile("content", ""); // for its owner alone
        try {
            Files.write(file, content);
            var command = new ArrayList<>(List.of("kakaocert", "verify", "--json", flag, file.toString()));
            command.addAll(options);
            command.add("-");
            Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
            try (var in = process.getOutputStream()) {
                in.write(signed);
            }
            byte[] out = process.getInputStream().readNBytes(1 << 20);
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException("kakaocert verify did not end");
            }
            if (process.exitValue() > 1) { // 0 is yes and 1 is no; anything else is a wrong call
                throw new IOException("kakaocert verify ended with " + process.exitValue());
            }
            return verdict(Text.decodeUtf8(out), process.exitValue() == 0);
        } finally {
            Files.delete(file);
        }
    }

    private static Verdict verdict(String text, boolean yes) throws IOException {
        var answer = Json.object(Json.parse(text));
        if (answer == null || !Boolean.valueOf(yes).equals(answer.get("verified"))) {
            throw new IOException("kakaocert verify contradicts itself");
        }
        var signer = Json.object(answer.get("signer"));
        byte[] serial = signer == null ? new byte[0] : HexFormat.of().parseHex((String) signer.get("serial"));
        return new Verdict(yes, (String) answer.get("reason"), (String) answer.getOrDefault("defect", ""), serial);
    }
}
