package io.tidegate.sequences;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A part of the live sequences, chosen by their ids' hashes; whoever holds its lock has all of it to himself. */
final class Shard {

    private final Slabs slabs;
    private final SlotIndex index = new SlotIndex();
    private final Wheel wheel;
    private long[] changed = new long[16]; // entries of the index
    private int changes;

    Shard(Slabs slabs, long tickNanos) {
        this.slabs = slabs;
        this.wheel = new Wheel(tickNanos, 0, slot -> Live.in(slabs, slot));
    }

    @Nullable
    Live find(Id id) {
        int slot = index.find(id.hash(), candidate -> Live.in(slabs, candidate).is(id));
        return slot == Slabs.NONE ? null : Live.in(slabs, slot);
    }

    /** @param due when it may be given up */
    void add(Live live, long due) {
        index.add(entry(live));
        wheel.add(live, due);
    }

    /** Forgets a live sequence and frees its slot. */
    void remove(Live live) {
        index.remove(entry(live));
        wheel.remove(live);
        slabs.free(live.slot());
    }

    /** The same sequence with another slot, for a row of such a size. */
    Live moved(Live live, long rowBytes, long due) {
        Live moved = live.moved(slabs, rowBytes);
        remove(live);
        add(moved, due);
        if (moved.changed()) {
            toWrite(moved);
        }
        return moved;
    }

    private static long entry(Live live) {
        return SlotIndex.entry(live.hash(), live.slot());
    }

    void forEach(Consumer<Live> action) {
        index.forEach(slot -> action.accept(Live.in(slabs, slot)));
    }

    // --- what may be due ---

    @Nullable
    Live next(long now) {
        int slot = wheel.next(now);
        return slot == Slabs.NONE ? null : Live.in(slabs, slot);
    }

    void delay(Live live, long due) {
        wheel.delay(live, due);
    }

    // --- what the journal has to write ---

    /** {@link #eachToWrite} will give it. */
    void toWrite(Live live) {
        live.changed(true);
        note(entry(live));
    }

    private void note(long entry) {
        if (changes == changed.length) {
            changed = Arrays.copyOf(changed, 2 * changes);
        }
        changed[changes++] = entry;
    }

    /** Gives each whose row is to be written; takes the lock for one at a time. Those that this doesn't come to stay noted. */
    void eachToWrite(Consumer<Live> write) {
        long[] mine;
        int count, done = 0;
        synchronized (this) {
            mine = changed;
            count = changes;
            changed = new long[Math.max(16, count)];
            changes = 0;
        }
        try {
            for (; done < count; done++) {
                synchronized (this) {
                    if (index.contains(mine[done])) {
                        Live live = Live.in(slabs, SlotIndex.slot(mine[done]));
                        if (live.changed()) {
                            write.accept(live);
                            live.changed(false);
                        }
                    }
                }
            }
        } finally {
            synchronized (this) {
                for (; done < count; done++) {
                    note(mine[done]);
                }
            }
        }
    }
}
