package io.tidegate.core.network;

import io.tidegate.core.cell.CellType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tensors of a network in the order in which {@link Weights} keeps them, one after the other. */
public final class ParameterLayout {

    private final Map<String, TensorSpec> specs = new LinkedHashMap<>();
    private int size;

    public ParameterLayout(NetworkConfig config) {
        if (config.input() instanceof InputConfig.Tokens(int vocabulary, int embeddingSize) && embeddingSize > 0) {
            add("embedding.weight", vocabulary, embeddingSize);
        }
        for (int k = 0; k < config.layers().size(); k++) {
            LayerConfig layer = config.layers().get(k);
            for (String suffix : suffixes(k, layer)) {
                int hidden = layer.hiddenSize();
                add("weight_ih" + suffix, Math.multiplyExact(4, hidden), config.inputSize(k));
                add("weight_hh" + suffix, 4 * hidden, hidden);
                add("bias" + suffix, 4 * hidden);
                if (layer.cell().memory() == CellType.Memory.DIAGONAL) {
                    add("peephole" + suffix, 3 * hidden);
                } else if (layer.cell().memory() == CellType.Memory.FULL) {
                    add("weight_ch" + suffix, 3 * hidden, hidden);
                }
            }
        }
        add("head.weight", config.outputs(), config.topLayer().outputSize());
        add("head.bias", config.outputs());
    }

    /** {@code _l0}, and {@code _l0_reverse} for a bidirectional layer. */
    static List<String> suffixes(int index, LayerConfig layer) {
        String suffix = "_l" + index;
        return layer.bidirectional() ? List.of(suffix, suffix + "_reverse") : List.of(suffix);
    }

    private void add(String name, Integer... shape) {
        TensorSpec spec = new TensorSpec(name, List.of(shape), size);
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
