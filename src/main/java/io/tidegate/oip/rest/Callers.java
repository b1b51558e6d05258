package io.tidegate.oip.rest;

import io.tidegate.inference.Caller;
import io.tidegate.platform.ClientConnection;
import jakarta.servlet.http.HttpServletRequest;
import java.util.concurrent.TimeUnit;

/** Who waits for an answer over HTTP. */
final class Callers {

    private Callers() {}

    /**
     * The request's client, for as long as it keeps its connection.
     *
     * @param priority 1 is the highest, 0 the default
     * @param timeoutMicros most time in a queue, in microseconds; 0 for no limit
     */
    static Caller of(HttpServletRequest request, int priority, long timeoutMicros) {
        long queueNanos = timeoutMicros == 0 ? Long.MAX_VALUE : TimeUnit.MICROSECONDS.toNanos(timeoutMicros);
        return new Caller(priority, queueNanos, Long.MAX_VALUE, ClientConnection.gone(request));
    }
}
