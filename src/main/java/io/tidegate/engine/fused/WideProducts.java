package io.tidegate.engine.fused;

import static io.tidegate.engine.fused.Lanes.ADDRESSES;
import static io.tidegate.engine.fused.Lanes.ALL;
import static io.tidegate.engine.fused.Lanes.FLOATS;
import static io.tidegate.engine.fused.Lanes.GATE;
import static io.tidegate.engine.fused.Lanes.INTS;
import static io.tidegate.engine.fused.Lanes.ORDER;
import static io.tidegate.engine.fused.Lanes.PANEL;
import static io.tidegate.engine.fused.Lanes.STRIP;
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

    /**
     * A panel, in eights and at last a four of its rows.
     *
     * @param second bytes from its first two vectors to its last two
     * @return how many rows it has been through, all but three at most
     */
    static int panel(long w, long wr, long second, int k, int rows, long a, long ar, long ak, long z, long zr) {
        int eights = rows / 8 * 8;
        for (long half = 0; half < 2; half++) { // which alone has to stay in the cache
            for (int r = 0; r < eights; r += 8) {
                rows8(w + half * second, wr, k, a + r * ar, ar, ak, z + r * zr + half * STRIP, zr);
            }
        }
        if (rows - eights < 4) {
            return eights;
        }
        rows4(w, wr, second, k, a + eights * ar, ar, ak, z + eights * zr, zr);
        return eights + 4;
    }

    /** Eight rows, two neighbouring vectors. */
    private static void rows8(long w, long wr, int k, long a, long ar, long ak, long z, long zr) {
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
    private static void rows4(long w, long wr, long second, int k, long a, long ar, long ak, long z, long zr) {
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

    /** One row, four panels of two strips; {@code next} bytes from panel to panel, {@code second} from strip to strip. */
    static void row1(long w, long next, long second, int k, long a, long z, long zNext) {
        long z0 = z & ADDRESSES;
        long z1 = (z + zNext) & ADDRESSES;
        long z2 = (z + 2 * zNext) & ADDRESSES;
        long z3 = (z + 3 * zNext) & ADDRESSES;
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
        long row = w & ADDRESSES, at = a & ADDRESSES, s0 = second & ADDRESSES;
        long n1 = next & ADDRESSES, s1 = (next + second) & ADDRESSES;
        long n2 = (2 * next) & ADDRESSES, s2 = (2 * next + second) & ADDRESSES;
        long n3 = (3 * next) & ADDRESSES, s3 = (3 * next + second) & ADDRESSES;
        for (int n = 0; n < k; n++) {
            FloatVector x =
                    IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at)).reinterpretAsFloats();
            c00 = x.fma(FloatVector.fromMemorySegment(FLOATS, ALL, row, ORDER), c00);
            c01 = x.fma(FloatVector.fromMemorySegment(FLOATS, ALL, row + GATE, ORDER), c01);
            c02 = x.fma(FloatVector.fromMemorySegment(FLOATS, ALL, row + s0, ORDER), c02);
            c03 = x.fma(FloatVector.fromMemorySegment(FLOATS, ALL, row + s0 + GATE, ORDER), c03);
            c10 = x.fma(FloatVector.fromMemorySegment(FLOATS, ALL, row + n1, ORDER), c10);
            c11 = x.fma(FloatVector.fromMemorySegment(FLOATS, ALL, row + n1 + GATE, ORDER), c11);
            c12 = x.fma(FloatVector.fromMemorySegment(FLOATS, ALL, row + s1, ORDER), c12);
            c13 = x.fma(FloatVector.fromMemorySegment(FLOATS, ALL, row + s1 + GATE, ORDER), c13);
            c20 = x.fma(FloatVector.fromMemorySegment(FLOATS, ALL, row + n2, ORDER), c20);
            c21 = x.fma(FloatVector.fromMemorySegment(FLOATS, ALL, row + n2 + GATE, ORDER), c21);
            c22 = x.fma(FloatVector.fromMemorySegment(FLOATS, ALL, row + s2, ORDER), c22);
            c23 = x.fma(FloatVector.fromMemorySegment(FLOATS, ALL, row + s2 + GATE, ORDER), c23);
            c30 = x.fma(FloatVector.fromMemorySegment(FLOATS, ALL, row + n3, ORDER), c30);
            c31 = x.fma(FloatVector.fromMemorySegment(FLOATS, ALL, row + n3 + GATE, ORDER), c31);
            c32 = x.fma(FloatVector.fromMemorySegment(FLOATS, ALL, row + s3, ORDER), c32);
            c33 = x.fma(FloatVector.fromMemorySegment(FLOATS, ALL, row + s3 + GATE, ORDER), c33);
            row = (row + STRIP) & ADDRESSES;
            at = (at + Float.BYTES) & ADDRESSES;
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

    /** Two rows, one strip of each of four panels. */
    static void rows2(long w, long next, int k, long a, long ar, long z, long zNext) {
        long y0 = z & ADDRESSES, z0 = (z + PANEL) & ADDRESSES;
        long y1 = (z + zNext) & ADDRESSES, z1 = (z + zNext + PANEL) & ADDRESSES;
        long y2 = (z + 2 * zNext) & ADDRESSES, z2 = (z + 2 * zNext + PANEL) & ADDRESSES;
        long y3 = (z + 3 * zNext) & ADDRESSES, z3 = (z + 3 * zNext + PANEL) & ADDRESSES;
        FloatVector b00 = FloatVector.fromMemorySegment(FLOATS, ALL, y0, ORDER);
        FloatVector b01 = FloatVector.fromMemorySegment(FLOATS, ALL, y0 + GATE, ORDER);
        FloatVector c00 = FloatVector.fromMemorySegment(FLOATS, ALL, z0, ORDER);
        FloatVector c01 = FloatVector.fromMemorySegment(FLOATS, ALL, z0 + GATE, ORDER);
        FloatVector b10 = FloatVector.fromMemorySegment(FLOATS, ALL, y1, ORDER);
        FloatVector b11 = FloatVector.fromMemorySegment(FLOATS, ALL, y1 + GATE, ORDER);
        FloatVector c10 = FloatVector.fromMemorySegment(FLOATS, ALL, z1, ORDER);
        FloatVector c11 = FloatVector.fromMemorySegment(FLOATS, ALL, z1 + GATE, ORDER);
        FloatVector b20 = FloatVector.fromMemorySegment(FLOATS, ALL, y2, ORDER);
        FloatVector b21 = FloatVector.fromMemorySegment(FLOATS, ALL, y2 + GATE, ORDER);
        FloatVector c20 = FloatVector.fromMemorySegment(FLOATS, ALL, z2, ORDER);
        FloatVector c21 = FloatVector.fromMemorySegment(FLOATS, ALL, z2 + GATE, ORDER);
        FloatVector b30 = FloatVector.fromMemorySegment(FLOATS, ALL, y3, ORDER);
        FloatVector b31 = FloatVector.fromMemorySegment(FLOATS, ALL, y3 + GATE, ORDER);
        FloatVector c30 = FloatVector.fromMemorySegment(FLOATS, ALL, z3, ORDER);
        FloatVector c31 = FloatVector.fromMemorySegment(FLOATS, ALL, z3 + GATE, ORDER);
        long row = w & ADDRESSES, at = a & ADDRESSES, a1 = ar & ADDRESSES;
        long n1 = next & ADDRESSES, n2 = (2 * next) & ADDRESSES, n3 = (3 * next) & ADDRESSES;
        for (int n = 0; n < k; n++) {
            FloatVector x =
                    IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at)).reinterpretAsFloats();
            FloatVector y = IntVector.broadcast(INTS, ALL.get(JAVA_INT_UNALIGNED, at + a1))
                    .reinterpretAsFloats();
            FloatVector w00 = FloatVector.fromMemorySegment(FLOATS, ALL, row, ORDER);
            b00 = x.fma(w00, b00);
            c00 = y.fma(w00, c00);
            FloatVector w01 = FloatVector.fromMemorySegment(FLOATS, ALL, row + GATE, ORDER);
            b01 = x.fma(w01, b01);
            c01 = y.fma(w01, c01);
            FloatVector w10 = FloatVector.fromMemorySegment(FLOATS, ALL, row + n1, ORDER);
            b10 = x.fma(w10, b10);
            c10 = y.fma(w10, c10);
            FloatVector w11 = FloatVector.fromMemorySegment(FLOATS, ALL, row + n1 + GATE, ORDER);
            b11 = x.fma(w11, b11);
            c11 = y.fma(w11, c11);
            FloatVector w20 = FloatVector.fromMemorySegment(FLOATS, ALL, row + n2, ORDER);
            b20 = x.fma(w20, b20);
            c20 = y.fma(w20, c20);
            FloatVector w21 = FloatVector.fromMemorySegment(FLOATS, ALL, row + n2 + GATE, ORDER);
            b21 = x.fma(w21, b21);
            c21 = y.fma(w21, c21);
            FloatVector w30 = FloatVector.fromMemorySegment(FLOATS, ALL, row + n3, ORDER);
            b30 = x.fma(w30, b30);
            c30 = y.fma(w30, c30);
            FloatVector w31 = FloatVector.fromMemorySegment(FLOATS, ALL, row + n3 + GATE, ORDER);
            b31 = x.fma(w31, b31);
            c31 = y.fma(w31, c31);
            row = (row + STRIP) & ADDRESSES;
            at = (at + Float.BYTES) & ADDRESSES;
        }
        b00.intoMemorySegment(ALL, y0, ORDER);
        b01.intoMemorySegment(ALL, y0 + GATE, ORDER);
        c00.intoMemorySegment(ALL, z0, ORDER);
        c01.intoMemorySegment(ALL, z0 + GATE, ORDER);
        b10.intoMemorySegment(ALL, y1, ORDER);
        b11.intoMemorySegment(ALL, y1 + GATE, ORDER);
        c10.intoMemorySegment(ALL, z1, ORDER);
        c11.intoMemorySegment(ALL, z1 + GATE, ORDER);
        b20.intoMemorySegment(ALL, y2, ORDER);
        b21.intoMemorySegment(ALL, y2 + GATE, ORDER);
        c20.intoMemorySegment(ALL, z2, ORDER);
        c21.intoMemorySegment(ALL, z2 + GATE, ORDER);
        b30.intoMemorySegment(ALL, y3, ORDER);
        b31.intoMemorySegment(ALL, y3 + GATE, ORDER);
        c30.intoMemorySegment(ALL, z3, ORDER);
        c31.intoMemorySegment(ALL, z3 + GATE, ORDER);
    }
}
