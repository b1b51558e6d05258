package io.tidegate.training;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.engine.ReferenceEngine;
import io.tidegate.core.network.Initialization;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;
import io.tidegate.core.optim.Adam;
import io.tidegate.core.train.Seeds;
import io.tidegate.core.train.Trainer;
import io.tidegate.core.train.TrainingListener;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

public final class DemoModels {
    static final long SEED = 2021;

    public static void main(String[] args) {
        try (ExecutorService executor =
                Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
            for (Demo demo : List.of(new EcgDemo(SEED), new DigitsDemo(SEED), new VersesDemo(SEED))) {
                for (CellType cell : List.of(CellType.LSTM, CellType.WM)) {
                    if (args.length == 0 || List.of(args).contains(demo.name() + "-" + cell)) {
                        train(demo, cell, new ReferenceEngine(executor));
                    }
                }
            }
        }
    }

    private static void train(Demo demo, CellType cell, ReferenceEngine engine) {
        NetworkConfig config = demo.network(cell);
        Weights weights = Initialization.STANDARD.weights(config, Seeds.generator(SEED, "weights", 0));
        long start = System.nanoTime();
        try (LoadedNetwork network = engine.load(config, weights)) {
            Trainer trainer = new Trainer(
                    network,
                    weights,
                    new Adam(),
                    demo.learningRate(),
                    demo.settings().clipNorm());
            Trainer.Result result =
                    trainer.fit(demo.training(), demo.validation(), demo.settings(), new TrainingListener() {
                        @Override
                        public void updated(Update u) {
                            if (u.number() % 100 == 0)
                                System.out.printf(
                                        "  %d %.4f %.2f  %.1fs%n",
                                        u.number(),
                                        u.score().loss(),
                                        u.gradientNorm(),
                                        (System.nanoTime() - start) / 1e9);
                        }

                        @Override
                        public void epochFinished(Epoch e) {
                            System.out.printf(
                                    "%s-%s epoch %d: train %.5f validation %.5f acc %.4f%s %.1fs%n",
                                    demo.name(),
                                    cell,
                                    e.epoch(),
                                    e.training().loss(),
                                    e.validation().loss(),
                                    e.validation().accuracy(),
                                    e.best() ? " best" : "",
                                    (System.nanoTime() - start) / 1e9);
                        }
                    });
            network.update(result.best());
            System.out.println(demo.name() + "-" + cell + " " + new TreeMap<>(demo.test(network)));
        }
    }
}
