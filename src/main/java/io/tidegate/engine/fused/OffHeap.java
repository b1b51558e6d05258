package io.tidegate.engine.fused;

import java.lang.foreign.Arena;

/** Memory off the heap, zeroed and aligned to cache lines, that lives and dies together. Whoever closes it has stopped using it. */
final class OffHeap implements AutoCloseable {

    private static final int LINE = 64;

    private final Arena arena;
    private long bytes;

    OffHeap() {
        this(Arena.ofShared());
    }

    private OffHeap(Arena arena) {
        this.arena = arena;
    }

    /** To be closed by the thread that asks for it, which is far cheaper; others may use its addresses until then. */
    static OffHeap ofThisThread() {
        return new OffHeap(Arena.ofConfined());
    }

    /** @return the address of so many zeros */
    long floats(long count) {
        return bytes(Math.multiplyExact(count, (long) Float.BYTES));
    }

    long bytes(long size) {
        long whole = Math.max(LINE, Math.ceilDiv(size, LINE) * LINE);
        bytes += whole;
        return arena.allocate(whole, LINE).address();
    }

    /** Bytes given out so far. */
    long size() {
        return bytes;
    }

    @Override
    public void close() {
        arena.close();
    }
}
