package io.tidegate.sequences;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Room for rows outside the Java heap: large pieces, cut into slots of one size, so that a million rows are a few hundred objects. */
final class Slabs implements AutoCloseable {

    private static final int ROUND = 64; // bytes: a cache line
    private static final long SLAB = 4L << 20;

    private final Map<Long, Pool> pools = new ConcurrentHashMap<>();

    /** Bytes that a row of so many takes. */
    static long slotBytes(long rowBytes) {
        return (rowBytes + ROUND - 1) / ROUND * ROUND;
    }

    /** A slot of zeros. */
    Slot take(long rowBytes) {
        long bytes = slotBytes(rowBytes);
        return pools.computeIfAbsent(bytes, Pool::new).take();
    }

    /** @param index in its slab */
    record Slot(Slab slab, int index) {

        MemorySegment memory(long bytes) {
            return slab.memory.asSlice(index * slab.pool.slotBytes, bytes);
        }

        /** Zeroes it, and lets others have it. */
        void free() {
            slab.pool.free(this);
        }
    }

    /** A large piece. All but its memory is guarded by its pool. */
    static final class Slab {
        private final Pool pool;
        private final Arena arena = Arena.ofShared();
        private final MemorySegment memory;
        private final int[] free; // a stack of slots that were used and aren't
        private int freed;
        private int fresh; // slots from here on were never used
        private int used;

        private Slab(Pool pool, int slots) {
            this.pool = pool;
            this.memory = arena.allocate(slots * pool.slotBytes, ROUND);
            this.free = new int[slots];
        }

        private boolean isFull() {
            return used == free.length;
        }

        private Slot take() {
            used++;
            return new Slot(this, freed > 0 ? free[--freed] : fresh++);
        }
    }

    private static final class Pool {
        private final long slotBytes;
        private final Deque<Slab> withRoom = new ArrayDeque<>();
        private boolean closed;

        Pool(long slotBytes) {
            this.slotBytes = slotBytes;
        }

        synchronized Slot take() {
            if (closed) {
                throw new IllegalStateException("live sequences: the store has been closed");
            }
            Slab slab = withRoom.peekFirst();
            if (slab == null) {
                slab = new Slab(this, Math.toIntExact(Math.max(1, SLAB / slotBytes)));
                withRoom.addFirst(slab);
            }
            Slot slot = slab.take();
            if (slab.isFull()) {
                withRoom.removeFirst();
            }
            return slot;
        }

        void free(Slot slot) {
            slot.memory(slotBytes).fill((byte) 0);
            @Nullable Slab empty = null;
            synchronized (this) {
                Slab slab = slot.slab();
                if (slab.isFull()) {
                    withRoom.addLast(slab);
                }
                slab.free[slab.freed++] = slot.index();
                if (--slab.used == 0 && withRoom.size() > 1) {
                    withRoom.remove(slab);
                    empty = slab;
                }
            }
            if (empty != null) {
                empty.arena.close();
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
