package io.tidegate.oip.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.inference.InvalidInputException;
import java.io.UnsupportedEncodingException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

class OipErrorsTest {

    private final MockHttpServletResponse response = new MockHttpServletResponse();

    @Test
    void anUnexpectedFailureShowsNoInternals() throws UnsupportedEncodingException {
        resolve("/v2/models/m/infer", new IllegalStateException("/secret/path", new NullPointerException("field")));
        assertThat(response.getStatus()).isEqualTo(500);
        assertThat(response.getContentAsString())
                .isEqualTo("{\"error\":\"the server failed at this request; its log says why\"}");
    }

    @Test
    void aMessageWithHalfACharacterIsStillUtf8() throws UnsupportedEncodingException {
        resolve("/v2", new InvalidInputException("", "got '\ud834'"));
        assertThat(response.getContentAsString()).isEqualTo("{\"error\":\"got '?'\"}");
        assertThat(response.getContentLength()).isEqualTo(response.getContentAsByteArray().length);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/api/v1/models", "/v2x", "/v3/api-docs", "/x/v2/models"})
    void otherPathsAreLeftToOthers(String path) {
        assertThat(resolve(path, new InvalidInputException("", "bad"))).isNull();
        assertThat(response.getStatus()).isEqualTo(200);
    }

    @Test
    void anAnswerThatHasBegunIsLeftAlone() throws UnsupportedEncodingException {
        response.setCommitted(true);
        assertThat(resolve("/v2", new InvalidInputException("", "bad"))).isNotNull();
        assertThat(response.getContentAsString()).isEmpty();
    }

    private Object resolve(String path, Exception e) {
        MockHttpServletRequest request = new MockHttpServletRequest("POST", path);
        request.setServletPath(path);
        return new OipErrors().resolveException(request, response, null, e);
    }
}
