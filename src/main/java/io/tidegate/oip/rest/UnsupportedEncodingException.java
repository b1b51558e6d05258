package io.tidegate.oip.rest;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/** A body compressed in a way that isn't known; the answer says which ways are. */
final class UnsupportedEncodingException extends ResponseStatusException {

    private final String known;

    UnsupportedEncodingException(String got, String known) {
        super(
                HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                "Unsupported compression type: Content-Encoding: expected " + known + " or none, got '"
                        + (got.length() <= 60 ? got : got.substring(0, 60) + "…") + "'");
        this.known = known;
    }

    @Override
    public HttpHeaders getHeaders() {
        HttpHeaders headers = new HttpHeaders();
        headers.set(HttpHeaders.ACCEPT_ENCODING, known);
        return headers;
    }
}
