package kakaocert;

import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An empty body that can be sent once. java.net.http by itself sends a GET again when the connection dies
 * before the answer, and for verify that would lose the signature: the service has given it to the first.
 * Each attempt asks how long the body is before anything is sent, and the second is refused here.
 */
final class Once implements BodyPublisher {
    private final AtomicBoolean sent = new AtomicBoolean();

    @Override
    public long contentLength() {
        if (sent.getAndSet(true)) {
            throw new IllegalStateException("this call must not be sent twice");
        }
        return 0;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        BodyPublishers.noBody().subscribe(subscriber);
    }
}
