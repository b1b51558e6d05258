package io.tidegate.core.cell;

/**
 * The vanilla LSTM with forget gate: no gate sees the cell state.
 *
 * <pre>
 *   i = σ(W_ix x + W_ih h' + b_i)        h', c' are the previous step's
 *   f = σ(W_fx x + W_fh h' + b_f)
 *   g = tanh(W_gx x + W_gh h' + b_g)
 *   c = f ⊙ c' + i ⊙ g
 *   o = σ(W_ox x + W_oh h' + b_o)
 *   h = o ⊙ tanh(c)
 * </pre>
 *
 * Source: Hochreiter and Schmidhuber 1997; Gers, Schmidhuber and Cummins 2000 (forget gate).
 */
public final class Lstm extends Cell {

    private final double[] nothing;

    public Lstm(Matrix hh) {
        super(hh);
        this.nothing = new double[H];
    }

    @Override
    protected double[] memory(int gate, double[] c) {
        return nothing;
    }

    @Override
    protected double[] memoryBackward(int gate, double[] memory, double[] da, double[] dc) {
        return nothing;
    }

    @Override
    protected void addMemoryGradient(int gate, double[][] dp, double[][] c, double[] gradient) {}
}
