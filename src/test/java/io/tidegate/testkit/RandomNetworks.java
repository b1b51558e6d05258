package io.tidegate.testkit;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Objective;
import io.tidegate.core.engine.Output;
import io.tidegate.core.engine.Outputs;
import io.tidegate.core.network.Initialization;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Small random networks of every shape, and batches, states and losses for them, from one seed. */
public final class RandomNetworks {

    private final SplittableRandom random;

    public RandomNetworks(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /**
     * Every cell × {one layer, two, two two-way} × {features, one-hot, embedding}; every cell as small as can be; and one
     * network of unlike layers.
     */
    public static Stream<NetworkConfig> shapes() {
        List<InputConfig> inputs =
                List.of(new InputConfig.Features(3), new InputConfig.Tokens(6, 0), new InputConfig.Tokens(6, 4));
        Stream<NetworkConfig> usual = Stream.of(CellType.values())
                .flatMap(cell -> inputs.stream()
                        .flatMap(input -> Stream.of(
                                config(input, cell, 1, false),
                                config(input, cell, 2, false),
                                config(input, cell, 2, true))));
        Stream<NetworkConfig> smallest = Stream.of(CellType.values())
                .map(cell ->
                        new NetworkConfig(new InputConfig.Features(1), List.of(new LayerConfig(cell, 1, false)), 1));
        NetworkConfig unlike = new NetworkConfig(
                new InputConfig.Features(2),
                List.of(
                        new LayerConfig(CellType.LSTM, 6, true),
                        new LayerConfig(CellType.WM, 3, false),
                        new LayerConfig(CellType.PEEPHOLE, 5, true)),
                4);
        return Stream.concat(Stream.concat(usual, smallest), Stream.of(unlike));
    }

    public static NetworkConfig config(InputConfig input, CellType cell, int layers, boolean bidirectional) {
        return new NetworkConfig(input, Collections.nCopies(layers, new LayerConfig(cell, 7, bidirectional)), 5);
    }

    /** Weights with no zero among them. */
    public Weights weights(NetworkConfig config) {
        Weights weights = Initialization.STANDARD.weights(config, random);
        for (int k = 0; k < weights.values().length; k++) {
            weights.values()[k] += random.nextDouble(-0.1, 0.1);
        }
        return weights;
    }

    /** Sequences of 1 … mostSteps steps; the last is the longest. */
    public Batch batch(NetworkConfig config, int sequences, int mostSteps) {
        int[] offsets = new int[sequences + 1];
        for (int b = 0; b < sequences; b++) {
            offsets[b + 1] = offsets[b] + (b == sequences - 1 ? mostSteps : random.nextInt(1, mostSteps + 1));
        }
        int steps = offsets[sequences];
        return new Batch(
                switch (config.input()) {
                    case InputConfig.Features(int size) -> new Batch.Input.Features(floats(steps * size), size);
                    case InputConfig.Tokens(int vocabulary, int embedding) ->
                        new Batch.Input.Tokens(random.ints(steps, 0, vocabulary).toArray());
                },
                offsets);
    }

    /** A loss that is linear in what it reads, and in the final states. */
    public Objective objective(NetworkConfig config, Batch batch, Set<Output> reads) {
        int steps = batch.totalSteps(), K = config.outputs();
        int size = config.topLayer().outputSize();
        Outputs gradient = new Outputs(
                floats(reads.contains(Output.LOGITS) ? batch.sequences() * K : 0),
                floats(reads.contains(Output.STEP_LOGITS) ? steps * K : 0),
                floats(reads.contains(Output.HIDDEN) ? steps * size : 0));
        return EngineContract.objective(gradient, floats(batch.sequences() * config.stateSize()));
    }

    /** Uniform in ±1. */
    public float[] floats(int size) {
        float[] floats = new float[size];
        for (int k = 0; k < size; k++) {
            floats[k] = (float) random.nextDouble(-1, 1);
        }
        return floats;
    }
}
