package io.tidegate.oip.rest;

import io.tidegate.inference.InvalidInputException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/**
 * A request's body as JSON. The field's clients send none or any {@code Content-Type}, {@code curl -d} a form's, so it isn't
 * looked at; and nobody may ask for the request's parameters, which would read a form's body away.
 */
final class JsonRequest {

    private static final String JSON_LENGTH = "Inference-Header-Content-Length";

    private JsonRequest() {}

    static InputStream body(HttpServletRequest request) throws IOException {
        String encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
        if (encoding != null && !encoding.isBlank() && !encoding.trim().equalsIgnoreCase("identity")) {
            throw new ResponseStatusException(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                    "Content-Encoding: expected none, got '" + encoding + "'; send the body as it is");
        }
        String jsonLength = request.getHeader(JSON_LENGTH);
        if (jsonLength != null && !jsonLength.trim().equals(Long.toString(request.getContentLengthLong()))) {
            throw new InvalidInputException(
                    "",
                    JSON_LENGTH + ": expected the whole body, " + request.getContentLengthLong() + " bytes, got '"
                            + jsonLength + "'; tensors come and go as JSON only");
        }
        return request.getInputStream();
    }
}
