package io.tidegate.core.optim;

/**
 * Stochastic gradient descent with momentum μ: v = μ v + g, w −= α v.
 */
public final class Sgd implements Optimizer {

    private final double momentum;
    private final MomentArrays moments = new MomentArrays("SGD", 1); // v

    public Sgd(double momentum) {
        this.momentum = momentum;
    }

    @Override
    public void update(double[] weights, double[] gradient, double learningRate) {
        moments.begin(weights.length);
        double[] v = moments.get(0);
        for (int k = 0; k < weights.length; k++) {
            v[k] = momentum * v[k] + gradient[k];
            weights[k] -= learningRate * v[k];
        }
    }

    @Override
    public Moments moments() {
        return moments.copy();
    }

    @Override
    public void restore(Moments saved) {
        moments.restore(saved);
    }
}
