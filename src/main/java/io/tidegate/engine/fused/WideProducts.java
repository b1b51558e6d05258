package io.tidegate.engine.fused;

import static io.tidegate.engine.fused.Lanes.ADDRESSES;
import static io.tidegate.engine.fused.Lanes.ALL;
import static io.tidegate.engine.fused.Lanes.FLOATS;
import static io.tidegate.engine.fused.Lanes.GATE;
import static io.tidegate.engine.fused.Lanes.INTS;
import static io.tidegate.engine.fused.Lanes.ORDER;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * The kernels of {@link Products} and {@link StripProducts} with sixteen sums, for processors with 32 vector registers: two
 * multiply-adds a cycle, four cycles long, need eight sums that are never late, and reach a quarter more with sixteen.
 *
 * <p>Here everything is spelled out, since the compiler stops inlining what isn't forced once a method has 18,000 nodes
 * (NodeCountInliningCutoff): a helper around a load or a store then stays a call, and every sum an object, at a cost of tenfold. The methods of
 * the Vector API and of memory segments are forced; ours can't be.
 *
 * <p>{@code wr} and {@code ak} are bytes from k to k.
 */
final class WideProducts {

    private WideProducts() {}

    /** Eight rows, two neighbouring vectors. */
    static void rows8(long w, long wr, int k, long a, long ar, long ak, long z, long zr) {
        long z0 = z & ADDRESSES;
        long z1 = (z + zr) & ADDRESSES;
        long z2 = (z + 2 * zr) & ADDRESSES;
        long z3 = (z + 3 * zr) & ADDRESSES;
        long z4 = (z + 4 * zr) & ADDRESSES;
        long z5 = (z + 5 * zr) & ADDRESSES;
        long z6 = (z + 6 * zr) & ADDRESSES;
        long z7 = (z + 7 * zr) & ADDRESSES;
        FloatVector c00 = FloatVector.fromMemorySegment(FLOATS, ALL, z0, ORDER);
        FloatVector c01 = FloatVector.fromMemorySegment(FLOATS, ALL, z0 + GATE, ORDER);
        FloatVector c10 = FloatVector.fromMemorySegment(FLOATS, ALL, z1, ORDER);
        FloatVector c11 = FloatVector.fromMemorySegment(FLOATS, ALL, z1 + GATE, ORDER);
        FloatVector c20 = FloatVector.fromMemorySegment(FLOATS, ALL, z2, ORDER);
        FloatVector c21 = FloatVector.fromMemorySegment(FLOATS, ALL, z2 + GATE, ORDER);
        FloatVector c30 = FloatVector.fromMemorySegment(FLOATS, ALL, z3, ORDER);
        FloatVector c31 = FloatVector.fromMemorySegment(FLOATS, ALL, z3 + GATE, ORDER);
        FloatVector c40 = FloatVector.fromMemorySegment(FLOATS, ALL, z4, ORDER);
        FloatVector c41 = FloatVector.fromMemorySegment(FLOATS, ALL, z4 + GATE, ORDER);
        FloatVector c50 = FloatVector.fromMemorySegment(FLOATS, ALL, z5, ORDER);
        FloatVector c51 = FloatVector.fromMemorySegment(FLOATS, ALL, z5 + GATE, ORDER);
        FloatVector c60 = FloatVector.fromMemorySegment(FLOATS, ALL, z6, ORDER);
        FloatVector c61 = FloatVector.fromMemorySegment(FLOATS, ALL, z6 + GATE, ORDER);
        FloatVector c70 = FloatVector.fromMemorySegment(FLOATS, ALL, z7, ORDER);
        FloatVector c71 = FloatVector.fromMemorySegment(FLOATS, ALL, z7 + GATE, ORDER);
        long row = w & ADDRESSES, at = a & ADDRESSES;
        long a1 = ar & ADDRESSES;
        long a2 = (2 * ar) & ADDRESSES;
        long a3 = (3 * ar) & ADDRESSES;
        long a4 = (4 * ar) & ADDRESSES;
        long a5 = (5 * ar) & ADDRESSES;
        long a6 = (6 * ar) & ADDRESSES;
        long a7 = (7 * ar) & ADDRESSES;
        for (int n = 0; n < k; n++) {
            FloatVector w0 = FloatVector.fromMemorySegment(FLOATS, ALL, row, ORDER);
            FloatVector w1 = FloatVector.fromMemorySegment(FLOATS, ALL, row + GATE, ORDER);
            FloatVector x0 =
                    IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at)).reinterpretAsFloats();
            c00 = x0.fma(w0, c00);
            c01 = x0.fma(w1, c01);
            FloatVector x1 = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a1))
                    .reinterpretAsFloats();
            c10 = x1.fma(w0, c10);
            c11 = x1.fma(w1, c11);
            FloatVector x2 = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a2))
                    .reinterpretAsFloats();
            c20 = x2.fma(w0, c20);
            c21 = x2.fma(w1, c21);
            FloatVector x3 = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a3))
                    .reinterpretAsFloats();
            c30 = x3.fma(w0, c30);
            c31 = x3.fma(w1, c31);
            FloatVector x4 = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a4))
                    .reinterpretAsFloats();
            c40 = x4.fma(w0, c40);
            c41 = x4.fma(w1, c41);
            FloatVector x5 = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a5))
                    .reinterpretAsFloats();
            c50 = x5.fma(w0, c50);
            c51 = x5.fma(w1, c51);
            FloatVector x6 = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a6))
                    .reinterpretAsFloats();
            c60 = x6.fma(w0, c60);
            c61 = x6.fma(w1, c61);
            FloatVector x7 = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a7))
                    .reinterpretAsFloats();
            c70 = x7.fma(w0, c70);
            c71 = x7.fma(w1, c71);
            row = (row + wr) & ADDRESSES;
            at = (at + ak) & ADDRESSES;
        }
        c00.intoMemorySegment(ALL, z0, ORDER);
        c01.intoMemorySegment(ALL, z0 + GATE, ORDER);
        c10.intoMemorySegment(ALL, z1, ORDER);
        c11.intoMemorySegment(ALL, z1 + GATE, ORDER);
        c20.intoMemorySegment(ALL, z2, ORDER);
        c21.intoMemorySegment(ALL, z2 + GATE, ORDER);
        c30.intoMemorySegment(ALL, z3, ORDER);
        c31.intoMemorySegment(ALL, z3 + GATE, ORDER);
        c40.intoMemorySegment(ALL, z4, ORDER);
        c41.intoMemorySegment(ALL, z4 + GATE, ORDER);
        c50.intoMemorySegment(ALL, z5, ORDER);
        c51.intoMemorySegment(ALL, z5 + GATE, ORDER);
        c60.intoMemorySegment(ALL, z6, ORDER);
        c61.intoMemorySegment(ALL, z6 + GATE, ORDER);
        c70.intoMemorySegment(ALL, z7, ORDER);
        c71.intoMemorySegment(ALL, z7 + GATE, ORDER);
    }

    /** Four rows, two neighbouring vectors and two more, {@code second} bytes further on. */
    static void rows4(long w, long wr, long second, int k, long a, long ar, long ak, long z, long zr) {
        long z0 = z & ADDRESSES;
        long z1 = (z + zr) & ADDRESSES;
        long z2 = (z + 2 * zr) & ADDRESSES;
        long z3 = (z + 3 * zr) & ADDRESSES;
        FloatVector c00 = FloatVector.fromMemorySegment(FLOATS, ALL, z0, ORDER);
        FloatVector c01 = FloatVector.fromMemorySegment(FLOATS, ALL, z0 + GATE, ORDER);
        FloatVector c02 = FloatVector.fromMemorySegment(FLOATS, ALL, z0 + 2 * GATE, ORDER);
        FloatVector c03 = FloatVector.fromMemorySegment(FLOATS, ALL, z0 + 3 * GATE, ORDER);
        FloatVector c10 = FloatVector.fromMemorySegment(FLOATS, ALL, z1, ORDER);
        FloatVector c11 = FloatVector.fromMemorySegment(FLOATS, ALL, z1 + GATE, ORDER);
        FloatVector c12 = FloatVector.fromMemorySegment(FLOATS, ALL, z1 + 2 * GATE, ORDER);
        FloatVector c13 = FloatVector.fromMemorySegment(FLOATS, ALL, z1 + 3 * GATE, ORDER);
        FloatVector c20 = FloatVector.fromMemorySegment(FLOATS, ALL, z2, ORDER);
        FloatVector c21 = FloatVector.fromMemorySegment(FLOATS, ALL, z2 + GATE, ORDER);
        FloatVector c22 = FloatVector.fromMemorySegment(FLOATS, ALL, z2 + 2 * GATE, ORDER);
        FloatVector c23 = FloatVector.fromMemorySegment(FLOATS, ALL, z2 + 3 * GATE, ORDER);
        FloatVector c30 = FloatVector.fromMemorySegment(FLOATS, ALL, z3, ORDER);
        FloatVector c31 = FloatVector.fromMemorySegment(FLOATS, ALL, z3 + GATE, ORDER);
        FloatVector c32 = FloatVector.fromMemorySegment(FLOATS, ALL, z3 + 2 * GATE, ORDER);
        FloatVector c33 = FloatVector.fromMemorySegment(FLOATS, ALL, z3 + 3 * GATE, ORDER);
        long row = w & ADDRESSES, at = a & ADDRESSES;
        long other = second & ADDRESSES;
        long a1 = ar & ADDRESSES;
        long a2 = (2 * ar) & ADDRESSES;
        long a3 = (3 * ar) & ADDRESSES;
        for (int n = 0; n < k; n++) {
            FloatVector w0 = FloatVector.fromMemorySegment(FLOATS, ALL, row, ORDER);
            FloatVector w1 = FloatVector.fromMemorySegment(FLOATS, ALL, row + GATE, ORDER);
            FloatVector w2 = FloatVector.fromMemorySegment(FLOATS, ALL, row + other, ORDER);
            FloatVector w3 = FloatVector.fromMemorySegment(FLOATS, ALL, row + other + GATE, ORDER);
            FloatVector x0 =
                    IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at)).reinterpretAsFloats();
            c00 = x0.fma(w0, c00);
            c01 = x0.fma(w1, c01);
            c02 = x0.fma(w2, c02);
            c03 = x0.fma(w3, c03);
            FloatVector x1 = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a1))
                    .reinterpretAsFloats();
            c10 = x1.fma(w0, c10);
            c11 = x1.fma(w1, c11);
            c12 = x1.fma(w2, c12);
            c13 = x1.fma(w3, c13);
            FloatVector x2 = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a2))
                    .reinterpretAsFloats();
            c20 = x2.fma(w0, c20);
            c21 = x2.fma(w1, c21);
            c22 = x2.fma(w2, c22);
            c23 = x2.fma(w3, c23);
            FloatVector x3 = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a3))
                    .reinterpretAsFloats();
            c30 = x3.fma(w0, c30);
            c31 = x3.fma(w1, c31);
            c32 = x3.fma(w2, c32);
            c33 = x3.fma(w3, c33);
            row = (row + wr) & ADDRESSES;
            at = (at + ak) & ADDRESSES;
        }
        c00.intoMemorySegment(ALL, z0, ORDER);
        c01.intoMemorySegment(ALL, z0 + GATE, ORDER);
        c02.intoMemorySegment(ALL, z0 + 2 * GATE, ORDER);
        c03.intoMemorySegment(ALL, z0 + 3 * GATE, ORDER);
        c10.intoMemorySegment(ALL, z1, ORDER);
        c11.intoMemorySegment(ALL, z1 + GATE, ORDER);
        c12.intoMemorySegment(ALL, z1 + 2 * GATE, ORDER);
        c13.intoMemorySegment(ALL, z1 + 3 * GATE, ORDER);
        c20.intoMemorySegment(ALL, z2, ORDER);
        c21.intoMemorySegment(ALL, z2 + GATE, ORDER);
        c22.intoMemorySegment(ALL, z2 + 2 * GATE, ORDER);
        c23.intoMemorySegment(ALL, z2 + 3 * GATE, ORDER);
        c30.intoMemorySegment(ALL, z3, ORDER);
        c31.intoMemorySegment(ALL, z3 + GATE, ORDER);
        c32.intoMemorySegment(ALL, z3 + 2 * GATE, ORDER);
        c33.intoMemorySegment(ALL, z3 + 3 * GATE, ORDER);
    }
}
