package io.tidegate.core.network;

import io.tidegate.core.cell.Cell;
import io.tidegate.core.cell.CellState;
import io.tidegate.core.cell.FullPeepholeLstm;
import io.tidegate.core.cell.Lstm;
import io.tidegate.core.cell.Matrix;
import io.tidegate.core.cell.PeepholeLstm;
import io.tidegate.core.cell.StepGradient;
import io.tidegate.core.cell.Tape;
import io.tidegate.core.cell.WorkingMemoryLstm;
import org.jspecify.annotations.Nullable;

/** One direction of one layer: a cell that reads a sequence from its start or from its end. */
public final class Direction {

    private final Matrix ih; // [4H, D]
    private final double[] values;
    private final int bias; // offset of [4H]
    private final int hiddenSize;
    private final Cell cell;
    private final boolean reverse;

    /**
     * @param suffix of its tensors' names, such as {@code _l0}
     * @param reverse whether it reads sequences from their end
     */
    public Direction(LayerConfig layer, Weights weights, String suffix, boolean reverse) {
        ParameterLayout layout = weights.layout();
        this.values = weights.values();
        this.hiddenSize = layer.hiddenSize();
        this.ih = matrix(layout.tensor("weight_ih" + suffix));
        this.bias = layout.tensor("bias" + suffix).offset();
        this.reverse = reverse;
        Matrix hh = matrix(layout.tensor("weight_hh" + suffix));
        this.cell = switch (layer.cell()) {
            case LSTM -> new Lstm(hh);
            case PEEPHOLE ->
                new PeepholeLstm(hh, values, layout.tensor("peephole" + suffix).offset());
            case PEEPHOLE_FULL -> new FullPeepholeLstm(hh, blocks(layout.tensor("weight_ch" + suffix)));
            case WM -> new WorkingMemoryLstm(hh, blocks(layout.tensor("weight_ch" + suffix)));
        };
    }

    private Matrix matrix(TensorSpec spec) {
        return new Matrix(values, spec.offset(), spec.shape().getFirst(), spec.columns());
    }

    private Matrix[] blocks(TensorSpec ch) {
        Matrix[] blocks = new Matrix[3];
        for (int gate = 0; gate < 3; gate++) {
            blocks[gate] = new Matrix(values, ch.offset() + gate * hiddenSize * hiddenSize, hiddenSize, hiddenSize);
        }
        return blocks;
    }

    /**
     * @param output receives h of each step, [steps][at … at + H]
     * @param tapes receives each step's tape, [steps], where it is wanted
     * @return the state after the last step that was read: the sequence's first, in reverse
     */
    public CellState forward(
            SequenceInput x, CellState initial, double[][] output, int at, @Nullable Tape @Nullable [] tapes) {
        CellState state = initial;
        for (int s = 0; s < x.steps(); s++) {
            int t = at(s, x.steps());
            Tape tape = cell.step(fromInput(x, t), state);
            state = tape.after();
            System.arraycopy(state.h(), 0, output[t], at, hiddenSize);
            if (tapes != null) {
                tapes[t] = tape;
            }
        }
        return state;
    }

    /** W_x x + b. */
    private double[] fromInput(SequenceInput x, int t) {
        double[] a = new double[4 * hiddenSize];
        System.arraycopy(values, bias, a, 0, a.length);
        switch (x) {
            case SequenceInput.Features(double[][] features) -> ih.addProduct(features[t], a);
            case SequenceInput.OneHot(int[] ids) -> ih.addColumn(ids[t], a);
        }
        return a;
    }

    /** Sees each step of a backward pass. */
    @FunctionalInterface
    public interface Observer {

        Observer NONE = (t, dh, dc) -> {};

        /**
         * @param dh ∂L/∂h_t, [H]
         * @param dc ∂L/∂c_t, [H], by way of h_t too
         */
        void step(int t, double[] dh, double[] dc);
    }

    /** The recurrent part of a step's pre-activations, W_h h', of i, f, g, o: [4H]. */
    public double[] recurrent(Tape tape) {
        return cell.recurrent(tape.before().h());
    }

    /**
     * One step alone, for what chooses its next input by what came before.
     *
     * @param x [D]
     */
    public Tape step(double[] x, CellState before) {
        return cell.step(fromInput(new SequenceInput.Features(new double[][] {x}), 0), before);
    }

    /**
     * Takes back one step alone; {@link #addGradient} then adds all steps' parts to the gradient.
     *
     * @param dAfter ∂L/∂ the state after it
     * @param dBefore zeros that receive ∂L/∂ the state before it
     * @param dx receives, added, ∂L/∂x, [D]
     */
    public StepGradient stepBackward(Tape tape, CellState dAfter, CellState dBefore, double[] dx) {
        StepGradient step = cell.stepBackward(tape, dAfter.h(), dAfter.c(), dBefore);
        ih.addTransposedProduct(step.da(), dx);
        return step;
    }

    /**
     * @param tapes of the forward pass, [steps]
     * @param dOutput ∂L/∂h from above, [steps][at … at + H]
     * @param dFinal ∂L/∂ the state that forward returned
     * @param gradient receives ∂L/∂ the weights, in their layout
     * @param dx receives ∂L/∂x, [steps][D]; null for one-hot inputs
     * @return ∂L/∂ the initial state
     */
    public CellState backward(
            SequenceInput x,
            Tape[] tapes,
            double[][] dOutput,
            int at,
            CellState dFinal,
            double[] gradient,
            double @Nullable [][] dx,
            Observer observer) {
        int steps = tapes.length;
        StepGradient[] stepGradients = new StepGradient[steps];
        CellState dAfter = dFinal;
        for (int s = steps - 1; s >= 0; s--) {
            int t = at(s, steps);
            double[] dh = new double[hiddenSize];
            for (int j = 0; j < hiddenSize; j++) {
                dh[j] = dAfter.h()[j] + dOutput[t][at + j];
            }
            CellState dBefore = CellState.zero(hiddenSize);
            stepGradients[t] = cell.stepBackward(tapes[t], dh, dAfter.c(), dBefore);
            observer.step(t, dh, stepGradients[t].dc());
            if (dx != null) {
                ih.addTransposedProduct(stepGradients[t].da(), dx[t]);
            }
            dAfter = dBefore;
        }

        addGradient(x, tapes, stepGradients, gradient);
        return dAfter;
    }

    /** Adds to the gradient what each step of a sequence says of the weights; all arrays are [steps]. */
    public void addGradient(SequenceInput x, Tape[] tapes, StepGradient[] steps, double[] gradient) {
        cell.addGradient(tapes, steps, gradient);
        double[][] da = new double[steps.length][];
        for (int t = 0; t < steps.length; t++) {
            da[t] = steps[t].da();
        }
        switch (x) {
            case SequenceInput.Features(double[][] features) -> ih.addGradient(da, features, gradient);
            case SequenceInput.OneHot(int[] ids) -> ih.addGradient(da, ids, gradient);
        }
        for (double[] step : da) {
            for (int j = 0; j < step.length; j++) {
                gradient[bias + j] += step[j];
            }
        }
    }

    /** The time index of the s-th step that is read. */
    private int at(int s, int steps) {
        return reverse ? steps - 1 - s : s;
    }
}
