package io.tidegate.engine.nd4j;

import io.tidegate.core.engine.Output;
import io.tidegate.core.engine.Outputs;
import io.tidegate.core.engine.Schedule;
import io.tidegate.core.network.NetworkConfig;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The linear head over one batch: gathers what a caller wants of its outputs, and passes their gradient back. */
final class Head {

    private static final float[] NONE = {};

    private final Schedule schedule;
    private final INDArray weights; // [K, H·directions + 1], the bias last
    private final int K;
    private final int size; // H·directions
    private final Set<Output> wanted;
    private float[] logits = NONE;
    private final float[] stepLogits, hidden;

    Head(NetworkConfig config, NetworkWeights weights, Schedule schedule, Set<Output> wanted) {
        this.schedule = schedule;
        this.weights = weights.head();
        this.K = config.outputs();
        this.size = config.topLayer().outputSize();
        this.wanted = wanted;
        int rows = schedule.rows(schedule.whole());
        this.stepLogits = wanted.contains(Output.STEP_LOGITS) ? new float[Math.multiplyExact(rows, K)] : NONE;
        this.hidden = wanted.contains(Output.HIDDEN) ? new float[Math.multiplyExact(rows, size)] : NONE;
    }

    /** Whether anything is wanted of the top layer's output at every step. */
    boolean readsTop() {
        return wanted.contains(Output.STEP_LOGITS) || wanted.contains(Output.HIDDEN);
    }

    /** @param top the top layer's output in a window, [rows, H·directions + 1] */
    void readWindow(Schedule.Block window, INDArray top) {
        if (wanted.contains(Output.STEP_LOGITS)) {
            schedule.scatter(window, logits(top), K, stepLogits, K);
        }
        if (wanted.contains(Output.HIDDEN)) {
            schedule.scatter(window, Memory.floats(top), size + 1, hidden, size);
        }
    }

    /** @param summary the top layer's ends, [sequences, H·directions + 1] */
    void readSummary(INDArray summary) {
        logits = schedule.unsorted(logits(summary), K);
    }

    private float[] logits(INDArray read) {
        try (Memory memory = new Memory()) {
            INDArray result = memory.floats(read.size(0), K);
            new Calls().product(read, weights.transpose(), result, 0).run();
            return Memory.floats(result);
        }
    }

    Outputs outputs() {
        return new Outputs(logits, stepLogits, hidden);
    }

    /**
     * @param upstream ∂L/∂ {@link #outputs}
     * @param top the top layer's output, [rows, H·directions + 1]; null where nothing was wanted of it
     * @param gradient receives, added, ∂L/∂ the head's weights
     * @return ∂L/∂top; null where the loss does not depend on it
     */
    @Nullable
    INDArray backwardSteps(Outputs upstream, @Nullable INDArray top, INDArray gradient, Memory memory) {
        if (top == null || (upstream.hidden().length == 0 && upstream.stepLogits().length == 0)) {
            return null;
        }
        Schedule.Block whole = schedule.whole();
        boolean direct = upstream.hidden().length > 0;
        INDArray dTop = direct
                ? memory.copyOf(schedule.augmentedRows(whole, upstream.hidden(), size, 0), top.size(0), top.size(1))
                : memory.floats(top.size(0), top.size(1));
        if (upstream.stepLogits().length > 0) {
            INDArray dLogits = memory.copyOf(schedule.rows(whole, upstream.stepLogits(), K), top.size(0), K);
            new Calls()
                    .product(dLogits, weights, dTop, direct ? 1 : 0)
                    .product(dLogits.transpose(), top, gradient, 1)
                    .run();
        }
        return dTop;
    }

    /** The same for the outputs after whole sequences. @return ∂L/∂summary, [sequences, size + 1] */
    float[] backwardSummary(Outputs upstream, INDArray summary, INDArray gradient, Memory memory) {
        INDArray dLogits = memory.copyOf(schedule.sorted(upstream.logits(), K), summary.size(0), K);
        INDArray dSummary = memory.floats(summary.shape());
        new Calls()
                .product(dLogits, weights, dSummary, 0)
                .product(dLogits.transpose(), summary, gradient, 1)
                .run();
        return Memory.floats(dSummary);
    }
}
