package io.tidegate.core.engine;

import io.tidegate.core.network.NetworkConfig;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What the sequences of a batch carry from one run to the next, one row a sequence: h [H] then c [H] for each direction of
 * each layer, in the order {@code _l0, _l0_reverse, _l1 …}. Rows are constant in size and in the engine's own precision, so
 * that a sequence fed in parts gives the same bits as the whole. A row of zero bytes is the zero state.
 */
public final class States {

    /** The form of one number of a state. */
    public enum Precision {
        FLOAT32(4),
        FLOAT64(8);

        private final int bytes;

        Precision(int bytes) {
            this.bytes = bytes;
        }

        public int bytes() {
            return bytes;
        }
    }

    private final MemorySegment memory; // [rows, size]
    private final Precision precision;
    private final int rows;
    private final int size;

    /** @param memory [rows, size] numbers, 8-byte aligned */
    public States(MemorySegment memory, Precision precision, int rows, int size) {
        long expected = (long) rows * size * precision.bytes();
        if (memory.byteSize() != expected) {
            throw new IllegalArgumentException("states: expected " + expected + " bytes, got " + memory.byteSize());
        }
        this.memory = memory;
        this.precision = precision;
        this.rows = rows;
        this.size = size;
    }

    public static States zero(Precision precision, int rows, int size) {
        long numbers = (long) rows * size;
        MemorySegment memory = precision == Precision.FLOAT32
                ? MemorySegment.ofArray(new float[Math.toIntExact(numbers)])
                : MemorySegment.ofArray(new double[Math.toIntExact(numbers)]);
        return new States(memory, precision, rows, size);
    }

    public Precision precision() {
        return precision;
    }

    public int rows() {
        return rows;
    }

    /** Numbers per row. */
    public int size() {
        return size;
    }

    /** Refuses to be used for another number of sequences, or for a network whose states are of another size. */
    public void requireFits(Batch batch, NetworkConfig config) {
        if (rows != batch.sequences() || size != config.stateSize()) {
            throw new IllegalArgumentException("states: expected " + batch.sequences() + " rows of "
                    + config.stateSize() + " numbers, got " + rows + " of " + size);
        }
    }

    public double get(int row, int index) {
        long at = (long) row * size + index;
        return precision == Precision.FLOAT32
                ? memory.getAtIndex(ValueLayout.JAVA_FLOAT, at)
                : memory.getAtIndex(ValueLayout.JAVA_DOUBLE, at);
    }

    public void set(int row, int index, double value) {
        long at = (long) row * size + index;
        if (precision == Precision.FLOAT32) {
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, at, (float) value);
        } else {
            memory.setAtIndex(ValueLayout.JAVA_DOUBLE, at, value);
        }
    }

    /** Copies {@code count} numbers of a row in float32, from {@code index} on. */
    public void read(int row, int index, int count, MemorySegment into, long offset) {
        requireFloats();
        long from = ((long) row * size + index) * Float.BYTES;
        MemorySegment.copy(memory, from, into, offset, (long) count * Float.BYTES);
    }

    /** The way back from {@link #read}. */
    public void write(int row, int index, int count, MemorySegment from, long offset) {
        requireFloats();
        long to = ((long) row * size + index) * Float.BYTES;
        MemorySegment.copy(from, offset, memory, to, (long) count * Float.BYTES);
    }

    /** Copies a whole row into another's states. */
    public void copyRow(int row, States into, int intoRow) {
        if (precision != into.precision || size != into.size) {
            throw new IllegalArgumentException("states: expected rows of " + size + " numbers in " + precision
                    + ", got " + into.size + " in " + into.precision);
        }
        long bytes = (long) size * precision.bytes();
        MemorySegment.copy(memory, row * bytes, into.memory, intoRow * bytes, bytes);
    }

    private void requireFloats() {
        if (precision != Precision.FLOAT32) {
            throw new IllegalArgumentException("states: expected FLOAT32, got " + precision);
        }
    }
}
