package io.tidegate.sequences;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A timer wheel: a ring of buckets, one for each tick, each a list of what may be due then. Adding and removing take constant time,
 * and a tick looks at one bucket only. What is asked for again before it is due isn't moved: its bucket's turn finds that out
 * and puts it where it belongs by then; what lies beyond a turn of the wheel waits in the last bucket for the same.
 */
final class Wheel<E extends Wheel.Entry> {

    private static final int BUCKETS = 512;

    /** What can be in a wheel, once. */
    abstract static class Entry {
        private @Nullable Entry next;
        private @Nullable Entry previous; // null for the first of a bucket
        private int bucket = -1; // -1 outside
    }

    /** Decides what becomes of an entry whose bucket's turn has come. */
    interface Due<E> {
        /** @return when it is due, in nanoseconds as those of {@link #tick}; negative if it is done with */
        long due(E entry, long now);
    }

    private final long tickNanos;
    private final @Nullable Entry[] buckets = new @Nullable Entry[BUCKETS];
    private long ticks; // the next bucket's number since the beginning

    Wheel(long tickNanos, long now) {
        this.tickNanos = Math.max(1, tickNanos);
        this.ticks = now / this.tickNanos;
    }

    /** Ticks scaled to the shortest time that anything waits. */
    static long tickNanos(long shortestNanos) {
        return Math.clamp(shortestNanos / 100, TimeUnit.MILLISECONDS.toNanos(10), TimeUnit.SECONDS.toNanos(1));
    }

    /** @param due in the same nanoseconds as those of {@link #tick} */
    synchronized void add(E entry, long due) {
        link(entry, due);
    }

    synchronized void remove(E ours) {
        Entry entry = ours;
        if (entry.bucket >= 0) {
            unlink(entry);
        }
    }

    private void link(Entry entry, long due) {
        long tick = Math.clamp((due + tickNanos - 1) / tickNanos, ticks, ticks + BUCKETS - 1);
        int bucket = (int) (tick % BUCKETS);
        @Nullable Entry first = buckets[bucket];
        entry.bucket = bucket;
        entry.previous = null;
        entry.next = first;
        if (first != null) {
            first.previous = entry;
        }
        buckets[bucket] = entry;
    }

    private void unlink(Entry entry) {
        Entry before = entry.previous, after = entry.next;
        if (before == null) {
            buckets[entry.bucket] = after;
        } else {
            before.next = after;
        }
        if (after != null) {
            after.previous = before;
        }
        entry.next = null;
        entry.previous = null;
        entry.bucket = -1;
    }

    /** Looks at the buckets whose time has come; called by the wheel's one owner. */
    void tick(long now, Due<E> due) {
        while (true) {
            @Nullable Entry entry;
            synchronized (this) {
                if (ticks > now / tickNanos) {
                    return;
                }
                entry = buckets[(int) (ticks % BUCKETS)];
                if (entry == null) {
                    ticks++;
                    continue;
                }
                unlink(entry);
            }
            @SuppressWarnings("unchecked") // only add() links any
            E ours = (E) entry;
            long later = due.due(ours, now);
            if (later >= 0) {
                synchronized (this) {
                    link(entry, Math.max(later, (ticks + 1) * tickNanos));
                }
            }
        }
    }
}
