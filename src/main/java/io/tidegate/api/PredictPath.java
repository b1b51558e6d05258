package io.tidegate.api;

import io.tidegate.platform.ModelPath;
import io.tidegate.platform.RequestMetrics;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;

/** The short way to {@code predict}, for clients that take JSON; the general search refuses those that don't. */
@Component
final class PredictPath extends ModelPath {

    PredictPath(InferenceController controller, RequestMetrics metrics) {
        super("/api/v1/models/", "/predict", false, controller, "predict", metrics);
    }

    @Override
    protected @Nullable Object getHandlerInternal(HttpServletRequest request) {
        String accept = request.getHeader(HttpHeaders.ACCEPT);
        boolean json =
                accept == null || accept.equals(MediaType.ALL_VALUE) || accept.equals(MediaType.APPLICATION_JSON_VALUE);
        return json ? super.getHandlerInternal(request) : null;
    }
}
