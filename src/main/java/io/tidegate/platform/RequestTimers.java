package io.tidegate.platform;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** {@code tidegate_request_seconds}: how long requests to models took, by model, version and outcome, whatever brought them. */
@Component
public final class RequestTimers {

    private record Tags(String model, String version, String outcome) {}

    private final MeterRegistry meters;
    private final Map<Tags, Timer> timers = new ConcurrentHashMap<>();

    RequestTimers(MeterRegistry meters) {
        this.meters = meters;
    }

    /**
     * Records a request.
     *
     * @param model null where none of the name was found, as callers must not make up labels
     * @param version null where none was found
     * @param outcome {@code success}, {@code client_error} or {@code server_error}
     */
    public void record(@Nullable String model, @Nullable String version, String outcome, long nanos) {
        Tags tags = new Tags(
                Objects.requireNonNullElse(model, "unknown"), Objects.requireNonNullElse(version, "unknown"), outcome);
        Timer timer = timers.get(tags);
        if (timer == null) {
            timer = timers.computeIfAbsent(tags, this::timer);
        }
        timer.record(nanos, TimeUnit.NANOSECONDS);
    }

    private Timer timer(Tags tags) {
        return Timer.builder("tidegate.request")
                .description("Time to answer a request to a model, from its headers to its last byte")
                .tag("model", tags.model())
                .tag("version", tags.version())
                .tag("outcome", tags.outcome())
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofNanos(100_000))
                .maximumExpectedValue(Duration.ofSeconds(30))
                .register(meters);
    }
}
