package io.tidegate.platform;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.stereotype.Component;

/** Errors that the connector finds before any controller is asked, such as a malformed path, in the form of their family. */
@Component
final class ConnectorErrors implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {

    @Override
    public void customize(TomcatServletWebServerFactory factory) {
        factory.addContextCustomizers(
                context -> context.getParent().getPipeline().addValve(new Valve()));
    }

    private static final class Valve extends ErrorReportValve {

        @Override
        protected void report(Request request, Response response, @Nullable Throwable throwable) {
            int status = response.getStatus();
            if (status < 400 || response.getContentWritten() > 0 || !response.setErrorReported()) {
                return;
            }
            String path = request.getRequestURI();
            boolean known = path != null && path.startsWith("/");
            boolean openInference = known && path.startsWith("/v2");
            String detail = status < 500
                    ? "expected an HTTP request with a well-formed path and headers"
                    : "the server failed at this request; its log says why";
            response.setContentType(openInference ? "application/json" : "application/problem+json");
            response.setCharacterEncoding(StandardCharsets.UTF_8);
            try (Writer writer = response.getReporter()) {
                writer.write(
                        openInference
                                ? "{\"error\":\"" + detail + "\"}"
                                : "{\"type\":\"about:blank\",\"status\":" + status + ",\"detail\":\"" + detail + "\""
                                        // whose family can't be told is answered in the form of both
                                        + (known ? "" : ",\"error\":\"" + detail + "\"") + "}");
            } catch (IOException e) {
                // the client has gone
            }
        }
    }
}
