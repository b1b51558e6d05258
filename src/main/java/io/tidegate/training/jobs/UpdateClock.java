package io.tidegate.training.jobs;

import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** How long an update takes, without validations, checkpoints and looks at the gates. */
final class UpdateClock {

    private final LongSupplier nanoTime;
    private boolean marked;
    private long since;
    private long nanos;
    private long updates;

    UpdateClock(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** The next update begins. */
    void mark() {
        since = nanoTime.getAsLong();
        marked = true;
    }

    /** An update ends; the first one after a restart isn't counted, as what goes before it isn't known. */
    void updated() {
        if (marked) {
            nanos += nanoTime.getAsLong() - since;
            updates++;
        }
    }

    /** Mean over the updates of this worker; null where it made none. */
    @Nullable
    Double secondsPerUpdate() {
        return updates == 0 ? null : (double) nanos / 1e9 / (double) updates;
    }
}
