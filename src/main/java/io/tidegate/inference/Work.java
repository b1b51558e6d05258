package io.tidegate.inference;

import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Output;
import io.tidegate.core.engine.Outputs;
import io.tidegate.core.engine.States;
import io.tidegate.core.network.NetworkConfig;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A request's batch on its way through a {@link Batcher}: how far it has come, and who waits for it. */
final class Work {

    final Batch batch;
    final States states;
    final Set<Output> wanted;
    final Caller caller;
    final long arrived;
    final int longest;

    int position; // steps that are done of each sequence
    boolean queued; // guarded by the batcher's lock
    volatile long started; // of its first slice; 0 before
    long inputNanos, inferNanos, outputNanos; // of the runs it was in

    private final Thread waiter = Thread.currentThread();
    private @Nullable Outputs outputs;
    private volatile boolean finished;
    private volatile @Nullable RefusedException cancelled;
    private @Nullable Throwable failure;

    Work(Batch batch, States states, Set<Output> wanted, Caller caller, long now) {
        this.batch = batch;
        this.states = states;
        this.wanted = wanted;
        this.caller = caller;
        this.arrived = now;
        int most = 0;
        for (int b = 0; b < batch.sequences(); b++) {
            most = Math.max(most, batch.length(b));
        }
        this.longest = most;
    }

    /** Sequences that have steps left. */
    int active() {
        if (position == 0) {
            return batch.sequences();
        }
        int active = 0;
        for (int b = 0; b < batch.sequences(); b++) {
            active += batch.length(b) > position ? 1 : 0;
        }
        return active;
    }

    /** Steps that are left, at most: as if all sequences were as long as the longest. */
    long remaining() {
        return (long) active() * (longest - position);
    }

    /** Where the results of parts of it are put together. */
    Outputs gathered(NetworkConfig config) {
        Outputs known = outputs;
        if (known == null) {
            known = Outputs.zeros(config, batch, wanted);
            outputs = known;
        }
        return known;
    }

    /** Results that came in one piece. */
    void gathered(Outputs whole) {
        outputs = whole;
        position = longest;
    }

    /** Where the next slice of a sequence of that length ends, if it is of so many steps at most. */
    int end(int length, int most) {
        return length - position > most ? position + most : length;
    }

    boolean isThrough() {
        return position >= longest;
    }

    /** @param thrown null if it is through */
    void finish(@Nullable Throwable thrown) {
        failure = thrown;
        finished = true;
        if (!waiter.equals(Thread.currentThread())) {
            LockSupport.unpark(waiter);
        }
    }

    boolean isFinished() {
        return finished;
    }

    /** Why its caller needs it no more; null where he does. Asked in the caller's own thread. */
    @Nullable
    RefusedException abandoned(long now) {
        return caller.abandoned(now, started == 0 ? arrived : null);
    }

    /** The same, for any thread: what the caller's own has found out so far, and the clock. */
    @Nullable
    RefusedException cancelled(long now) {
        RefusedException known = cancelled;
        return known != null ? known : caller.late(now);
    }

    /** Lets it end before its next slice. */
    void cancel(RefusedException why) {
        cancelled = why;
    }

    /** Waits a little, or until it is finished. */
    void park(long now) {
        long nanos = Caller.LOOK_NANOS;
        if (caller.hasDeadline()) {
            nanos = Math.min(nanos, caller.deadline() - now);
        }
        if (caller.queueNanos() != Long.MAX_VALUE && started == 0) {
            nanos = Math.min(nanos, arrived + caller.queueNanos() - now);
        }
        LockSupport.parkNanos(this, Math.max(50_000, nanos));
    }

    Outputs result() {
        Throwable thrown = failure;
        if (thrown instanceof RuntimeException refused) {
            throw refused;
        }
        if (thrown instanceof Error error) {
            throw error;
        }
        return Objects.requireNonNull(outputs);
    }
}
