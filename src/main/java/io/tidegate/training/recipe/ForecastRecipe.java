package io.tidegate.training.recipe;

import io.tidegate.checkpoint.ModelInput;
import io.tidegate.checkpoint.ModelOutput;
import io.tidegate.checkpoint.Scale;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.train.Batches;
import io.tidegate.core.train.ShuffledSequences;
import io.tidegate.core.train.ShuffledSequences.Augmentation;
import io.tidegate.datasets.Dataset;
import io.tidegate.datasets.DatasetSummary;
import io.tidegate.datasets.Expected;
import io.tidegate.datasets.SequenceData;
import io.tidegate.training.recipe.ForecastWindows.Cut;
import io.tidegate.training.recipe.ForecastWindows.Part;
import io.tidegate.training.recipe.ForecastWindows.Scales;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * One's own series: after each step, the step some way ahead; or, where the data name targets, those, for each step or for the
 * whole sequence.
 */
final class ForecastRecipe implements NetworkRecipe {

    /** With fewer sequences than this, each one's end tests, rather than some of the sequences. */
    private static final int ENOUGH_SEQUENCES = 10;

    private static final Map<String, Object> QUICK =
            Map.of("hiddenSize", 32L, "epochs", 30L, "batchSize", 32L, "learningRate", 0.005, "schedule", "cosine");

    private final Uploads uploads;
    private final ParameterSet parameters;

    ForecastRecipe(Uploads uploads) {
        this.uploads = uploads;
        List<Parameter> own = new ArrayList<>(Split.SHARES);
        own.add(Split.SEED);
        own.add(Parameter.whole("window", 128, 1, 100_000, "steps that an update goes back through"));
        own.add(Parameter.whole(
                "stride", 64, 1, 100_000, "steps from one training window's beginning to the next one's"));
        own.add(Parameter.whole("horizon", 1, 1, 10_000, "how many steps ahead; unused where the data name targets"));
        Map<String, Object> standards = Map.of("epochs", 50L, "batchSize", 32L, "schedule", "cosine", "patience", 10L);
        this.parameters = new ParameterSet(NetworkSettings.with(own, standards), Map.of(ParameterSet.QUICK, QUICK));
    }

    @Override
    public String name() {
        return "forecast";
    }

    @Override
    public String summary() {
        return "Your own series: what comes next, or the targets that the data name.";
    }

    @Override
    public ParameterSet parameters() {
        return parameters;
    }

    @Override
    public List<String> formats() {
        return List.of("ndjson", "csv");
    }

    @Override
    public Optional<String> standardDataset(String preset) {
        return preset.equals(ParameterSet.QUICK) ? Optional.of("ecg-208") : Optional.empty();
    }

    @Override
    public Estimate estimate(Assignment assignment) {
        Dataset dataset = uploads.dataset(this, assignment.dataset());
        DatasetSummary.Sequences sequences = Uploads.sequences(dataset);
        Parameters p = assignment.parameters();
        DatasetSummary.Targets targets = sequences.targets();
        int outputs = targets == null ? sequences.featuresPerStep() : targets.size();
        NetworkConfig config = new NetworkConfig(
                new InputConfig.Features(sequences.featuresPerStep()), NetworkSettings.layers(assignment), outputs);
        boolean whole = Uploads.expected(dataset) == Expected.TARGET;
        long windows = whole ? sequences.count() : sequences.steps() / p.whole("stride") + sequences.count();
        int steps = whole ? sequences.lengths().max() : p.whole("window");
        return Estimate.of(config, p.whole("epochs") * Math.ceilDiv(windows, p.whole("batchSize")), p, steps);
    }

    @Override
    public NetworkTask task(Assignment assignment) {
        Dataset dataset = uploads.dataset(this, assignment.dataset());
        SequenceData data = Uploads.openSequences(dataset);
        Parameters p = assignment.parameters();
        boolean named = data.expected() == Expected.TARGET || data.expected() == Expected.TARGETS;
        List<List<Part>> parts = parts(data, p);
        Cut training = cut(data, p, p.whole("stride"), named), heldOut = cut(data, p, p.whole("window"), named);
        Scales scales = scales(data, parts.getFirst(), named);
        ForecastWindows test = new ForecastWindows(data, parts.get(2), heldOut, scales);
        int outputs = named ? data.targetSize() : data.featureSize();
        return new NetworkTask(
                new ModelInput.Features(data.featureSize(), scales.input()),
                new ModelOutput.Values(outputs, scales.output()),
                new InputConfig.Features(data.featureSize()),
                outputs,
                batches(new ForecastWindows(data, parts.getFirst(), training, scales), data, assignment),
                batches(new ForecastWindows(data, parts.get(1), heldOut, scales), data, assignment),
                batches(test, data, assignment),
                metric(outputs, scales.output(), test.trivialError()),
                dataset.digest(),
                Map.of(),
                data::close);
    }

