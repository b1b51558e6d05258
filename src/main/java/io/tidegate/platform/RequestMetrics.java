package io.tidegate.platform;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * Measures requests over HTTP. Controllers say which version a request is for once they know that it exists, so a caller can't
 * make up label values.
 */
@Component
public final class RequestMetrics implements HandlerInterceptor, WebMvcConfigurer {

    private static final String START = RequestMetrics.class.getName() + ".start";
    private static final String MODEL = RequestMetrics.class.getName() + ".model";
    private static final String VERSION = RequestMetrics.class.getName() + ".version";

    private final RequestTimers timers;

    RequestMetrics(RequestTimers timers) {
        this.timers = timers;
    }

    /** Names the version that a request is for. */
    public static void tag(HttpServletRequest request, String model, int version) {
        request.setAttribute(MODEL, model);
        request.setAttribute(VERSION, Integer.toString(version));
    }

    @Override
    public void addInterceptors(InterceptorRegistry registry) {
        registry.addInterceptor(this).addPathPatterns("/api/v1/models/*/*", "/v2/models/**");
    }

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
        request.setAttribute(START, System.nanoTime());
        return true;
    }

    @Override
    public void afterCompletion(
            HttpServletRequest request, HttpServletResponse response, Object handler, @Nullable Exception ex) {
        if (request.getAttribute(START) instanceof Long start
                && request.getMethod().equals("POST")) {
            timers.record(
                    request.getAttribute(MODEL) instanceof String model ? model : null,
                    request.getAttribute(VERSION) instanceof String version ? version : null,
                    outcome(response.getStatus()),
                    System.nanoTime() - start);
        }
    }

    private static String outcome(int status) {
        return status < 400 ? "success" : status < 500 ? "client_error" : "server_error";
    }
}
