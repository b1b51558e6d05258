package io.tidegate.benchmark;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.pytorch.jni.JniUtils;
import io.tidegate.core.cell.CellType;

/** PyTorch through DJL, without gradients: the operator behind {@code nn.LSTM}, or working memory as a graph, step by step. */
final class Torch implements Contender {

    private final Recurrent layer;
    private final int batch, steps;
    private final NDManager manager;
    private final NDArray x; // [steps, batch, D]
    private final NDArray ih, hh, bias;
    private float[] hidden = {};
    private boolean keep;

    Torch(Recurrent layer, int batch, int steps, float[] input, int threads) {
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
        System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
        this.layer = layer;
        this.batch = batch;
        this.steps = steps;
        this.manager = Engine.getEngine("PyTorch").newBaseManager();
        JniUtils.setNumThreads(threads);
        int H = layer.hiddenSize(), D = layer.inputSize();
        x = manager.create(OnnxRuntime.timeMajor(input, batch, steps, D), new Shape(steps, batch, D));
        boolean graph = layer.cell() == CellType.WM;
        ih = graph
                ? manager.create(layer.transposed("weight_ih_l0", 0, 4 * H, D), new Shape(D, 4L * H))
                : manager.create(layer.floats("weight_ih_l0"), new Shape(4L * H, D));
        hh = graph
                ? manager.create(layer.transposed("weight_hh_l0", 0, 4 * H, H), new Shape(H, 4L * H))
                : manager.create(layer.floats("weight_hh_l0"), new Shape(4L * H, H));
        bias = manager.create(layer.floats("bias_l0"), new Shape(4L * H));
        if (graph) {
            wif = manager.create(layer.transposed("weight_ch_l0", 0, 2 * H, H), new Shape(H, 2L * H));
            wo = manager.create(layer.transposed("weight_ch_l0", 2 * H, H, H), new Shape(H, H));
        } else {
            wif = wo = bias;
        }
        zero = manager.zeros(new Shape(4L * H));
    }

    private final NDArray wif, wo, zero;

    @Override
    public String name() {
        return "pytorch";
    }

    @Override
    public void run() {
        try (NDManager scope = manager.newSubManager()) {
            NDArray y = layer.cell() == CellType.WM ? workingMemory(scope) : lstm(scope);
            if (keep) {
                hidden = y.toFloatArray();
            }
        }
    }

    private NDArray lstm(NDManager scope) {
        NDArray input = x.duplicate();
        input.attach(scope);
        Shape state = new Shape(1, batch, layer.hiddenSize());
        NDList states = new NDList(scope.zeros(state), scope.zeros(state));
        NDList result = input.getNDArrayInternal()
                .lstm(input, states, new NDList(ih, hh, bias, zero), true, 1, 0, false, false, false);
        result.attach(scope);
        return result.getFirst();
    }

    private NDArray workingMemory(NDManager scope) {
        int H = layer.hiddenSize();
        NDArray input = x.duplicate();
        input.attach(scope);
        NDList fromInput = input.reshape(-1, layer.inputSize())
                .matMul(ih)
                .add(bias)
                .reshape(steps, batch, 4L * H)
                .split(steps, 0);
        NDArray h = scope.zeros(new Shape(batch, H)), c = scope.zeros(new Shape(batch, H));
        NDList outputs = new NDList(steps);
        for (NDArray step : fromInput) {
            NDList a = step.squeeze(0).add(h.matMul(hh)).split(4, 1); // i, f, g, o
            NDList memory = c.matMul(wif).tanh().split(2, 1); // i, f
            NDArray i = Activation.sigmoid(a.get(0).add(memory.get(0)));
            NDArray f = Activation.sigmoid(a.get(1).add(memory.get(1)));
            c = f.mul(c).add(i.mul(a.get(2).tanh()));
            NDArray o = Activation.sigmoid(a.get(3).add(c.matMul(wo).tanh()));
            h = o.mul(c.tanh());
            outputs.add(h);
        }
        return NDArrays.stack(outputs);
    }

    @Override
    public float[] hidden() {
        keep = true;
        run();
        keep = false;
        return OnnxRuntime.timeMajor(hidden, steps, batch, layer.hiddenSize());
    }

    @Override
    public void close() {
        manager.close();
    }
}