    /** Where the data name one target for a whole sequence, it is read whole. */
    private static Cut cut(SequenceData data, Parameters p, int stride, boolean named) {
        return data.expected() == Expected.TARGET
                ? new Cut(Integer.MAX_VALUE, Integer.MAX_VALUE, 0)
                : new Cut(p.whole("window"), stride, named ? 0 : p.whole("horizon"));
    }

    /** What trains, chooses the best weights, and tests: whole sequences, or where there are few, one after the other in time. */
    private static List<List<Part>> parts(SequenceData data, Parameters p) {
        if (data.size() >= ENOUGH_SEQUENCES || data.expected() == Expected.TARGET) {
            Split split = Split.stratified(data.size(), 1, _ -> 0, p);
            return List.of(whole(data, split.training()), whole(data, split.validation()), whole(data, split.test()));
        }
        List<List<Part>> parts = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (int k = 0; k < data.size(); k++) {
            int length = data.length(k), test = length - (int) (length * p.real("testShare"));
            int validation = test - (int) (length * p.real("validationShare"));
            if (validation <= p.whole("horizon") || length - test <= p.whole("horizon")) {
                throw new InvalidParametersException(
                        "/dataset",
                        "expected series long enough to be cut into training, validation and test, sequence " + k
                                + " has " + length + " steps");
            }
            parts.get(0).add(new Part(k, 0, validation));
            parts.get(1).add(new Part(k, validation, test));
            parts.get(2).add(new Part(k, test, length));
        }
        return parts;
    }

    private static List<Part> whole(SequenceData data, int[] sequences) {
        return Arrays.stream(sequences)
                .mapToObj(k -> new Part(k, 0, data.length(k)))
                .toList();
    }

    private static Scales scales(SequenceData data, List<Part> training, boolean named) {
        Scaling input = new Scaling(data.featureSize());
        pieces(training)
                .forEach(part -> input.add(data.features(part.sequence(), part.from(), part.to() - part.from())));
        if (!named) {
            return new Scales(input.scale(), input.scale());
        }
        Scaling output = new Scaling(data.targetSize());
        if (data.expected() == Expected.TARGET) {
            training.forEach(part -> output.add(data.target(part.sequence())));
        } else {
            pieces(training)
                    .forEach(part -> output.add(data.targets(part.sequence(), part.from(), part.to() - part.from())));
        }
        return new Scales(input.scale(), output.scale());
    }

    /** The same stretches, in pieces that fit into memory. */
    private static List<Part> pieces(List<Part> parts) {
        int most = 1 << 16;
        return parts.stream()
                .flatMap(part -> IntStream.range(0, Math.ceilDiv(part.to() - part.from(), most))
                        .map(piece -> part.from() + piece * most)
                        .mapToObj(from -> new Part(part.sequence(), from, Math.min(part.to(), from + most))))
                .toList();
    }

    private static Batches batches(ForecastWindows windows, SequenceData data, Assignment assignment) {
        if (windows.isEmpty()) {
            throw new InvalidParametersException(
                    "/dataset",
                    "expected sequences of more than " + assignment.parameters().whole("horizon")
                            + " steps (horizon) for training, validation and test, found none for one of them");
        }
        return new ShuffledSequences(
                windows,
                data.featureSize(),
                assignment.parameters().whole("batchSize"),
                assignment.seed(),
                Augmentation.NONE);
    }

    /** One output's error is told in its own units; several ones', in deviations of the training data. */
    private static TaskMetric metric(int outputs, Scale scale, double trivialError) {
        double unit = outputs == 1 ? Math.abs(scale.fromNetwork(1, 0) - scale.fromNetwork(0, 0)) : 1;
        return new TaskMetric(
                outputs == 1 ? "rmse" : "normalizedRmse",
                false,
                unit * Math.sqrt(trivialError),
                score -> unit * Math.sqrt(score.loss()));
    }
}
