package io.tidegate.core.train;

/** Clipping by global norm (Pascanu, Mikolov, Bengio 2013). */
public final class GradientClip {

    private GradientClip() {}

    /**
     * Scales the gradient, in place, so that its norm is at most {@code maxNorm}.
     *
     * @param maxNorm infinity for no clipping
     * @return the norm before clipping
     */
    public static double clip(double[] gradient, double maxNorm) {
        double sum = 0;
        for (double g : gradient) {
            sum += g * g;
        }
        double norm = Math.sqrt(sum);
        if (norm > maxNorm) {
            double scale = maxNorm / norm;
            for (int k = 0; k < gradient.length; k++) {
                gradient[k] *= scale;
            }
        }
        return norm;
    }
}
