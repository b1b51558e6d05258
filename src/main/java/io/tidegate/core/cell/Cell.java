package io.tidegate.core.cell;

import static java.lang.Math.exp;
import static java.lang.Math.tanh;

/**
 * One step of a recurrent cell, forward and backward, for one sequence, in double precision.
 *
 * <pre>
 *   i = σ(W_ix x + W_ih h' + b_i + memory_i(c'))        h', c' are the previous step's
 *   f = σ(W_fx x + W_fh h' + b_f + memory_f(c'))
 *   g = tanh(W_gx x + W_gh h' + b_g)                    g never sees the cell
 *   c = f ⊙ c' + i ⊙ g
 *   o = σ(W_ox x + W_oh h' + b_o + memory_o(c))         o sees the new cell
 *   h = o ⊙ tanh(c)
 * </pre>
 *
 * The four cells differ in {@code memory} alone, what the cell state adds to a gate's pre-activation: nothing
 * ({@link Lstm}), p ⊙ c ({@link PeepholeLstm}), W c ({@link FullPeepholeLstm}) or tanh(W c) ({@link WorkingMemoryLstm}). With
 * its cell-to-gate weights at zero, each of the other three equals the {@link Lstm} exactly.
 */
public abstract sealed class Cell permits Lstm, PeepholeLstm, FullPeepholeLstm, WorkingMemoryLstm {

    /** The gates that may see the cell state, in the order in which cell-to-gate weights are stacked. */
    protected static final int I = 0, F = 1, O = 2;

    protected final int H;
    private final Matrix hh; // [4H, H], gates stacked i, f, g, o

    protected Cell(Matrix hh) {
        this.hh = hh;
        this.H = hh.columns();
    }

    /** What the cell state adds to a gate's pre-activation, [H]. */
    protected abstract double[] memory(int gate, double[] c);

    /**
     * The gradient of {@link #memory}.
     *
     * @param memory what {@code memory(gate, c)} returned
     * @param da ∂L/∂ the gate's pre-activation, [H]
     * @param dc receives what passes through to the cell state, [H]
     * @return ∂L/∂ the projection, before any tanh, [H]
     */
    protected abstract double[] memoryBackward(int gate, double[] memory, double[] da, double[] dc);

    /**
     * Adds the cell-to-gate weights' part to the gradient.
     *
     * @param dp what {@link #memoryBackward} returned, [steps][H]
     * @param c the cell states that the gate saw, [steps][H]
     */
    protected abstract void addMemoryGradient(int gate, double[][] dp, double[][] c, double[] gradient);

    /**
     * @param fromInput the input's part of the pre-activations, W_x x + b, [4H]
     * @param before h' and c'
     */
    public final Tape step(double[] fromInput, CellState before) {
        double[] a = fromInput.clone();
        hh.addProduct(before.h(), a);
        double[] memoryI = memory(I, before.c());
        double[] memoryF = memory(F, before.c());

        double[] i = new double[H], f = new double[H], g = new double[H], c = new double[H];
        for (int j = 0; j < H; j++) {
            i[j] = sigmoid(a[j] + memoryI[j]);
            f[j] = sigmoid(a[H + j] + memoryF[j]);
            g[j] = tanh(a[2 * H + j]);
            c[j] = f[j] * before.c()[j] + i[j] * g[j];
        }

        double[] memoryO = memory(O, c);
        double[] o = new double[H], h = new double[H];
        for (int j = 0; j < H; j++) {
            o[j] = sigmoid(a[3 * H + j] + memoryO[j]);
            h[j] = o[j] * tanh(c[j]);
        }
        return new Tape(before, new CellState(h, c), i, f, g, o, memoryI, memoryF, memoryO);
    }

    /** The recurrent part of the pre-activations, W_h h', of i, f, g, o: [4H]. */
    public final double[] recurrent(double[] hBefore) {
        double[] a = new double[4 * H];
        hh.addProduct(hBefore, a);
        return a;
    }

    /**
     * @param dh ∂L/∂h, from above and from the next step, [H]
     * @param dc ∂L/∂c, from the next step, [H]
     * @param dBefore zeros that receive ∂L/∂h' and ∂L/∂c'
     */
    public final StepGradient stepBackward(Tape t, double[] dh, double[] dc, CellState dBefore) {
        double[] c = t.after().c(), cBefore = t.before().c();

        double[] daO = new double[H], dcNow = new double[H];
        for (int j = 0; j < H; j++) {
            double tanhC = tanh(c[j]);
            daO[j] = dh[j] * tanhC * t.o()[j] * (1 - t.o()[j]);
            dcNow[j] = dc[j] + dh[j] * t.o()[j] * (1 - square(tanhC));
        }
        double[] dpO = memoryBackward(O, t.memoryO(), daO, dcNow); // the output gate saw this very cell

        double[] daI = new double[H], daF = new double[H], daG = new double[H];
        for (int j = 0; j < H; j++) {
            daI[j] = dcNow[j] * t.g()[j] * t.i()[j] * (1 - t.i()[j]);
            daF[j] = dcNow[j] * cBefore[j] * t.f()[j] * (1 - t.f()[j]);
            daG[j] = dcNow[j] * t.i()[j] * (1 - square(t.g()[j]));
            dBefore.c()[j] = dcNow[j] * t.f()[j];
        }
        double[] dpI = memoryBackward(I, t.memoryI(), daI, dBefore.c());
        double[] dpF = memoryBackward(F, t.memoryF(), daF, dBefore.c());

        double[] da = new double[4 * H];
        System.arraycopy(daI, 0, da, 0, H);
        System.arraycopy(daF, 0, da, H, H);
        System.arraycopy(daG, 0, da, 2 * H, H);
        System.arraycopy(daO, 0, da, 3 * H, H);
        hh.addTransposedProduct(da, dBefore.h());
        return new StepGradient(da, dpI, dpF, dpO, dcNow);
    }

    /** Adds the recurrent and cell-to-gate weights' part of a whole sequence to the gradient; both arrays are [steps]. */
    public final void addGradient(Tape[] tapes, StepGradient[] gradients, double[] gradient) {
        int steps = tapes.length;
        double[][] da = new double[steps][],
                dpI = new double[steps][],
                dpF = new double[steps][],
                dpO = new double[steps][];
        double[][] hBefore = new double[steps][], cBefore = new double[steps][], c = new double[steps][];
        for (int t = 0; t < steps; t++) {
            da[t] = gradients[t].da();
            dpI[t] = gradients[t].dpI();
            dpF[t] = gradients[t].dpF();
            dpO[t] = gradients[t].dpO();
            hBefore[t] = tapes[t].before().h();
            cBefore[t] = tapes[t].before().c();
            c[t] = tapes[t].after().c();
        }
        hh.addGradient(da, hBefore, gradient);
        addMemoryGradient(I, dpI, cBefore, gradient);
        addMemoryGradient(F, dpF, cBefore, gradient);
        addMemoryGradient(O, dpO, c, gradient);
    }

    private static double sigmoid(double a) {
        return 1 / (1 + exp(-a));
    }

    protected static double square(double a) {
        return a * a;
    }
}
