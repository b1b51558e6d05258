package io.tidegate.engine.fused;

import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vectors of this machine, and memory by address. All the engine's memory is off the heap and laid out for 16 units whatever
 * the vector width; narrower vectors pass over it more often and compute the same bits.
 *
 * <p>Kernels take addresses, not segments: bounds are the callers' to keep. In return the compiler sees constants where it would
 * see sessions and sizes, and a kernel stays within what it can keep in registers.
 */
final class Lanes {

    /** Names a vector width in lanes of 32 bits, 4, 8 or 16, in place of the machine's best. For tests and comparisons. */
    static final String PROPERTY = "tidegate.fused.lanes";

    /** Units of a panel: as many as the widest vector has lanes. */
    static final int UNITS = 16;

    /** Bytes that one gate of a panel's units takes. */
    static final int GATE = UNITS * Float.BYTES;

    /** Columns of a panel: four gates of its units. */
    static final int COLUMNS = 4 * UNITS;

    /** Bytes of a panel's row. */
    static final int PANEL = COLUMNS * Float.BYTES;

    /** Bytes of a strip's row: two gates. */
    static final int STRIP = PANEL / 2;

    static final VectorSpecies<Float> FLOATS = species();
    static final VectorSpecies<Integer> INTS = FLOATS.withLanes(int.class);

    /** Bytes of a vector. */
    static final int VECTOR = FLOATS.vectorByteSize();

    /** Whether sixteen sums fit the registers, beside what they are summed from. */
    static final boolean WIDE = VECTOR == GATE;

    static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    @SuppressWarnings("restricted") // reinterpreting is
    static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    /** See {@link #bounded}. */
    static final long ADDRESSES = (1L << 56) - 1;

    private static final FloatVector TINY = FloatVector.broadcast(FLOATS, 1e-30f), ZERO = FloatVector.zero(FLOATS);

    private Lanes() {}

    private static VectorSpecies<Float> species() {
        int bits = 32 * Integer.getInteger(PROPERTY, Math.min(UNITS, FloatVector.SPECIES_PREFERRED.length()));
        return VectorSpecies.of(float.class, VectorShape.forBitSize(bits));
    }

    /**
     * An address that the compiler knows to be one: the bounds checks of the accesses beside it fall away. Left in a kernel's
     * loop they cost a sixth of its speed.
     */
    static long bounded(long address) {
        return address & ADDRESSES;
    }

    static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(FLOATS, ALL, address, ORDER);
    }

    static void store(FloatVector vector, long address) {
        vector.intoMemorySegment(ALL, address, ORDER);
    }

    static FloatVector broadcast(long address) {
        return IntVector.broadcast(INTS, ALL.get(ValueLayout.JAVA_INT_UNALIGNED, address))
                .reinterpretAsFloats();
    }

    static IntVector loadInts(long address) {
        return IntVector.fromMemorySegment(INTS, ALL, address, ORDER);
    }

    /** The lower halves as bfloat16. */
    static FloatVector shifted(IntVector lanes) {
        return lanes.lanewise(LSHL, 16).reinterpretAsFloats();
    }

    /** Zero for what lies within 1e-30 of it: gradients that vanish must not become denormals, which cost a hundredfold. */
    static FloatVector flushed(FloatVector vector) {
        return vector.blend(ZERO, vector.abs().compare(LT, TINY));
    }

    static float get(long address) {
        return ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, address);
    }

    static void set(long address, float value) {
        ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, address, value);
    }

    static void copy(long from, long to, long bytes) {
        MemorySegment.copy(ALL, from, ALL, to, bytes);
    }

    static void copy(float[] from, int index, long to, int count) {
        MemorySegment.copy(from, index, ALL, ValueLayout.JAVA_FLOAT_UNALIGNED, to, count);
    }

    static void copy(long from, float[] to, int index, int count) {
        MemorySegment.copy(ALL, ValueLayout.JAVA_FLOAT_UNALIGNED, from, to, index, count);
    }
}
