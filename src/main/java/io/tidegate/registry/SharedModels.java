package io.tidegate.registry;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/** Looks again and again for what other processes have published into the same data directory. */
final class SharedModels implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(SharedModels.class);
    private static final Duration PERIOD = Duration.ofSeconds(1);

    private final ModelRegistry registry;
    private @Nullable ScheduledExecutorService looking;

    SharedModels(ModelRegistry registry) {
        this.registry = registry;
    }

    @Override
    public synchronized void start() {
        looking = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("shared-models").factory());
        var _ = looking.scheduleWithFixedDelay(this::look, PERIOD.toMillis(), PERIOD.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void look() {
        try {
            registry.refresh();
        } catch (RuntimeException e) {
            log.warn("models of other processes can't be seen; trying again: {}", e.getMessage());
        }
    }

    @Override
    public synchronized void stop() {
        if (looking != null) {
            looking.shutdownNow();
            looking = null;
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return looking != null;
    }
}
