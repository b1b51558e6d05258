package io.tidegate.checkpoint;

import io.tidegate.core.network.Initialization;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.TensorSpec;
import io.tidegate.core.network.Weights;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A weights file's tensors, under our names until a test gives them others. */
final class StateDict {

    private final TreeMap<String, Tensor> tensors = new TreeMap<>();

    /** Random weights, biases too, all of which F32 holds exactly. */
    static Weights weights(NetworkConfig config, long seed) {
        Random random = new Random(seed);
        Weights weights = Initialization.STANDARD.weights(config, random);
        for (int k = 0; k < weights.values().length; k++) {
            weights.values()[k] = (float) (weights.values()[k] + 0.1 * random.nextGaussian());
        }
        return weights;
    }

    static StateDict of(Weights weights) {
        StateDict dict = new StateDict();
        for (TensorSpec spec : weights.layout().tensors()) {
            dict.tensors.put(spec.name(), new Tensor(spec.shape(), weights.tensor(spec.name())));
        }
        return dict;
    }

    StateDict renamed(String from, String to) {
        Tensor tensor = Objects.requireNonNull(tensors.remove(from), from);
        tensors.put(to, tensor);
        return this;
    }

    /** Gives the recurrent tensors a prefix. */
    StateDict prefixed(String prefix) {
        for (String name : List.copyOf(tensors.keySet())) {
            if (name.matches(".*_l\\d+(_reverse)?")) {
                renamed(name, prefix + name);
            }
        }
        return this;
    }

    /** Splits each bias into PyTorch's pair, whose sum it is: exactly, since the half of a number is exact. */
    StateDict withBiasPairs() {
        for (String name : List.copyOf(tensors.keySet())) {
            if (name.startsWith("bias_l")) {
                Tensor sum = Objects.requireNonNull(tensors.remove(name));
                double[] half = sum.values().clone();
                for (int k = 0; k < half.length; k++) {
                    half[k] /= 2;
                }
                tensors.put("bias_ih" + name.substring(4), new Tensor(sum.shape(), half));
                tensors.put("bias_hh" + name.substring(4), new Tensor(sum.shape(), half));
            }
        }
        return this;
    }

    StateDict without(String name) {
        Objects.requireNonNull(tensors.remove(name), name);
        return this;
    }

    /** A tensor of zeros, in place of one of the same name. */
    StateDict with(String name, Integer... shape) {
        int size = List.of(shape).stream().reduce(1, Math::multiplyExact);
        tensors.put(name, new Tensor(List.of(shape), new double[size]));
        return this;
    }

    StateDict set(String name, double... values) {
        tensors.put(name, new Tensor(List.of(values.length), values));
        return this;
    }

    Checkpoint read(ModelDescriptor model) {
        return read(model, null, null);
    }

    Checkpoint read(ModelDescriptor model, @Nullable String recurrentPrefix, @Nullable String headPrefix) {
        return read(Dtype.F32, model, recurrentPrefix, headPrefix);
    }

    Checkpoint read(Dtype dtype, ModelDescriptor model, @Nullable String recurrentPrefix, @Nullable String headPrefix) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try {
            Safetensors.write(tensors, dtype, file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String sha256 = Sha256.of(MemorySegment.ofArray(file.toByteArray()));
        ModelDescriptor complete = model.withWeights(new WeightsFile(sha256, recurrentPrefix, headPrefix));
        return CheckpointReader.read(complete.toJson(), file.toByteArray());
    }
}
