package io.tidegate.training;

import io.tidegate.checkpoint.ModelInput;
import io.tidegate.checkpoint.ModelOutput;
import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.train.Batches;
import io.tidegate.core.train.NetworkLearner;
import io.tidegate.core.train.TokenSource;
import io.tidegate.core.train.TokenWindows;
import io.tidegate.datasets.BuiltInData;
import java.util.List;
import java.util.Map;

/** The King James Bible, character by character. */
final class VersesDemo implements Demo {

    private static final int HIDDEN = 128, EPOCHS = 4, STREAMS = 32, WINDOW = 64;
    private static final double RATE = 4e-3, FRESH_START = 0.1;

    private final long seed;
    private final String vocabulary;
    private final TokenSource training, validation, test;

    VersesDemo(long seed) {
        this.seed = seed;
        String text = BuiltInData.kingJames();
        StringBuilder symbols = new StringBuilder();
        text.chars().distinct().sorted().forEach(c -> symbols.append((char) c));
        vocabulary = symbols.toString();
        int testFrom = BuiltInData.head(text.length(), 5), validationFrom = BuiltInData.head(testFrom, 1);
        training = tokens(text.substring(0, validationFrom));
        validation = tokens(text.substring(validationFrom, testFrom));
        test = tokens(text.substring(testFrom));
    }

    private TokenSource tokens(String text) {
        return TokenSource.of(text.chars().map(vocabulary::indexOf).toArray());
    }

    @Override
    public String name() {
        return "verses";
    }

    @Override
    public String recipe() {
        return "character-lm";
    }

    @Override
    public String data() {
        return BuiltInData.digest(BuiltInData.KING_JAMES);
    }

    @Override
    public ModelInput input() {
        return new ModelInput.Characters(vocabulary);
    }

    @Override
    public ModelOutput output() {
        return new ModelOutput.NextCharacter();
    }

    @Override
    public NetworkConfig network(CellType cell) {
        int symbols = vocabulary.length();
        return new NetworkConfig(
                new InputConfig.Tokens(symbols, 0), List.of(new LayerConfig(cell, HIDDEN, false)), symbols);
    }

    @Override
    public Batches training() {
        return new TokenWindows(training, STREAMS, WINDOW, FRESH_START, seed);
    }

    @Override
    public Batches validation() {
        return new TokenWindows(validation, 8, WINDOW, 0, seed);
    }

    @Override
    public Schedule schedule() {
        return new Schedule(EPOCHS, RATE, 100);
    }

    @Override
    public Map<String, Integer> sizes() {
        return Map.of("hiddenSize", HIDDEN, "batchSize", STREAMS, "window", WINDOW);
    }

    /** The last 5 % of the text, read as one sequence from the zero state. */
    @Override
    public Map<String, Double> test(LoadedNetwork network) {
        double nats = NetworkLearner.evaluate(network, new TokenWindows(test, 1, 256, 0, seed))
                .loss();
        return Map.of("test.bitsPerCharacter", nats / Math.log(2));
    }
}
