package io.tidegate.platform;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.web.filter.ServerHttpObservationFilter;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerMapping;
import org.springframework.web.servlet.handler.AbstractHandlerMapping;

/**
 * Finds the way to a POST that is made often by itself: the general search tries the patterns of every call one after the other,
 * which takes as long as to read a step and answer it. Paths that are written in another way than the usual are left to it.
 */
public abstract class ModelPath extends AbstractHandlerMapping {

    private static final Pattern MIDDLE = Pattern.compile("([A-Za-z0-9._@-]+)(?:/versions/([0-9]+))?");

    private final String before, after;
    private final String pattern, patternWithVersion;
    private final boolean versioned;
    private final RequestMetrics metrics;
    private final HandlerMethod handler;

    /**
     * @param before what stands in the path before the model's name, such as {@code /v2/models/}
     * @param after what stands behind it
     * @param versioned whether {@code /versions/…} may stand between them
     * @param method the controller's, by its name
     */
    protected ModelPath(
            String before, String after, boolean versioned, Object controller, String method, RequestMetrics metrics) {
        this.before = before;
        this.after = after;
        this.pattern = before + "{model}" + after;
        this.patternWithVersion = before + "{model}/versions/{version}" + after;
        this.versioned = versioned;
        this.metrics = metrics;
        this.handler = new HandlerMethod(
                controller,
                Arrays.stream(controller.getClass().getDeclaredMethods())
                        .filter(each -> each.getName().equals(method))
                        .findFirst()
                        .orElseThrow());
    }

    /** Before the general search. */
    @Override
    public int getOrder() {
        return -1;
    }

    @Override
    protected void extendInterceptors(List<Object> interceptors) {
        interceptors.add(metrics);
    }

    @Override
    protected @Nullable Object getHandlerInternal(HttpServletRequest request) {
        String path = request.getRequestURI();
        if (path.length() <= before.length() + after.length()
                || !path.startsWith(before)
                || !path.endsWith(after)
                || !request.getMethod().equals("POST")) {
            return null;
        }
        Matcher middle = MIDDLE.matcher(path).region(before.length(), path.length() - after.length());
        if (!middle.matches()) {
            return null;
        }
        String model = middle.group(1), version = middle.group(2);
        if (version != null && !versioned) {
            return null;
        }
        request.setAttribute(
                HandlerMapping.URI_TEMPLATE_VARIABLES_ATTRIBUTE,
                version == null ? Map.of("model", model) : Map.of("model", model, "version", version));
        ServerHttpObservationFilter.findObservationContext(request)
                .ifPresent(observation -> observation.setPathPattern(version == null ? pattern : patternWithVersion));
        return handler;
    }
}
