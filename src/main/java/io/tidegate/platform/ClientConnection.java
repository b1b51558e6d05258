package io.tidegate.platform;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.ActionCode;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.stereotype.Component;

/**
 * Tells whether the client of a request still waits for its answer: whether it has closed the connection, or its side of it. A
 * servlet can't say, so a valve notes the connector's request, which can.
 */
@Component
public final class ClientConnection implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {

    private static final String REQUEST = ClientConnection.class.getName();

    /**
     * Whether the client has gone. To be asked only by the request's own thread, and once its body has been read to its end:
     * the connection is read on, and what has come of the next request is kept for it.
     */
    public static BooleanSupplier gone(HttpServletRequest request) {
        Object noted = request.getAttribute(REQUEST);
        return () -> noted instanceof org.apache.coyote.Request connector && isAtEnd(connector);
    }

    private static boolean isAtEnd(org.apache.coyote.Request connector) {
        // A request without a body has no input to look at; bytes that are there belong to the next request.
        if ((connector.getContentLengthLong() <= 0 && connector.getHeader("Transfer-Encoding") == null)
                || available(connector, false) > 0) {
            return false;
        }
        // Looks without waiting, and says 1 for the end of the input too, where nothing is there to be had afterwards.
        return available(connector, true) > 0 && available(connector, false) == 0;
    }

    private static int available(org.apache.coyote.Request connector, boolean look) {
        connector.action(ActionCode.AVAILABLE, look);
        return connector.getAvailable();
    }

    @Override
    public void customize(TomcatServletWebServerFactory factory) {
        factory.addEngineValves(new Valve());
    }

    private static final class Valve extends ValveBase {

        Valve() {
            super(true); // asynchronous requests pass
        }

        @Override
        public void invoke(Request request, Response response) throws IOException, ServletException {
            request.setAttribute(REQUEST, request.getCoyoteRequest());
            getNext().invoke(request, response);
        }
    }
}
