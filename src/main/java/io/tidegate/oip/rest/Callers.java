package io.tidegate.oip.rest;

import io.tidegate.inference.Caller;
import io.tidegate.platform.ClientConnection;
import jakarta.servlet.http.HttpServletRequest;

/** Who waits for an answer over HTTP. */
final class Callers {

    private Callers() {}

    /** The request's client, for as long as it keeps its connection. The body must have been read. */
    static Caller of(HttpServletRequest request) {
        return new Caller(0, Long.MAX_VALUE, Long.MAX_VALUE, ClientConnection.gone(request));
    }
}
