package io.tidegate.platform;

import jakarta.servlet.ServletException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.ActionCode;
import org.apache.coyote.InputBuffer;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.tomcat.util.net.ApplicationBufferHandler;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.stereotype.Component;

/**
 * Refuses bodies that take longer than {@code tidegate.limits.max-body-time} to come, whoever reads them: a client that sends a
 * byte now and then would hold a thread and a connection for as long as it likes. The connector itself only bounds the time
 * between two pieces.
 */
@Component
final class BodyTimeLimit implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {

    private final Duration most;
    private final Duration mostOfDataset; // so much longer as it may be larger

    BodyTimeLimit(TidegateProperties properties) {
        TidegateProperties.Limits limits = properties.limits();
        this.most = limits.maxBodyTime();
        this.mostOfDataset = most.multipliedBy(
                Math.max(1, limits.maxDataset().toBytes() / limits.maxBody().toBytes()));
    }

    @Override
    public void customize(TomcatServletWebServerFactory factory) {
        factory.addEngineValves(new Valve());
    }

    private final class Valve extends ValveBase {

        Valve() {
            super(true); // asynchronous requests pass
        }

        @Override
        public void invoke(Request request, Response response) throws IOException, ServletException {
            org.apache.coyote.Request connector = request.getCoyoteRequest();
            if (connector.isFinished()) { // it has no body
                getNext().invoke(request, response);
                return;
            }
            InputBuffer own = connector.getInputBuffer();
            Timed timed = new Timed(connector, own, DatasetUploads.isOne(request) ? mostOfDataset : most);
            connector.setInputBuffer(timed);
            try {
                getNext().invoke(request, response);
                if (!connector.isFinished() && !request.isAsync()) {
                    response.finishResponse();
                    timed.readOn(connector.hasExpectation() ? 0 : mostSwallowed(request));
                }
            } finally {
                connector.setInputBuffer(own); // the connection's next request has it too
            }
        }
    }

    private static int mostSwallowed(Request request) {
        return request.getConnector().getProtocolHandler() instanceof AbstractHttp11Protocol<?> http
                ? http.getMaxSwallowSize()
                : 0;
    }

    private static final class Timed implements InputBuffer, ApplicationBufferHandler {

        private final org.apache.coyote.Request connector;
        private final InputBuffer wire;
        private final Duration most;
        private long since = System.nanoTime();
        private boolean late;
        private ByteBuffer piece = EMPTY_BUFFER; // of what nobody wants

        Timed(org.apache.coyote.Request connector, InputBuffer wire, Duration most) {
            this.connector = connector;
            this.wire = wire;
            this.most = most;
        }

        @Override
        public int doRead(ApplicationBufferHandler handler) throws IOException {
            int read;
            try {
                read = wire.doRead(handler);
            } catch (SocketTimeoutException e) {
                throw tooSlow();
            }
            if (read > 0 && System.nanoTime() - since > most.toNanos()) {
                throw tooSlow();
            }
            return read;
        }

        private BodyTooSlowException tooSlow() {
            late = true;
            return new BodyTooSlowException(most);
        }

        /**
         * Reads what is left of a body whose request is answered, as the connector would, so that a client which sends first and
         * reads later gets its answer; but not for ever, and not where it was late before: then the connection is closed.
         */
        void readOn(long mostBytes) {
            since = System.nanoTime();
            long left = mostBytes;
            try {
                while (!late && left > 0) {
                    int read = doRead(this);
                    if (read < 0) {
                        return;
                    }
                    left -= read;
                }
            } catch (BodyTooSlowException | IOException over) {
                // closed below
            }
            connector.action(ActionCode.DISABLE_SWALLOW_INPUT, null);
        }

        @Override
        public void setByteBuffer(ByteBuffer buffer) {
            piece = buffer;
        }

        @Override
        public ByteBuffer getByteBuffer() {
            return piece;
        }

        @Override
        public void expand(int size) {}

        @Override
        public int available() {
            return wire.available();
        }
    }
}
