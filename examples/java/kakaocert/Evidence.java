package kakaocert;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A file that has the answer to one verify, from its first byte. It is for its owner alone, but in clear:
 * keep it on an encrypted disk, or seal the bytes where {@link #keep} writes them.
 */
final class Evidence implements AutoCloseable {
    private static final int MAX_BYTES = 64 << 20;

    private final FileChannel file;

    /** Makes the file. It must not be there yet: what was kept is never overwritten. */
    Evidence(Path path) throws IOException {
        boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] ownerAlone = posix
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))}
                : new FileAttribute<?>[0];
        file = FileChannel.open(path, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), ownerAlone);
        file.force(true);
    }

    /** Writes what comes as it comes, and returns it when all of it is on the disk. */
    byte[] keep(InputStream body) throws IOException {
        var whole = new ByteArrayOutputStream();
        try (body) {
            byte[] piece = new byte[1 << 16];
            for (int n = body.read(piece); n >= 0; n = body.read(piece)) {
                var bytes = ByteBuffer.wrap(piece, 0, n);
                while (bytes.hasRemaining()) {
                    file.write(bytes);
                }
                whole.write(piece, 0, n);
                if (whole.size() > MAX_BYTES) {
                    throw new IOException("answer is too large");
                }
            }
        } finally {
            file.force(true); // also what came of an answer that was cut off
        }
        return whole.toByteArray();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
