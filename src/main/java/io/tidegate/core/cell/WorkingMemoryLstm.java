package io.tidegate.core.cell;

import static java.lang.Math.tanh;

/**
 * The LSTM with Working Memory Connections: each gate sees the cell state through a learnable, protected projection.
 *
 * <pre>
 *   i = σ(W_ix x + W_ih h' + b_i + tanh(W_ic c'))        h', c' are the previous step's
 *   f = σ(W_fx x + W_fh h' + b_f + tanh(W_fc c'))
 *   g = tanh(W_gx x + W_gh h' + b_g)
 *   c = f ⊙ c' + i ⊙ g
 *   o = σ(W_ox x + W_oh h' + b_o + tanh(W_oc c))         o sees the new cell
 *   h = o ⊙ tanh(c)
 * </pre>
 *
 * The tanh around W c is the protection that peepholes lack: however far a cell has grown, it shifts a gate's
 * pre-activation by less than 1. There is no bias inside it. {@link Cell#step} holds the lines that all cells share;
 * here are the two that make this one, m = tanh(W c) and its gradient.
 *
 * <p>Source: Landi, Baraldi, Cornia, Cucchiara 2021, Working Memory Connections for LSTM, Neural Networks 144.
 */
public final class WorkingMemoryLstm extends Cell {

    private final Matrix[] w; // W_ic, W_fc, W_oc, each [H, H]

    /** @param ch {@code weight_ch}'s three blocks, in the order i, f, o, each [H, H] */
    public WorkingMemoryLstm(Matrix hh, Matrix[] ch) {
        super(hh);
        this.w = ch;
    }

    /** m = tanh(W c). */
    @Override
    protected double[] memory(int gate, double[] c) {
        double[] m = new double[H];
        w[gate].addProduct(c, m);
        for (int j = 0; j < H; j++) {
            m[j] = tanh(m[j]);
        }
        return m;
    }

    /** With p = W c and m = tanh(p): ∂L/∂p = ∂L/∂a ⊙ (1 − m²), and ∂L/∂c += Wᵀ ∂L/∂p. */
    @Override
    protected double[] memoryBackward(int gate, double[] m, double[] da, double[] dc) {
        double[] dp = new double[H];
        for (int j = 0; j < H; j++) {
            dp[j] = da[j] * (1 - square(m[j]));
        }
        w[gate].addTransposedProduct(dp, dc);
        return dp;
    }

    /** ∂L/∂W += Σ_t ∂L/∂p_t c_tᵀ. */
    @Override
    protected void addMemoryGradient(int gate, double[][] dp, double[][] c, double[] gradient) {
        w[gate].addGradient(dp, c, gradient);
    }
}
