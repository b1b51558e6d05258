package io.tidegate.engine.nd4j;

import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.ParameterLayout;
import io.tidegate.core.network.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** All weights of a network, or a gradient with respect to them, on the device. */
final class NetworkWeights implements AutoCloseable {

    private final Memory arrays = new Memory();
    private final List<Packed> embedding; // one, [vocabulary, E + 1] with a 1 behind each row, or none
    private final List<List<DirectionWeights>> layers = new ArrayList<>();
    private final Packed head; // [K, H·directions + 1], the bias last

    /** All zeros. */
    NetworkWeights(NetworkConfig config) {
        ParameterLayout layout = new ParameterLayout(config);
        boolean tokens = config.input() instanceof InputConfig.Tokens;
        this.embedding = layout.has("embedding.weight") ? List.of(embedding(layout)) : List.of();
        for (int k = 0; k < config.layers().size(); k++) {
            LayerConfig layer = config.layers().get(k);
            boolean oneHot = k == 0 && tokens && embedding.isEmpty();
            List<DirectionWeights> directions = new ArrayList<>();
            for (int d = 0; d < layer.directions(); d++) {
                String suffix = "_l" + k + (d == 0 ? "" : "_reverse");
                directions.add(new DirectionWeights(layer.cell(), oneHot, layout, suffix, arrays));
            }
            layers.add(directions);
        }
        int K = config.outputs(), size = config.topLayer().outputSize();
        int weight = layout.tensor("head.weight").offset(),
                bias = layout.tensor("head.bias").offset();
        this.head = new Packed(arrays.zeros(K, size + 1L), pairs -> {
            for (int k = 0; k < K; k++) {
                for (int j = 0; j < size; j++) {
                    pairs.pair(k * (size + 1) + j, weight + k * size + j);
                }
                pairs.pair(k * (size + 1) + size, bias + k);
            }
        });
    }

    private Packed embedding(ParameterLayout layout) {
        TensorSpec spec = layout.tensor("embedding.weight");
        int size = spec.columns(), vocabulary = spec.size() / size;
        return new Packed(arrays.zeros(vocabulary, size + 1L), pairs -> {
            for (int token = 0; token < vocabulary; token++) {
                for (int k = 0; k < size; k++) {
                    pairs.pair(token * (size + 1) + k, spec.offset() + token * size + k);
                }
            }
        });
    }

    boolean hasEmbedding() {
        return !embedding.isEmpty();
    }

    /** [vocabulary, E + 1]. */
    INDArray embedding() {
        return embedding.getFirst().array();
    }

    DirectionWeights direction(int layer, int direction) {
        return layers.get(layer).get(direction);
    }

    /** [K, H·directions + 1]. */
    INDArray head() {
        return head.array();
    }

    void load(double[] parameters) {
        for (Packed table : embedding) {
            table.load(parameters);
            Memory.block(
                            table.array(),
                            0,
                            table.array().size(0),
                            (int) table.array().size(1) - 1,
                            1)
                    .assign(1);
        }
        layers.forEach(directions -> directions.forEach(direction -> direction.load(parameters)));
        head.load(parameters);
    }

    void clear() {
        arrays.clear();
    }

    /** Adds this gradient to one in the network's layout. */
    void addTo(double[] gradient) {
        embedding.forEach(table -> table.addTo(gradient));
        layers.forEach(directions -> directions.forEach(direction -> direction.addTo(gradient)));
        head.addTo(gradient);
    }

    long bytes() {
        return arrays.bytes();
    }

    @Override
    public void close() {
        arrays.close();
    }
}
