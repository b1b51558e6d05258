package io.tidegate.core.network;

import static java.lang.Math.log;
import static java.lang.Math.sqrt;

import java.util.random.RandomGenerator;

/**
 * How weights begin: input, cell-to-gate, head and other linear weights by Glorot and Bengio 2010 (uniform), recurrent weights orthogonal
 * (Saxe et al. 2014) for each gate, embeddings standard normal, diagonal peepholes uniform in ±1/√H, biases zero but for the
 * gates' below. Tensors are drawn in layout order, so a generator's seed fixes them all.
 *
 * @param forgetBias the forget gates' bias (1: Gers et al. 2000, Jozefowicz et al. 2015); unused with chrono initialisation
 * @param chronoSteps T_max of chrono initialisation (Tallec and Ollivier 2018), b_f = log U(1, T_max − 1) and b_i = −b_f; 0
 *     for none
 */
public record Initialization(double forgetBias, int chronoSteps) {

    public static final Initialization STANDARD = new Initialization(1, 0);

    public Initialization {
        if (chronoSteps != 0 && chronoSteps < 3) {
            throw new IllegalArgumentException("chrono steps: expected 0 (off) or at least 3, got " + chronoSteps);
        }
    }

    public static Initialization chrono(int steps) {
        return new Initialization(1, steps);
    }

    public Weights weights(NetworkConfig config, RandomGenerator random) {
        return weights(new ParameterLayout(config), random);
    }

    /** Weights for any layout: what a tensor is, its name tells. */
    public Weights weights(ParameterLayout layout, RandomGenerator random) {
        Weights weights = Weights.zeros(layout);
        layout.tensors().forEach(tensor -> draw(weights.values(), tensor, random));
        return weights;
    }

    private void draw(double[] values, TensorSpec tensor, RandomGenerator random) {
        String name = tensor.name();
        int rows = tensor.shape().getFirst();
        if (name.equals("embedding.weight")) {
            for (int k = 0; k < tensor.size(); k++) {
                values[tensor.offset() + k] = random.nextGaussian();
            }
        } else if (name.startsWith("weight_ih_")) {
            glorot(values, tensor, rows / 4, random);
        } else if (name.startsWith("weight_hh_")) {
            int hidden = tensor.columns();
            for (int gate = 0; gate < 4; gate++) {
                orthogonal(values, tensor.offset() + gate * hidden * hidden, hidden, random);
            }
        } else if (name.startsWith("weight_ch_")) {
            glorot(values, tensor, rows / 3, random);
        } else if (name.startsWith("peephole_")) {
            uniform(values, tensor, 1 / sqrt(rows / 3.0), random);
        } else if (name.startsWith("bias_")) {
            bias(values, tensor.offset(), rows / 4, random);
        } else if (tensor.shape().size() == 2) {
            glorot(values, tensor, rows, random);
        }
    }

    private void bias(double[] values, int offset, int hidden, RandomGenerator random) {
        for (int j = 0; j < hidden; j++) {
            double forget = chronoSteps == 0 ? forgetBias : log(random.nextDouble(1, chronoSteps - 1.0));
            values[offset + hidden + j] = forget;
            values[offset + j] = chronoSteps == 0 ? 0 : -forget;
        }
    }

    /** @param fanOut rows of one gate's block: stacked gates are drawn like separate matrices */
    private static void glorot(double[] values, TensorSpec spec, int fanOut, RandomGenerator random) {
        uniform(values, spec, sqrt(6.0 / (spec.columns() + fanOut)), random);
    }

    private static void uniform(double[] values, TensorSpec spec, double bound, RandomGenerator random) {
        for (int k = 0; k < spec.size(); k++) {
            values[spec.offset() + k] = random.nextDouble(-bound, bound);
        }
    }

    /** Gram-Schmidt on the rows of a standard normal matrix, [size, size]. */
    private static void orthogonal(double[] values, int offset, int size, RandomGenerator random) {
        for (int r = 0; r < size; r++) {
            int row = offset + r * size;
            double norm;
            do { // a row that all but lies in the span of those above it would lose its digits
                for (int k = 0; k < size; k++) {
                    values[row + k] = random.nextGaussian();
                }
                // Twice is enough (Kahan, Parlett): the second pass removes what rounding left of the first.
                for (int pass = 0; pass < 2; pass++) {
                    for (int above = offset; above < row; above += size) {
                        double along = dot(values, above, row, size);
                        for (int k = 0; k < size; k++) {
                            values[row + k] -= along * values[above + k];
                        }
                    }
                }
                norm = sqrt(dot(values, row, row, size));
            } while (norm < 1e-6);
            for (int k = 0; k < size; k++) {
                values[row + k] /= norm;
            }
        }
    }

    private static double dot(double[] values, int a, int b, int size) {
        double sum = 0;
        for (int k = 0; k < size; k++) {
            sum += values[a + k] * values[b + k];
        }
        return sum;
    }
}
