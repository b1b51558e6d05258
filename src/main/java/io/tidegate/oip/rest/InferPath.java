package io.tidegate.oip.rest;

import io.tidegate.platform.ModelPath;
import io.tidegate.platform.RequestMetrics;
import org.springframework.stereotype.Component;

/** The short way to {@code infer}. */
@Component
final class InferPath extends ModelPath {

    InferPath(OipInferController controller, RequestMetrics metrics) {
        super("/v2/models/", "/infer", true, controller, "infer", metrics);
    }
}
