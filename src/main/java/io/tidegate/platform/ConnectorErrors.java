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

/** Errors that come to no controller, such as a malformed path, a TRACE or a body cut short, in the form of their family. */
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
            String detail = detail(status);
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

        private static String detail(int status) {
            return switch (status) {
                case 404 -> "expected a path that is served, got another";
                case 405 -> "expected another method: Allow says which are known";
                case 417 -> "expected no Expect header, or Expect: 100-continue, got another";
                case 501 -> "expected a method but CONNECT, and of transfer encodings chunked at most, got another";
                case 505 -> "expected HTTP/1.1 or HTTP/1.0, got another version";
                default ->
                    status < 500
                            ? "expected an HTTP request with a well-formed path, headers of at most 8 KiB, and all of the body"
                                    + " that they tell of, got something else"
                            : "the server failed at this request; its log says why";
            };
        }
    }
}
