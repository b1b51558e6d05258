package io.tidegate.engine.fused;

import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;

/**
 * tanh as x P(x²) / Q(x²) with P and Q of degree 4, and σ(x) = ½ + ½ tanh(x/2): additions, products and one division, which give
 * the same bits on any machine and before and after compilation; the vector library's own tanh and exp don't.
 *
 * <p>The largest error of tanh is below 4e-7, over all floats. It never exceeds 1, and is exactly ±1 from {@link #BOUND} on, so that a
 * gate that is shut or open is quite so: a forget gate of 1 − 1e-7 would lose a part of its cell over a long sequence. NaN stays
 * NaN. The coefficients come from a minimax fit of our own (Lawson's weights on the linearised problem), scaled and biased by
 * a search over roundings for these properties, which ActivationsTest checks.
 */
final class Activations {

    static final float BOUND = 8.4994f;

    /** Of x, x³, … x⁹. */
    static final float N0 = 0.006786758f,
            N1 = 0.0009076929f,
            N2 = 2.3670878e-5f,
            N3 = 1.3899998e-7f,
            N4 = 8.943139e-11f;

    /** Of 1, x², … x⁸. */
    static final float D0 = 0.0067867585f,
            D1 = 0.0031699445f,
            D2 = 0.00017541979f,
            D3 = 2.2212434e-6f,
            D4 = 5.2284994e-9f;

    static final FloatVector ONE = all(1), HALF = all(0.5f);
    private static final FloatVector UPPER = all(BOUND), LOWER = all(-BOUND);
    private static final FloatVector VN0 = all(N0), VN1 = all(N1), VN2 = all(N2), VN3 = all(N3), VN4 = all(N4);
    private static final FloatVector VD0 = all(D0), VD1 = all(D1), VD2 = all(D2), VD3 = all(D3), VD4 = all(D4);

    private Activations() {}

    private static FloatVector all(float value) {
        return FloatVector.broadcast(Lanes.FLOATS, value);
    }

    static FloatVector clamp(FloatVector x) {
        return x.blend(UPPER, x.compare(GT, UPPER)).blend(LOWER, x.compare(LT, LOWER));
    }

    /** The numerator of tanh(x), for x within the bound and s = x². */
    static FloatVector numerator(FloatVector x, FloatVector s) {
        return VN4.fma(s, VN3).fma(s, VN2).fma(s, VN1).fma(s, VN0).mul(x);
    }

    static FloatVector denominator(FloatVector s) {
        return VD4.fma(s, VD3).fma(s, VD2).fma(s, VD1).fma(s, VD0);
    }

    static FloatVector tanh(FloatVector x) {
        FloatVector within = clamp(x), s = within.mul(within);
        return numerator(within, s).div(denominator(s));
    }

    static FloatVector sigmoid(FloatVector x) {
        return tanh(x.mul(HALF)).fma(HALF, HALF);
    }

    /** σ(a) tanh(b) with one division for both. */
    static FloatVector sigmoidTimesTanh(FloatVector a, FloatVector b) {
        FloatVector x = clamp(a.mul(HALF)), s = x.mul(x), q = denominator(s);
        FloatVector y = clamp(b), t = y.mul(y);
        return numerator(x, s).add(q).mul(numerator(y, t)).mul(HALF).div(q.mul(denominator(t)));
    }
}
