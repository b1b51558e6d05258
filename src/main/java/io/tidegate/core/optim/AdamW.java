package io.tidegate.core.optim;

/** {@link Adam} with decoupled weight decay λ (Loshchilov and Hutter 2019): w −= α λ w, then Adam's update. */
public final class AdamW implements Optimizer {

    private final Adam adam;
    private final double weightDecay;

    public AdamW(Adam adam, double weightDecay) {
        this.adam = adam;
        this.weightDecay = weightDecay;
    }

    @Override
    public void update(double[] weights, double[] gradient, double learningRate) {
        for (int k = 0; k < weights.length; k++) {
            weights[k] -= learningRate * weightDecay * weights[k];
        }
        adam.update(weights, gradient, learningRate);
    }

    @Override
    public Moments moments() {
        return adam.moments();
    }

    @Override
    public void restore(Moments saved) {
        adam.restore(saved);
    }
}
