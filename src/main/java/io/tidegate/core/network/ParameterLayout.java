package io.tidegate.core.network;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** The tensors of a network in the order in which {@link Weights} keeps them, one after the other. */
public final class ParameterLayout {

    private final Map<String, TensorSpec> specs = new LinkedHashMap<>();
    private int size;

    public ParameterLayout(NetworkConfig config) {
        this(shapes(config));
    }

    /** @param shapes by name, in the order in which the tensors are kept */
    public ParameterLayout(SequencedMap<String, List<Integer>> shapes) {
        shapes.forEach(this::add);
    }

    private static SequencedMap<String, List<Integer>> shapes(NetworkConfig config) {
        SequencedMap<String, List<Integer>> shapes = new LinkedHashMap<>();
        if (config.input() instanceof InputConfig.Tokens(int vocabulary, int embeddingSize) && embeddingSize > 0) {
            shapes.put("embedding.weight", List.of(vocabulary, embeddingSize));
        }
        for (int k = 0; k < config.layers().size(); k++) {
            LayerConfig layer = config.layers().get(k);
            for (String suffix : suffixes(k, layer)) {
                addRecurrent(shapes, suffix, layer, config.inputSize(k));
            }
        }
        shapes.put("head.weight", List.of(config.outputs(), config.topLayer().outputSize()));
        shapes.put("head.bias", List.of(config.outputs()));
        return shapes;
    }

    /**
     * Adds the tensors of one direction of a recurrent layer.
     *
     * @param suffix of their names, such as {@code _l0}
     * @param inputSize D, what the layer reads at each step
     */
    public static void addRecurrent(
            SequencedMap<String, List<Integer>> shapes, String suffix, LayerConfig layer, int inputSize) {
        int hidden = layer.hiddenSize();
        shapes.put("weight_ih" + suffix, List.of(Math.multiplyExact(4, hidden), inputSize));
        shapes.put("weight_hh" + suffix, List.of(4 * hidden, hidden));
        shapes.put("bias" + suffix, List.of(4 * hidden));
        switch (layer.cell().memory()) {
            case NONE -> {}
            case DIAGONAL -> shapes.put("peephole" + suffix, List.of(3 * hidden));
            case FULL -> shapes.put("weight_ch" + suffix, List.of(3 * hidden, hidden));
        }
    }

    /** {@code _l0}, and {@code _l0_reverse} for a bidirectional layer. */
    public static List<String> suffixes(int index, LayerConfig layer) {
        String suffix = "_l" + index;
        return layer.bidirectional() ? List.of(suffix, suffix + "_reverse") : List.of(suffix);
    }

    private void add(String name, List<Integer> shape) {
        TensorSpec spec = new TensorSpec(name, shape, size);
        specs.put(name, spec);
        size = Math.addExact(size, spec.size());
    }

    public List<TensorSpec> tensors() {
        return new ArrayList<>(specs.values());
    }

    public boolean has(String name) {
        return specs.containsKey(name);
    }

    public TensorSpec tensor(String name) {
        TensorSpec spec = specs.get(name);
        if (spec == null) {
            throw new IllegalArgumentException("no tensor '" + name + "'; this network has " + specs.keySet());
        }
        return spec;
    }

    /** Number of parameters. */
    public int size() {
        return size;
    }
}
