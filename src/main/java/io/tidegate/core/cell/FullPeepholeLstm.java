package io.tidegate.core.cell;

/**
 * The LSTM with full peepholes: each gate sees a linear projection of the whole cell state. It is the
 * {@link WorkingMemoryLstm} without its protection.
 *
 * <pre>
 *   i = σ(W_ix x + W_ih h' + b_i + W_ic c')
 *   f = σ(W_fx x + W_fh h' + b_f + W_fc c')
 *   g = tanh(W_gx x + W_gh h' + b_g)
 *   c = f ⊙ c' + i ⊙ g
 *   o = σ(W_ox x + W_oh h' + b_o + W_oc c)
 *   h = o ⊙ tanh(c)
 * </pre>
 */
public final class FullPeepholeLstm extends Cell {

    private final Matrix[] w; // W_ic, W_fc, W_oc, each [H, H]

    /** @param ch {@code weight_ch}'s three blocks, in the order i, f, o, each [H, H] */
    public FullPeepholeLstm(Matrix hh, Matrix[] ch) {
        super(hh);
        this.w = ch;
    }

    @Override
    protected double[] memory(int gate, double[] c) {
        double[] m = new double[H];
        w[gate].addProduct(c, m);
        return m;
    }

    @Override
    protected double[] memoryBackward(int gate, double[] memory, double[] da, double[] dc) {
        w[gate].addTransposedProduct(da, dc);
        return da;
    }

    @Override
    protected void addMemoryGradient(int gate, double[][] dp, double[][] c, double[] gradient) {
        w[gate].addGradient(dp, c, gradient);
    }
}
