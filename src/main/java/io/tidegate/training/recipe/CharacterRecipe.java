package io.tidegate.training.recipe;

import static io.tidegate.training.recipe.Parameter.real;
import static io.tidegate.training.recipe.Parameter.whole;

import io.tidegate.checkpoint.ModelInput;
import io.tidegate.checkpoint.ModelOutput;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.train.TokenSource;
import io.tidegate.core.train.TokenWindows;
import io.tidegate.datasets.Dataset;
import io.tidegate.datasets.DatasetSummary;
import io.tidegate.datasets.TextData;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A text, character by character, to the next one; each stream's state is carried from window to window. */
final class CharacterRecipe implements NetworkRecipe {

    /** Streams side by side in validation and test, where a text allows as many. */
    private static final int HELD_OUT_STREAMS = 8;

    private static final ParameterSet PARAMETERS = parameterSet();

    private final Uploads uploads;

    CharacterRecipe(Uploads uploads) {
        this.uploads = uploads;
    }

    private static ParameterSet parameterSet() {
        List<Parameter> own = new ArrayList<>(
                Split.SHARES.stream().map(share -> share.withStandard(0.05)).toList());
        own.add(whole("window", 150, 1, 100_000, "T, characters that an update goes back through"));
        own.add(whole("embeddingSize", 0, 0, 4096, "size of each character's embedding; 0 for one-hot characters"));
        own.add(whole("maxCharacters", 0, 0, Long.MAX_VALUE, "only so many from the text's beginning; 0 for all"));
        own.add(real("freshStart", 0, 0, 1, "chance that a window begins with the zero state instead of the carried"));
        return new ParameterSet(
                NetworkSettings.with(own, Map.of("epochs", 20L)),
                Map.of(
                        ParameterSet.QUICK,
                        Map.of(
                                "window",
                                64L,
                                "hiddenSize",
                                64L,
                                "epochs",
                                6L,
                                "batchSize",
                                16L,
                                "learningRate",
                                0.005,
                                "maxCharacters",
                                400_000L,
                                "schedule",
                                "cosine"),
                        "full-300",
                        Map.of("window", 300L)));
    }

    @Override
    public String name() {
        return "character-lm";
    }

    @Override
    public String summary() {
        return "A language model over the characters of a text.";
    }

    @Override
    public ParameterSet parameters() {
        return PARAMETERS;
    }

    @Override
    public List<String> formats() {
        return List.of("text");
    }

    @Override
    public Optional<String> standardDataset(String preset) {
        return Optional.of("king-james");
    }

    /** Where the parts of a text begin and end: training, validation and test follow each other. */
    private record Parts(long training, long validation, long test) {

        static Parts of(long characters, Parameters p) {
            long most = p.large("maxCharacters");
            long length = most == 0 ? characters : Math.min(most, characters);
            long test = Math.round(length * p.real("testShare"));
            long validation = Math.round(length * p.real("validationShare"));
            long window = p.whole("window") + 1L;
            if (Math.min(test, validation) < window || length - test - validation < window * p.whole("batchSize")) {
                throw new InvalidParametersException(
                        "/dataset",
                        "expected at least " + window + " characters for validation and for test and "
                                + window * p.whole("batchSize") + " for training (batchSize · (window + 1)), got "
                                + validation + ", " + test + " and " + (length - test - validation)
                                + "; use a longer text, a smaller window or a smaller batchSize");
            }
            return new Parts(length - test - validation, length - test, length);
        }
    }

    @Override
    public Estimate estimate(Assignment assignment) {
        DatasetSummary.Text text =
                uploads.dataset(this, assignment.dataset()).summary().text();
        if (text == null) {
            throw new InvalidParametersException("/dataset", "expected a text, got sequences");
        }
        Parameters p = assignment.parameters();
        NetworkConfig config = new NetworkConfig(
                new InputConfig.Tokens(text.alphabetSize(), p.whole("embeddingSize")),
                NetworkSettings.layers(assignment),
                text.alphabetSize());
        long perEpoch = Parts.of(text.characters(), p).training() / p.whole("batchSize") / p.whole("window");
        return Estimate.of(config, p.whole("epochs") * perEpoch, p, p.whole("window"));
    }

    @Override
    public NetworkTask task(Assignment assignment) {
        Dataset dataset = uploads.dataset(this, assignment.dataset());
        TextData text = Uploads.openText(dataset);
        Parameters p = assignment.parameters();
        Parts parts = Parts.of(text.length(), p);
        TokenSource all = tokens(text);
        TokenSource training = all.part(0, parts.training());
        TokenSource test = all.part(parts.validation(), parts.test());
        int window = p.whole("window"), symbols = text.alphabetSize();
        return new NetworkTask(
                new ModelInput.Characters(text.alphabet()),
                new ModelOutput.NextCharacter(),
                new InputConfig.Tokens(symbols, p.whole("embeddingSize")),
                symbols,
                new TokenWindows(training, p.whole("batchSize"), window, p.real("freshStart"), assignment.seed()),
                heldOut(all.part(parts.training(), parts.validation()), window),
                heldOut(test, window),
                TaskMetric.bitsPerCharacter(orderZero(training, test, symbols)),
                dataset.digest(),
                Map.of(),
                text::close);
    }

    private static TokenWindows heldOut(TokenSource part, int window) {
        int streams = (int) Math.min(HELD_OUT_STREAMS, part.length() / (window + 1));
        return new TokenWindows(part, streams, window, 0, 0);
    }

    private static TokenSource tokens(TextData text) {
        return new TokenSource() {
            @Override
            public long length() {
                return text.length();
            }

            @Override
            public void copy(long from, int[] into, int at, int count) {
                System.arraycopy(text.tokens(from, count), 0, into, at, count);
            }
        };
    }

    /** Bits per character of the test under the training's character frequencies, each counted once more than it came. */
    private static double orderZero(TokenSource training, TokenSource test, int symbols) {
        long[] trained = counts(training, symbols), tested = counts(test, symbols);
        double bits = 0;
        for (int k = 0; k < symbols; k++) {
            double share = (trained[k] + 1.0) / (double) (training.length() + symbols);
            bits -= (double) tested[k] * Math.log(share) / Math.log(2);
        }
        return bits / (double) test.length();
    }

    private static long[] counts(TokenSource text, int symbols) {
        long[] counts = new long[symbols];
        int[] part = new int[1 << 16];
        for (long from = 0; from < text.length(); from += part.length) {
            int count = (int) Math.min(part.length, text.length() - from);
            text.copy(from, part, 0, count);
            for (int k = 0; k < count; k++) {
                counts[part[k]]++;
            }
        }
        return counts;
    }
}
