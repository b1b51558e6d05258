package io.tidegate.benchmark;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/** PyTorch's own LSTM: the operator behind {@code nn.LSTM}, and behind DJL's block of that name. */
final class TorchLstm extends TorchTraining {

    TorchLstm(Task task, int threads) {
        super(task, threads);
    }

    @Override
    protected NDArray hidden(NDManager scope, NDArray features) {
        Shape state = new Shape(1, size.batch, size.hidden);
        NDList zero = new NDList(scope.zeros(state), scope.zeros(state));
        // PyTorch keeps two biases, which are only ever added up; the second stays zero.
        NDList weights = new NDList(
                weight("weight_ih_l0"),
                weight("weight_hh_l0"),
                weight("bias_l0"),
                scope.zeros(new Shape(4L * size.hidden)));
        NDList result = features.getNDArrayInternal().lstm(features, zero, weights, true, 1, 0, true, false, false);
        result.attach(scope);
        return result.getFirst().reshape(-1, size.hidden);
    }
}
