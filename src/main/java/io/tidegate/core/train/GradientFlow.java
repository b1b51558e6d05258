package io.tidegate.core.train;

import io.tidegate.core.cell.CellState;
import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Outputs;
import io.tidegate.core.engine.Readout;
import io.tidegate.core.network.Direction;
import io.tidegate.core.network.Network;
import io.tidegate.core.network.Trace;
import java.util.List;

/**
 * How far back a loss reaches: the norms of its gradient with respect to the states of the top layer's forward direction,
 * over time, averaged over the sequences that are that long. The loss is a batch's mean, as in training, and batches begin
 * with the zero state, without dropout.
 *
 * @param stepsPerPoint steps that one point stands for
 * @param h mean ‖∂L/∂h_t‖, [points]
 * @param c mean ‖∂L/∂c_t‖, by way of h_t too, [points]
 */
public record GradientFlow(int stepsPerPoint, double[] h, double[] c) {

    /**
     * Goes through the batch a sequence at a time in double. It costs an update of the reference engine and another forward
     * pass, which spares keeping all sequences' steps at once.
     */
    public static GradientFlow of(Network network, Batch batch, Targets targets, int mostPoints) {
        batch.requireFits(network.config().input());
        Loss loss = new Loss(targets, network.config().outputs());
        Readout readout = new Readout(network, batch, loss.reads());
        for (int b = 0; b < batch.sequences(); b++) {
            Trace trace = network.forward(batch.sequence(b), network.zeroStates(), false);
            readout.read(b, 0, trace.top());
        }
        Outputs upstream = loss.gradient(readout.outputs());

        StepMeans h = new StepMeans(batch, mostPoints), c = new StepMeans(batch, mostPoints);
        Direction.Observer norms = (t, dh, dc) -> {
            h.at(t).add(new double[] {norm(dh)});
            c.at(t).add(new double[] {norm(dc)});
        };
        int top = network.config().layers().size() - 1;
        Bptt.Observers observers = (k, d) -> k == top && d == 0 ? norms : Direction.Observer.NONE;
        double[] gradient = new double[network.weights().values().length];
        List<CellState> dFinal = network.zeroStates();
        for (int b = 0; b < batch.sequences(); b++) {
            Trace trace = network.forward(batch.sequence(b), network.zeroStates(), true);
            double[][] dTop = readout.backward(b, trace.top(), upstream, gradient);
            Bptt.backward(network, batch.sequence(b), trace, dTop, dFinal, gradient, observers);
        }
        return new GradientFlow(h.stepsPerPoint(), h.values(), c.values());
    }

    private static double norm(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value * value;
        }
        return Math.sqrt(sum);
    }
}
