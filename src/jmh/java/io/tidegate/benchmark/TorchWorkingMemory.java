package io.tidegate.benchmark;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;

/**
 * {@link io.tidegate.core.cell.WorkingMemoryLstm} as a graph of PyTorch's operators, step by step, as one would write it in
 * Python: the input's part of all steps in one product, gates that see the same thing in one product each step.
 */
final class TorchWorkingMemory extends TorchTraining {

    TorchWorkingMemory(Task task, int threads) {
        super(task, threads);
    }

    @Override
    protected NDArray hidden(NDManager scope, NDArray features) {
        int H = size.hidden;
        NDArray wh = transposed(scope, "weight_hh_l0"); // [H, 4H]
        NDArray wc = transposed(scope, "weight_ch_l0"); // [H, 3H]
        NDArray wif = wc.get(":, 0:" + 2 * H), wo = wc.get(":, " + 2 * H + ":");
        NDList fromInput = features.reshape(-1, size.features)
                .matMul(transposed(scope, "weight_ih_l0"))
                .add(weight("bias_l0"))
                .reshape(size.steps, size.batch, 4L * H)
                .split(size.steps, 0);
        NDArray h = scope.zeros(new Shape(size.batch, H)), c = scope.zeros(new Shape(size.batch, H));
        NDList outputs = new NDList(size.steps);
        for (NDArray x : fromInput) {
            NDList a = x.squeeze(0).add(h.matMul(wh)).split(4, 1); // i, f, g, o
            NDList memory = c.matMul(wif).tanh().split(2, 1); // i, f
            NDArray i = Activation.sigmoid(a.get(0).add(memory.get(0)));
            NDArray f = Activation.sigmoid(a.get(1).add(memory.get(1)));
            c = f.mul(c).add(i.mul(a.get(2).tanh()));
            NDArray o = Activation.sigmoid(a.get(3).add(c.matMul(wo).tanh()));
            h = o.mul(c.tanh());
            outputs.add(h);
        }
        return NDArrays.concat(outputs, 0);
    }
}
