package io.tidegate.core.cell;

/**
 * The LSTM with diagonal peepholes: each gate unit sees its own cell, raw.
 *
 * <pre>
 *   i = σ(W_ix x + W_ih h' + b_i + p_i ⊙ c')
 *   f = σ(W_fx x + W_fh h' + b_f + p_f ⊙ c')
 *   g = tanh(W_gx x + W_gh h' + b_g)
 *   c = f ⊙ c' + i ⊙ g
 *   o = σ(W_ox x + W_oh h' + b_o + p_o ⊙ c)
 *   h = o ⊙ tanh(c)
 * </pre>
 *
 * Source: Gers and Schmidhuber 2000, Recurrent nets that time and count.
 */
public final class PeepholeLstm extends Cell {

    private final double[] values;
    private final int offset;

    /** @param values weights that hold {@code peephole}, [3H] stacked i, f, o, from {@code offset} on */
    public PeepholeLstm(Matrix hh, double[] values, int offset) {
        super(hh);
        this.values = values;
        this.offset = offset;
    }

    @Override
    protected double[] memory(int gate, double[] c) {
        int p = p(gate);
        double[] m = new double[H];
        for (int j = 0; j < H; j++) {
            m[j] = values[p + j] * c[j];
        }
        return m;
    }

    @Override
    protected double[] memoryBackward(int gate, double[] memory, double[] da, double[] dc) {
        int p = p(gate);
        for (int j = 0; j < H; j++) {
            dc[j] += values[p + j] * da[j];
        }
        return da;
    }

    @Override
    protected void addMemoryGradient(int gate, double[][] dp, double[][] c, double[] gradient) {
        int p = p(gate);
        for (int t = 0; t < dp.length; t++) {
            for (int j = 0; j < H; j++) {
                gradient[p + j] += dp[t][j] * c[t][j];
            }
        }
    }

    private int p(int gate) {
        return offset + gate * H;
    }
}
