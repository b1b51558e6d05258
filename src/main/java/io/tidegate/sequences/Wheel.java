package io.tidegate.sequences;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/**
 * A timer wheel: a ring of buckets, one for each tick, each a list of slots that may be due then, linked within the slots. Adding and
 * removing take constant time, and a tick looks at one bucket only. What is asked for again before it is due isn't moved: its
 * bucket's turn finds that out and puts it where it belongs by then; what lies beyond a turn of the wheel waits in the last bucket
 * for the same. Guarded by its shard.
 */
final class Wheel {

    private static final int BUCKETS = 512;

    private final long tickNanos;
    private final IntFunction<Live> slots;
    private final int[] buckets = new int[BUCKETS]; // the first of each
    private long ticks; // the next bucket's number since the beginning

    Wheel(long tickNanos, long now, IntFunction<Live> slots) {
        this.tickNanos = Math.max(1, tickNanos);
        this.ticks = now / this.tickNanos;
        this.slots = slots;
        Arrays.fill(buckets, Slabs.NONE);
    }

    /** Ticks scaled to the shortest time that anything waits. */
    static long tickNanos(long shortestNanos) {
        return Math.clamp(shortestNanos / 100, TimeUnit.MILLISECONDS.toNanos(10), TimeUnit.SECONDS.toNanos(1));
    }

    /** @param due in the same nanoseconds as those of {@link #next} */
    void add(Live live, long due) {
        long tick = Math.clamp((due + tickNanos - 1) / tickNanos, ticks, ticks + BUCKETS - 1);
        int bucket = (int) (tick % BUCKETS);
        int first = buckets[bucket];
        live.bucket(bucket);
        live.previous(Slabs.NONE);
        live.next(first);
        if (first != Slabs.NONE) {
            slots.apply(first).previous(live.slot());
        }
        buckets[bucket] = live.slot();
    }

    void remove(Live live) {
        int before = live.previous(), after = live.next();
        if (before == Slabs.NONE) {
            buckets[live.bucket()] = after;
        } else {
            slots.apply(before).next(after);
        }
        if (after != Slabs.NONE) {
            slots.apply(after).previous(before);
        }
    }

    /** @return one that may be due, which the wheel's owner removes or {@link #delay delays}; NONE if the bucket of now is empty */
    int next(long now) {
        while (ticks <= now / tickNanos) {
            int slot = buckets[(int) (ticks % BUCKETS)];
            if (slot != Slabs.NONE) {
                return slot;
            }
            ticks++;
        }
        return Slabs.NONE;
    }

    /** Puts one that came due to a later tick. */
    void delay(Live live, long due) {
        remove(live);
        add(live, Math.max(due, (ticks + 1) * tickNanos));
    }
}
