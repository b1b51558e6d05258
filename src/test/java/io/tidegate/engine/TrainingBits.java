package io.tidegate.engine;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.Engine;
import io.tidegate.core.engine.Gradients;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.engine.ReferenceEngine;
import io.tidegate.core.engine.States;
import io.tidegate.core.network.Dropout;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;
import io.tidegate.core.optim.Adam;
import io.tidegate.core.train.GradientClip;
import io.tidegate.core.train.Loss;
import io.tidegate.core.train.Targets;
import io.tidegate.engine.fused.FusedEngine;
import io.tidegate.engine.nd4j.Nd4jEngine;
import io.tidegate.testkit.RandomNetworks;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A program: trains networks of each cell for {@link #UPDATES} updates by clipped Adam with dropout, and prints the digests of
 * their weights. Its arguments are the engine, its threads, and after how many updates to take everything up anew: a network
 * loaded again and a restored optimizer, in memory that lies elsewhere.
 */
final class TrainingBits {

    static final int UPDATES = 30;

    private static final int SEQUENCES = 6, STEPS = 20, VOCABULARY = 11;

    private TrainingBits() {}

    public static void main(String[] arguments) throws Exception {
        int threads = Integer.parseInt(arguments[1]), interruptedEvery = Integer.parseInt(arguments[2]);
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            Engine engine = switch (arguments[0]) {
                case FusedEngine.NAME -> FusedEngine.forTraining(pool, threads);
                case Nd4jEngine.NAME -> Nd4jEngine.create();
                default -> new ReferenceEngine(pool);
            };
            System.out.println("= " + engine.fingerprint());
            for (CellType cell : CellType.values()) {
                System.out.println("= " + cell + " stateful " + windows(engine, cell, interruptedEvery));
                System.out.println("= " + cell + " two-way " + sequences(engine, cell, interruptedEvery));
            }
        }
    }

    /** Windows of tokens, the state carried from each to the next, through an embedding and two layers. */
    private static String windows(Engine engine, CellType cell, int interruptedEvery) throws Exception {
        LayerConfig layer = new LayerConfig(cell, 37, false);
        NetworkConfig config =
                new NetworkConfig(new InputConfig.Tokens(VOCABULARY, 5), List.of(layer, layer), VOCABULARY);
        return train(engine, config, interruptedEvery, true);
    }

    /** Sequences of unlike lengths with a label each, in both directions. */
    private static String sequences(Engine engine, CellType cell, int interruptedEvery) throws Exception {
        LayerConfig layer = new LayerConfig(cell, 21, true);
        NetworkConfig config = new NetworkConfig(new InputConfig.Features(3), List.of(layer, layer), 5);
        return train(engine, config, interruptedEvery, false);
    }

    private static String train(Engine engine, NetworkConfig config, int interruptedEvery, boolean stateful)
            throws Exception {
        RandomNetworks random = new RandomNetworks(91);
        Weights weights = random.weights(config);
        Adam adam = new Adam();
        LoadedNetwork network = engine.load(config, weights);
        List<LoadedNetwork> moved = new ArrayList<>();
        States states = network.zeroStates(SEQUENCES);
        for (int update = 0; update < UPDATES; update++) {
            if (update % interruptedEvery == interruptedEvery - 1) {
                network.close();
                moved.add(loadedElsewhere(engine, update));
                network = engine.load(config, weights);
                Adam restored = new Adam();
                restored.restore(adam.moments());
                adam = restored;
            }
            Loss loss = new Loss(targets(stateful, config.outputs(), update), config.outputs());
            Batch batch = stateful ? window(update) : random.batch(config, SEQUENCES, STEPS);
            States before = stateful ? states : network.zeroStates(SEQUENCES);
            Gradients gradients = network.backpropagate(batch, before, loss, new Dropout(0.3, update));
            GradientClip.clip(gradients.weights(), 1);
            adam.update(weights.values(), gradients.weights(), 0.01);
            network.update(weights);
        }
        network.close();
        moved.forEach(LoadedNetwork::close);
        ByteBuffer bytes = ByteBuffer.allocate(Double.BYTES * weights.values().length);
        bytes.asDoubleBuffer().put(weights.values());
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array()));
    }

    /** Another network that stays, so that the next one's arrays lie where none lay before. */
    private static LoadedNetwork loadedElsewhere(Engine engine, int update) {
        NetworkConfig config = new NetworkConfig(
                new InputConfig.Features(1), List.of(new LayerConfig(CellType.LSTM, 1 + update, false)), 1);
        LoadedNetwork network = engine.load(config, new RandomNetworks(update).weights(config));
        network.run(new RandomNetworks(update).batch(config, 3, 5), network.zeroStates(3), Set.of());
        return network;
    }

    private static Batch window(int update) {
        SplittableRandom random = new SplittableRandom(update);
        return Batch.uniform(
                new Batch.Input.Tokens(
                        random.ints(SEQUENCES * STEPS, 0, VOCABULARY).toArray()),
                SEQUENCES);
    }

    private static Targets targets(boolean stateful, int outputs, int update) {
        SplittableRandom random = new SplittableRandom(1000 + update);
        int[] labels = random.ints(stateful ? SEQUENCES * STEPS : SEQUENCES, 0, outputs)
                .toArray();
        return stateful ? new Targets.StepLabels(labels) : new Targets.Labels(labels);
    }
}
