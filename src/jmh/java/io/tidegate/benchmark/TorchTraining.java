package io.tidegate.benchmark;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import io.tidegate.core.network.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The same training by PyTorch, through DJL, in float32. Time comes first in its arrays, as {@code nn.LSTM} has it. */
abstract sealed class TorchTraining implements Training permits TorchLstm, TorchWorkingMemory {

    protected final Size size;
    private final Engine engine;
    private final NDManager manager;
    private final Map<String, NDArray> weights = new LinkedHashMap<>();
    private final NDArray features; // [steps, batch, features]
    private final NDArray labels; // [steps · batch, 1]
    private final Optimizer optimizer = Optimizer.adam()
            .optLearningRateTracker(Tracker.fixed((float) Task.LEARNING_RATE))
            .build();

    TorchTraining(Task task, int threads) {
        // All it needs is in jars, and it tells nobody that it runs.
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
        System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
        System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
        engine = Engine.getEngine("PyTorch");
        JniUtils.setNumThreads(threads);
        size = task.size();
        manager = engine.newBaseManager();
        task.initial().layout().tensors().forEach(tensor -> weights.put(tensor.name(), weight(task, tensor)));
        features = manager.create(task.features(), new Shape(size.batch, size.steps, size.features))
                .swapAxes(0, 1)
                .duplicate();
        long[] transposed = new long[size.stepsPerUpdate()];
        for (int k = 0; k < transposed.length; k++) {
            transposed[k] = task.labels()[k % size.batch * size.steps + k / size.batch];
        }
        labels = manager.create(transposed, new Shape(transposed.length, 1));
    }

    private NDArray weight(Task task, TensorSpec tensor) {
        double[] values = task.initial().tensor(tensor.name());
        float[] floats = new float[values.length];
        for (int k = 0; k < floats.length; k++) {
            floats[k] = (float) values[k];
        }
        Shape shape = new Shape(tensor.shape().stream().map(Integer::longValue).toList());
        NDArray weight = manager.create(floats, shape);
        weight.setRequiresGradient(true);
        return weight;
    }

    /**
     * The layer's outputs, from the zero state.
     *
     * @param scope of all that the update makes
     * @param features [steps, batch, features]
     * @return [steps · batch, H]
     */
    protected abstract NDArray hidden(NDManager scope, NDArray features);

    protected final NDArray weight(String name) {
        return weights.get(name);
    }

    /** A weight matrix as the right side of a product. */
    protected final NDArray transposed(NDManager scope, String name) {
        NDArray transposed = weight(name).transpose();
        transposed.attach(scope);
        return transposed;
    }

    @Override
    public final double update() {
        try (NDManager scope = manager.newSubManager();
                GradientCollector collector = engine.newGradientCollector()) {
            NDArray input = features.duplicate();
            input.attach(scope);
            NDArray logits = hidden(scope, input)
                    .matMul(transposed(scope, "head.weight"))
                    .add(weight("head.bias"));
            NDArray loss = logits.logSoftmax(1).gather(labels, 1).mean().neg();
            collector.backward(loss);
            step(scope);
            return loss.getFloat();
        }
    }

    private void step(NDManager scope) {
        List<NDArray> gradients = new ArrayList<>();
        NDList squares = new NDList();
        for (NDArray weight : weights.values()) {
            NDArray gradient = weight.getGradient();
            gradient.attach(scope);
            gradients.add(gradient);
            squares.add(gradient.square().sum());
        }
        double norm = Math.sqrt(squares.stream().mapToDouble(NDArray::getFloat).sum());
        int k = 0;
        for (Map.Entry<String, NDArray> weight : weights.entrySet()) {
            NDArray gradient = gradients.get(k++);
            if (norm > Task.CLIP_NORM) {
                gradient.muli((float) (Task.CLIP_NORM / norm));
            }
            optimizer.update(weight.getKey(), weight.getValue(), gradient);
        }
    }

    @Override
    public final void close() {
        manager.close();
    }
}
