package io.tidegate.platform;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * {@code tidegate_request_seconds}: how long requests to models took, by model, version and outcome. Controllers say which
 * version a request is for once they know that it exists, so a caller can't make up label values.
 */
@Component
public final class RequestMetrics implements HandlerInterceptor, WebMvcConfigurer {

    private static final String START = RequestMetrics.class.getName() + ".start";
    private static final String VERSION = RequestMetrics.class.getName() + ".version";

    private record Version(String model, String number) {
        static final Version UNKNOWN = new Version("unknown", "unknown");
    }

    private record Key(Version version, String outcome) {}

    private final MeterRegistry meters;
    private final Map<Key, Timer> timers = new ConcurrentHashMap<>(); // of versions that exist, or have: few

    RequestMetrics(MeterRegistry meters) {
        this.meters = meters;
    }

    /** Names the version that a request is for. */
    public static void tag(HttpServletRequest request, String model, int version) {
        request.setAttribute(VERSION, new Version(model, Integer.toString(version)));
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
            Version version = request.getAttribute(VERSION) instanceof Version known ? known : Version.UNKNOWN;
            timers.computeIfAbsent(new Key(version, outcome(response.getStatus())), this::timer)
                    .record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
        }
    }

    private Timer timer(Key key) {
        return Timer.builder("tidegate.request")
                .description("Time to answer a request to a model, from its headers to its last byte")
                .tag("model", key.version().model())
                .tag("version", key.version().number())
                .tag("outcome", key.outcome())
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofNanos(100_000))
                .maximumExpectedValue(Duration.ofSeconds(30))
                .register(meters);
    }

    private static String outcome(int status) {
        return status < 400 ? "success" : status < 500 ? "client_error" : "server_error";
    }
}
