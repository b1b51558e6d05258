package io.tidegate.oip.rest;

import io.tidegate.platform.RequestMetrics;
import jakarta.servlet.http.HttpServletRequest;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerMapping;
import org.springframework.web.servlet.handler.AbstractHandlerMapping;

/**
 * Finds the way to {@code infer} by itself: the general search tries the patterns of every call one after the other, which takes as
 * long as to read a step and answer it. Paths that are written in another way than the usual are left to it.
 */
@Component
final class InferPath extends AbstractHandlerMapping {

    private static final String BEFORE = "/v2/models/", AFTER = "/infer";
    private static final Pattern MIDDLE = Pattern.compile("([A-Za-z0-9._@-]+)(?:/versions/([0-9]+))?");

    private final HandlerMethod handler;

    InferPath(OipInferController controller, RequestMetrics metrics) {
        Method infer = Arrays.stream(OipInferController.class.getDeclaredMethods())
                .filter(method -> method.getName().equals("infer"))
                .findFirst()
                .orElseThrow();
        this.handler = new HandlerMethod(controller, infer);
        setOrder(-1); // before the general one
        setInterceptors(metrics);
    }

    @Override
    protected @Nullable Object getHandlerInternal(HttpServletRequest request) {
        String path = request.getRequestURI();
        if (path.length() <= BEFORE.length() + AFTER.length()
                || !path.startsWith(BEFORE)
                || !path.endsWith(AFTER)
                || !request.getMethod().equals("POST")) {
            return null;
        }
        Matcher middle = MIDDLE.matcher(path).region(BEFORE.length(), path.length() - AFTER.length());
        if (!middle.matches()) {
            return null;
        }
        String model = middle.group(1), version = middle.group(2);
        request.setAttribute(
                HandlerMapping.URI_TEMPLATE_VARIABLES_ATTRIBUTE,
                version == null ? Map.of("model", model) : Map.of("model", model, "version", version));
        return handler;
    }
}
