package io.tidegate.sequences;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Room outside the Java heap: large pieces, cut into slots of one size, so that a million slots are a few hundred objects. A slot is a
 * number: its slab's, and its place there.
 */
final class Slabs implements AutoCloseable {

    /** No slot. */
    static final int NONE = 0;

    private static final int ROUND = 16; // bytes
    private static final long SLAB = 4L << 20; // bytes
    private static final int PLACE_BITS = 15, PLACES = 1 << PLACE_BITS, MOST_SLABS = 1 << (31 - PLACE_BITS);

    private final Map<Long, Pool> pools = new ConcurrentHashMap<>();
    private final ArrayDeque<Integer> freeNumbers = new ArrayDeque<>(); // of slabs; guarded by this
    private volatile @Nullable Slab[] slabs =
            new @Nullable Slab[1]; // copied when it grows, so that reading takes no lock

    /** Bytes that so many take. */
    static long slotBytes(long bytes) {
        return (bytes + ROUND - 1) / ROUND * ROUND;
    }

    /** A slot of zeros. */
    int take(long bytes) {
        return pools.computeIfAbsent(slotBytes(bytes), Pool::new).take();
    }

    /** All of a slot that was taken. */
    MemorySegment memory(int slot) {
        Slab slab = slab(slot);
        return slab.memory.asSlice((slot & (PLACES - 1)) * slab.pool.slotBytes, slab.pool.slotBytes);
    }

    /** Zeroes it, and lets others have it. */
    void free(int slot) {
        memory(slot).fill((byte) 0);
        Slab slab = slab(slot);
        slab.pool.free(slab, slot & (PLACES - 1));
    }

    private Slab slab(int slot) {
        Slab slab = slabs[slot >>> PLACE_BITS];
        if (slab == null) {
            throw new IllegalStateException("slot " + slot + " isn't taken");
        }
        return slab;
    }

    private synchronized Slab add(Pool pool) {
        Integer free = freeNumbers.poll();
        @Nullable Slab[] all = slabs;
        int number = free != null ? free : all.length; // from 1, so that no slot is NONE
        if (number == MOST_SLABS) {
            throw new IllegalStateException("live sequences: no more than " + MOST_SLABS + " slabs");
        }
        Slab slab = new Slab(pool, number, Math.clamp(SLAB / pool.slotBytes, 1, PLACES));
        all = Arrays.copyOf(all, Math.max(all.length, number + 1));
        all[number] = slab;
        slabs = all;
        return slab;
    }

    private synchronized void remove(Slab slab) {
        @Nullable Slab[] all = slabs.clone();
        all[slab.number] = null;
        slabs = all;
        freeNumbers.add(slab.number);
        slab.arena.close();
    }

    /** A large piece. All but its memory is guarded by its pool. */
    private static final class Slab {
        private final Pool pool;
        private final int number;
        private final Arena arena = Arena.ofShared();
        private final MemorySegment memory;
        private final int[] free; // a stack of places that were used and aren't
        private int freed;
        private int fresh; // places from here on were never used
        private int used;

        private Slab(Pool pool, int number, int places) {
            this.pool = pool;
            this.number = number;
            this.memory = arena.allocate(places * pool.slotBytes, 64);
            this.free = new int[places];
        }

        private boolean isFull() {
            return used == free.length;
        }

        private int take() {
            used++;
            return number << PLACE_BITS | (freed > 0 ? free[--freed] : fresh++);
        }
    }

    private final class Pool {
        private final long slotBytes;
        private final Deque<Slab> withRoom = new ArrayDeque<>();
        private boolean closed;

        Pool(long slotBytes) {
            this.slotBytes = slotBytes;
        }

        synchronized int take() {
            if (closed) {
                throw new IllegalStateException("live sequences: the store has been closed");
            }
            Slab slab = withRoom.peekFirst();
            if (slab == null) {
                slab = add(this);
                withRoom.addFirst(slab);
            }
            int slot = slab.take();
            if (slab.isFull()) {
                withRoom.removeFirst();
            }
            return slot;
        }

        synchronized void free(Slab slab, int place) {
            if (slab.isFull()) {
                withRoom.addLast(slab);
            }
            slab.free[slab.freed++] = place;
            if (--slab.used == 0 && withRoom.size() > 1) {
                withRoom.remove(slab);
                remove(slab);
            }
        }

        synchronized void close() {
            closed = true;
            withRoom.clear(); // full ones go with the process
        }
    }

    @Override
    public void close() {
        pools.values().forEach(Pool::close);
    }
}
