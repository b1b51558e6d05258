package io.tidegate.engine.fused;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * Where the parts of one run wait for each other, once or twice a step. A part that waits spins for a while, since the others are
 * a microsecond away if they have a core; then it yields, and at last sleeps, since they may have none.
 */
final class Barrier {

    private static final VarHandle COUNTS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int SPINS = 2_000,
            YIELDS = 10_000,
            APART = 32; // longs, so that counts don't share cache lines
    private static final long SLEEP_NANOS = 50_000;

    private final int parts;
    private final long[] counts;
    private volatile boolean broken;
    private volatile int late; // about so many waits went beyond spinning

    Barrier(int parts) {
        this.parts = parts;
        this.counts = new long[(parts + 1) * APART];
    }

    /** Says that a part has come this far. */
    void arrive(int part) {
        if (parts > 1) {
            int at = (part + 1) * APART;
            COUNTS.setRelease(counts, at, counts[at] + 1);
        }
    }

    /** Waits until the others have arrived as often as this part. */
    void await(int part) {
        if (parts > 1) {
            long mine = counts[(part + 1) * APART];
            for (int other = 0; other < parts; other++) {
                await((other + 1) * APART, mine);
            }
        }
    }

    void arriveAndAwait(int part) {
        arrive(part);
        await(part);
    }

    @SuppressWarnings("ThreadPriorityCheck") // yielding is for when there are fewer cores than parts
    private void await(int other, long count) {
        for (int n = 0; (long) COUNTS.getAcquire(counts, other) < count; n++) {
            if (broken) {
                throw new IllegalStateException("another part of this run has failed");
            }
            if (n == SPINS) {
                countLate();
            }
            if (n < SPINS) {
                Thread.onSpinWait();
            } else if (n < SPINS + YIELDS) {
                Thread.yield();
            } else {
                LockSupport.parkNanos(SLEEP_NANOS);
            }
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one more or less doesn't matter
    private void countLate() {
        late++;
    }

    /** Whether parts had to wait for others again and again, as they do where there are fewer cores than threads at work. */
    boolean wasCrowded() {
        return late >= 2;
    }

    /** Lets nobody wait for a part that won't come. */
    void breakUp() {
        broken = true;
    }
}
