package io.tidegate.engine.fused;

import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.ParameterLayout;
import io.tidegate.core.network.Weights;
import java.util.ArrayList;
import java.util.List;

/** The packed weights of a network: what its runs share. */
final class NetworkPanels implements AutoCloseable {

    private final OffHeap memory = new OffHeap();
    private final NetworkConfig config;
    private final List<List<DirectionPanels>> layers = new ArrayList<>();
    private final HeadBlocks head;
    private final long embedding; // [vocabulary, E]; 0 without one
    private final int embeddingSize;

    NetworkPanels(NetworkConfig config, Weights weights, boolean half) {
        this.config = config;
        for (int k = 0; k < config.layers().size(); k++) {
            LayerConfig layer = config.layers().get(k);
            List<DirectionPanels> directions = new ArrayList<>();
            for (String suffix : ParameterLayout.suffixes(k, layer)) {
                directions.add(new DirectionPanels(memory, layer, config.inputSize(k), suffix, half));
            }
            layers.add(directions);
        }
        this.head = new HeadBlocks(memory, config.outputs(), config.topLayer().outputSize());
        this.embeddingSize =
                config.input() instanceof InputConfig.Tokens(int vocabulary, int size) && vocabulary > 0 ? size : 0;
        this.embedding = embeddingSize > 0
                ? memory.floats(weights.layout().tensor("embedding.weight").size())
                : 0;
        packing(weights).forEach(Runnable::run);
    }

    /** What has to be done to take weights over, in tasks that may run side by side. */
    List<Runnable> packing(Weights weights) {
        List<Runnable> tasks = new ArrayList<>();
        layers.forEach(directions -> directions.forEach(direction -> direction.packing(weights, tasks)));
        tasks.add(() -> head.pack(weights));
        tasks.add(() -> packEmbedding(weights));
        return tasks;
    }

    private void packEmbedding(Weights weights) {
        if (embedding != 0) {
            int offset = weights.layout().tensor("embedding.weight").offset(),
                    size = weights.layout().tensor("embedding.weight").size();
            for (int n = 0; n < size; n++) {
                Lanes.set(embedding + 4L * n, (float) weights.values()[offset + n]);
            }
        }
    }

    NetworkConfig config() {
        return config;
    }

    List<DirectionPanels> layer(int layer) {
        return layers.get(layer);
    }

    /** See {@link PackedMatrix#fitAbreast}. */
    boolean fitAbreast() {
        return layers.stream().flatMap(List::stream).anyMatch(DirectionPanels::fitAbreast);
    }

    void setAbreast(boolean abreast) {
        layers.forEach(directions -> directions.forEach(direction -> direction.setAbreast(abreast)));
    }

    HeadBlocks head() {
        return head;
    }

    /** Whether the first layer reads tokens as they are. */
    boolean oneHot() {
        return config.input() instanceof InputConfig.Tokens && embedding == 0;
    }

    int embeddingSize() {
        return embeddingSize;
    }

    long embedding(int token) {
        return embedding + 4L * token * embeddingSize;
    }

    long bytes() {
        return memory.size();
    }

    @Override
    public void close() {
        memory.close();
    }
}
