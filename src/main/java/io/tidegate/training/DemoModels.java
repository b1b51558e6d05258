package io.tidegate.training;

import io.tidegate.checkpoint.Checkpoint;
import io.tidegate.checkpoint.CheckpointWriter;
import io.tidegate.checkpoint.ModelDescriptor;
import io.tidegate.checkpoint.Provenance;
import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.Engine;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.engine.ReferenceEngine;
import io.tidegate.core.network.Initialization;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;
import io.tidegate.core.optim.Adam;
import io.tidegate.core.train.Learner;
import io.tidegate.core.train.NetworkLearner;
import io.tidegate.core.train.Seeds;
import io.tidegate.core.train.Trainer;
import io.tidegate.core.train.TrainingListener;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Trains the demo models that the jar ships: three tasks on real data, each with the vanilla and the WM cell under the same
 * settings and seed. The same code, seed and data give the same weights and the same log on every run.
 */
public final class DemoModels {

    private static final long SEED = 2021;

    private final Engine engine;
    private final Path models;
    private final Path logs;
    private final String code;

    private DemoModels(Engine engine, Path models, Path logs, String code) {
        this.engine = engine;
        this.models = models;
        this.logs = logs;
        this.code = code;
    }

    /**
     * @param args the folder for the models, the folder for the logs, the code's version, and then the models to train; none
     *     for all
     */
    public static void main(String[] args) throws IOException {
        List<String> wanted = List.of(args).subList(3, args.length);
        try (ExecutorService executor =
                Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
            DemoModels demos =
                    new DemoModels(new ReferenceEngine(executor), Path.of(args[0]), Path.of(args[1]), args[2]);
            for (Demo demo : List.of(new EcgDemo(SEED), new DigitsDemo(SEED), new VersesDemo(SEED))) {
                for (CellType cell : List.of(CellType.LSTM, CellType.WM)) {
                    if (wanted.isEmpty() || wanted.contains(demo.name() + "-" + cell)) {
                        demos.make(demo, cell);
                    }
                }
            }
        }
    }

    private void make(Demo demo, CellType cell) throws IOException {
        String name = demo.name() + "-" + cell;
        Files.createDirectories(logs);
        try (PrintStream log = new PrintStream(logs.resolve(name + ".log").toFile(), StandardCharsets.UTF_8)) {
            NetworkConfig config = demo.network(cell);
            Weights weights = Initialization.STANDARD.weights(config, Seeds.generator(SEED, "weights", 0));
            say(log, "%s: seed %d, %d weights, %s".formatted(name, SEED, weights.values().length, demo.parameters()));
            Weights best = rounded(train(demo, config, weights, log));
            SortedMap<String, Double> metrics = test(demo, config, best);
            say(log, name + ": " + metrics);
            write(descriptor(demo, name, config, metrics), best);
        }
    }

    private Weights train(Demo demo, NetworkConfig config, Weights weights, PrintStream log) {
        try (Learner learner = new NetworkLearner(engine, config, weights, demo.training(), demo.validation())) {
            Trainer trainer = new Trainer(learner, new Adam(), demo.learningRate(), demo.settings());
            trainer.run(new TrainingListener() {
                @Override
                public void epochFinished(Epoch epoch) {
                    say(log, line(epoch));
                }
            });
            return trainer.best();
        }
    }

    private static String line(TrainingListener.Epoch epoch) {
        return String.format(
                Locale.ROOT,
                "epoch %d: training loss %.5f, validation loss %.5f%s",
                epoch.epoch() + 1,
                epoch.training().loss(),
                epoch.validation().loss(),
                epoch.best() ? ", best so far" : "");
    }

    /** As the checkpoint holds them: what is tested is what is shipped. */
    private static Weights rounded(Weights weights) {
        Weights rounded = weights.copy();
        for (int k = 0; k < rounded.values().length; k++) {
            rounded.values()[k] = (float) rounded.values()[k];
        }
        return rounded;
    }

    private SortedMap<String, Double> test(Demo demo, NetworkConfig config, Weights weights) {
        try (LoadedNetwork network = engine.load(config, weights)) {
            return new TreeMap<>(demo.test(network));
        }
    }

    private ModelDescriptor descriptor(Demo demo, String name, NetworkConfig config, Map<String, Double> metrics) {
        Map<String, Object> training = new LinkedHashMap<>();
        training.put("recipe", demo.recipe());
        training.put("parameters", demo.parameters());
        training.put("seed", SEED);
        training.put("data", demo.data());
        training.put("code", code);
        training.put("metrics", metrics);
        return new ModelDescriptor(name, demo.input(), config.layers(), demo.output(), null, Provenance.of(training));
    }

    private void write(ModelDescriptor descriptor, Weights weights) throws IOException {
        CheckpointWriter.Encoded encoded = CheckpointWriter.encode(descriptor, weights);
        Path folder = Files.createDirectories(models.resolve(descriptor.name()));
        Files.write(folder.resolve(Checkpoint.WEIGHTS_FILE), encoded.weights());
        Files.write(folder.resolve(Checkpoint.MODEL_FILE), encoded.modelJson());
    }

    /** To the log and the screen. */
    private static void say(PrintStream log, String line) {
        log.println(line);
        log.flush();
        System.out.println(line);
    }
}
