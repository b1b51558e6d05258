package io.tidegate.training.recipe;

import static io.tidegate.training.recipe.Parameter.flag;

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
import io.tidegate.datasets.SequenceData;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** One's own labelled sequences: from the whole sequence to its class. */
final class ClassifyRecipe implements NetworkRecipe {

    private static final Map<String, Object> QUICK =
            Map.of("hiddenSize", 32L, "epochs", 40L, "batchSize", 32L, "learningRate", 0.005, "schedule", "cosine");

    private final Uploads uploads;
    private final ParameterSet parameters;

    ClassifyRecipe(Uploads uploads) {
        this.uploads = uploads;
        List<Parameter> own = new ArrayList<>(Split.SHARES);
        own.add(Split.SEED);
        own.add(flag("bidirectional", false, "whether each layer also reads the sequence from its end"));
        Map<String, Object> standards = Map.of("epochs", 50L, "batchSize", 64L, "schedule", "cosine", "patience", 10L);
        this.parameters = new ParameterSet(NetworkSettings.with(own, standards), Map.of(ParameterSet.QUICK, QUICK));
    }

    @Override
    public String name() {
        return "classify";
    }

    @Override
    public String summary() {
        return "Your own labelled sequences, of any lengths, to their class.";
    }

    @Override
    public ParameterSet parameters() {
        return parameters;
    }

    @Override
    public List<String> formats() {
        return List.of("ndjson", "csv", "idx");
    }

    @Override
    public Optional<String> standardDataset(String preset) {
        return preset.equals(ParameterSet.QUICK) ? Optional.of("digits") : Optional.empty();
    }

    @Override
    public Estimate estimate(Assignment assignment) {
        Dataset dataset = uploads.dataset(this, assignment.dataset());
        DatasetSummary.Sequences sequences = Uploads.sequences(dataset);
        Parameters p = assignment.parameters();
        NetworkConfig config = new NetworkConfig(
                new InputConfig.Features(sequences.featuresPerStep()),
                NetworkSettings.layers(assignment),
                Uploads.classes(dataset).size());
        long updates = (long) p.whole("epochs") * Math.ceilDiv(sequences.count(), p.whole("batchSize"));
        return Estimate.of(config, updates, p, sequences.lengths().max());
    }

    @Override
    public NetworkTask task(Assignment assignment) {
        Dataset dataset = uploads.dataset(this, assignment.dataset());
        Uploads.classes(dataset);
        SequenceData data = Uploads.openSequences(dataset);
        int size = data.featureSize(), classes = data.classes().size();
        Split split = Split.stratified(data.size(), classes, data::label, assignment.parameters());
        Scaling scaling = new Scaling(size);
        for (int k : split.training()) {
            scaling.add(data.features(k));
        }
        Scale scale = scaling.scale();
        return new NetworkTask(
                new ModelInput.Features(size, scale),
                new ModelOutput.Labels(data.classes()),
                new InputConfig.Features(size),
                classes,
                batches(data, split.training(), scale, assignment),
                batches(data, split.validation(), scale, assignment),
                batches(data, split.test(), scale, assignment),
                TaskMetric.accuracy(Split.largestShare(split.test(), classes, data::label)),
                dataset.digest(),
                Map.of(),
                data::close);
    }

    private static Batches batches(SequenceData data, int[] chosen, Scale scale, Assignment assignment) {
        return new ShuffledSequences(
                new LabelledSequences(data, chosen, scale, UnaryOperator.identity()),
                data.featureSize(),
                assignment.parameters().whole("batchSize"),
                assignment.seed(),
                Augmentation.NONE);
    }
}
