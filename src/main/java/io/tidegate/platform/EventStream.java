package io.tidegate.platform;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An answer of server-sent events, written by the request's own thread as they come. It begins with the first event: until then
 * the request can still fail with a status.
 */
public final class EventStream {

    private static final Logger log = LoggerFactory.getLogger(EventStream.class);

    private final HttpServletResponse response;
    private boolean begun;

    public EventStream(HttpServletResponse response) {
        this.response = response;
    }

    /**
     * Sends an event.
     *
     * @param data one line
     * @throws UncheckedIOException if the client has gone
     */
    public void send(String data) {
        try {
            if (!begun) {
                begun = true;
                response.setContentType("text/event-stream;charset=utf-8");
                response.setHeader("Cache-Control", "no-store");
                response.setHeader("X-Accel-Buffering", "no"); // a proxy that waits for more would take the point away
            }
            OutputStream out = response.getOutputStream();
            out.write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Says what went wrong, to whoever is still there.
     *
     * @param thrown goes on to the caller, unless events have been sent
     * @param event the last one to send
     */
    public void fail(RuntimeException thrown, Supplier<String> event) {
        if (!begun) {
            throw thrown;
        }
        if (thrown instanceof UncheckedIOException) {
            log.debug("the reader of a stream has gone", thrown);
            return;
        }
        try {
            send(event.get());
        } catch (UncheckedIOException gone) {
            log.debug("the reader of a stream has gone", gone);
        }
    }
}
