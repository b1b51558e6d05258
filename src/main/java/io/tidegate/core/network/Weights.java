package io.tidegate.core.network;

/**
 * A network's parameters, all tensors in one row-major array in the order of its {@link ParameterLayout}; a gradient or an
 * optimizer's moments have the same form.
 *
 * <p>Served weights are shared by every thread and never change. Only a trainer, which owns its copy, writes to the array.
 */
public record Weights(ParameterLayout layout, double[] values) {

    public Weights {
        if (values.length != layout.size()) {
            throw new IllegalArgumentException("weights: expected " + layout.size() + " values, got " + values.length);
        }
    }

    public static Weights zeros(NetworkConfig config) {
        return zeros(new ParameterLayout(config));
    }

    public static Weights zeros(ParameterLayout layout) {
        return new Weights(layout, new double[layout.size()]);
    }

    public Weights copy() {
        return new Weights(layout, values.clone());
    }

    /** A copy of one tensor's values. */
    public double[] tensor(String name) {
        TensorSpec spec = layout.tensor(name);
        double[] copy = new double[spec.size()];
        System.arraycopy(values, spec.offset(), copy, 0, copy.length);
        return copy;
    }

    /** Sets one tensor, as a checkpoint's reader and tests do. */
    public void set(String name, double[] tensor) {
        TensorSpec spec = layout.tensor(name);
        if (tensor.length != spec.size()) {
            throw new IllegalArgumentException(name + ": expected " + spec.size() + " values for shape " + spec.shape()
                    + ", got " + tensor.length);
        }
        System.arraycopy(tensor, 0, values, spec.offset(), tensor.length);
    }
}
