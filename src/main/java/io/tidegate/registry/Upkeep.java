package io.tidegate.registry;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/** What has to be done to the registry now and then. */
final class Upkeep implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Upkeep.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    private final ModelRegistry registry;
    private final boolean shared;
    private final Duration unloadAfter;
    private @Nullable ScheduledExecutorService thread;

    /**
     * @param shared whether other processes publish into the same data directory
     * @param unloadAfter of idleness of a version that no alias points to; zero for never
     */
    Upkeep(ModelRegistry registry, boolean shared, Duration unloadAfter) {
        this.registry = registry;
        this.shared = shared;
        this.unloadAfter = unloadAfter;
    }

    @Override
    public synchronized void start() {
        thread = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("registry-upkeep").factory());
        if (shared) {
            every(thread, LOOK_EVERY, "look for models of other processes", registry::refresh);
        }
        if (!unloadAfter.isZero()) {
            every(thread, unloadAfter, "unload versions that no alias points to", registry::unloadSuperseded);
        }
    }

    private static void every(ScheduledExecutorService thread, Duration period, String what, Runnable task) {
        Runnable again = () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                log.warn("can't {} now; trying again: {}", what, e.getMessage());
            }
        };
        var _ = thread.scheduleWithFixedDelay(again, period.toMillis(), period.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public synchronized void stop() {
        if (thread != null) {
            thread.shutdownNow();
            thread = null;
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return thread != null;
    }
}
