package io.tidegate.engine.nd4j;

import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Gradients;
import io.tidegate.core.engine.Objective;
import io.tidegate.core.engine.Output;
import io.tidegate.core.engine.Outputs;
import io.tidegate.core.engine.Schedule;
import io.tidegate.core.engine.States;
import io.tidegate.core.network.Dropout;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.NetworkConfig;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a trainer needs beyond the weights: both passes' buffers and the gradient. For one thread at a time. */
final class Training implements AutoCloseable {

    private final NetworkConfig config;
    private final NetworkWeights weights;
    private final NetworkWeights gradient;
    private final ForwardLayers forward;
    private final BackwardLayers backward;
    private final int parameters;

    Training(NetworkConfig config, NetworkWeights weights, int parameters, int mostSequences) {
        this.config = config;
        this.weights = weights;
        this.parameters = parameters;
        this.gradient = new NetworkWeights(config);
        this.forward = new ForwardLayers(config, weights, true, mostSequences);
        this.backward = new BackwardLayers(config, weights, gradient, mostSequences);
    }

    int mostSequences() {
        return forward.mostSequences();
    }

    Gradients backpropagate(Batch batch, States states, Objective objective, Dropout dropout) {
        Schedule schedule = new Schedule(batch);
        Schedule.Block whole = schedule.whole();
        int sequences = schedule.sequences();
        boolean readsEnds = objective.reads().contains(Output.LOGITS);
        Head head = new Head(config, weights, schedule, objective.reads());
        DropoutMasks masks = new DropoutMasks(dropout, schedule);
        float[] summaryMask = readsEnds ? masks.ofSummary(config.layers().size() - 1, config.topLayer()) : null;
        try (Memory memory = new Memory()) {
            List<LayerTrace> traces = new ArrayList<>();
            forward.begin(schedule, states);
            LayerInput x = LayerInput.of(batch, schedule, whole, weights, memory);
            INDArray top = forward.run(schedule, whole, x, head.readsTop(), traces, masks, memory);
            forward.end(schedule, states);
            INDArray summary = forward.summary(sequences, memory);
            if (top != null) {
                head.readWindow(whole, top);
            }
            if (summaryMask != null) {
                summary.muli(memory.copyOf(summaryMask, summary.shape()));
            }
            if (readsEnds) {
                head.readSummary(summary);
            }

            Outputs upstream = objective.gradient(head.outputs());
            float[] dFinal = objective.finalStatesGradient();

            gradient.clear();
            float[] dStates = dFinal.length > 0 ? dFinal.clone() : new float[sequences * config.stateSize()];
            if (upstream.logits().length > 0) {
                float[] dSummary = head.backwardSummary(upstream, summary, gradient.head(), memory);
                addToEnds(dSummary, summaryMask, schedule, dStates);
            }
            INDArray dTop = head.backwardSteps(upstream, top, gradient.head(), memory);
            INDArray dx = backward.run(schedule, traces, dTop, dStates, memory);
            float[] dInput = inputGradient(batch, schedule, dx, memory);

            double[] dWeights = new double[parameters];
            gradient.addTo(dWeights);
            return new Gradients(dWeights, dInput, dStates);
        }
    }

    /** The head read the top layer's final h, through dropout if there is any. Sequences lie from long to short. */
    private void addToEnds(float[] dSummary, float @Nullable [] mask, Schedule schedule, float[] dStates) {
        LayerConfig top = config.topLayer();
        int H = top.hiddenSize(), size = config.stateSize(), width = top.outputSize() + 1;
        for (int s = 0; s < schedule.sequences(); s++) {
            int b = schedule.sequence(s);
            for (int d = 0; d < top.directions(); d++) {
                int h = b * size + size - 2 * top.outputSize() + 2 * d * H;
                for (int j = 0; j < H; j++) {
                    int at = s * width + d * H + j;
                    dStates[h + j] += mask == null ? dSummary[at] : mask[at] * dSummary[at];
                }
            }
        }
    }

    /** ∂L/∂x for features, in the caller's order; for embedded tokens, the embedding's gradient. */
    private float[] inputGradient(Batch batch, Schedule schedule, @Nullable INDArray dx, Memory memory) {
        Schedule.Block whole = schedule.whole();
        if (dx != null && batch.input() instanceof Batch.Input.Tokens(int[] ids)) {
            new Calls()
                    .scatterAdd(dx, memory.copyOf(schedule.rows(whole, ids)), gradient.embedding())
                    .run();
        }
        if (dx != null && batch.input() instanceof Batch.Input.Features(float[] values, int size)) {
            float[] dInput = new float[values.length];
            schedule.scatter(whole, Memory.floats(dx), size + 1, dInput, size);
            return dInput;
        }
        return new float[0];
    }

    @Override
    public void close() {
        forward.close();
        backward.close();
        gradient.close();
    }
}
