package io.tidegate.training.recipe;

import static io.tidegate.training.recipe.Parameter.whole;

import io.tidegate.checkpoint.ModelInput;
import io.tidegate.checkpoint.ModelOutput;
import io.tidegate.checkpoint.Scale;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.train.Batches;
import io.tidegate.core.train.Seeds;
import io.tidegate.core.train.ShuffledSequences;
import io.tidegate.core.train.ShuffledSequences.Augmentation;
import io.tidegate.datasets.Dataset;
import io.tidegate.datasets.DatasetSummary;
import io.tidegate.datasets.SequenceData;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Pixel by pixel through an image, row by row (Le, Jaitly, Hinton 2015) or in one fixed random order, to what it shows. */
final class ImageRecipe implements NetworkRecipe {

    private static final String DIGITS = "digits", IDX = "idx", POOL = "pool";

    private static final Map<String, Object> STANDARDS =
            Map.of("optimizer", "rmsprop", "epochs", 50L, "batchSize", 128L);

    private static final Map<String, Object> QUICK = Map.of(
            "hiddenSize",
            64L,
            "epochs",
            25L,
            "batchSize",
            32L,
            "optimizer",
            "adam",
            "learningRate",
            0.004,
            "schedule",
            "cosine");

    private final boolean permuted;
    private final Uploads uploads;
    private final ParameterSet parameters;

    ImageRecipe(boolean permuted, Uploads uploads) {
        this.permuted = permuted;
        this.uploads = uploads;
        List<Parameter> own = new ArrayList<>(Split.SHARES);
        own.add(whole(POOL, 1, 1, 64, "side of the squares of pixels whose mean is one step; 1 for every pixel"));
        if (permuted) {
            own.add(whole("permutationSeed", 0, 0, Integer.MAX_VALUE, "the fixed order of the pixels"));
        }
        this.parameters = new ParameterSet(NetworkSettings.with(own, STANDARDS), Map.of(ParameterSet.QUICK, QUICK));
    }

    @Override
    public String name() {
        return permuted ? "permuted-mnist" : "sequential-mnist";
    }

    @Override
    public String summary() {
        return permuted
                ? "Images, one pixel a step in one fixed random order, to their class."
                : "Images, one pixel a step from the top left, to their class.";
    }

    @Override
    public ParameterSet parameters() {
        return parameters;
    }

    @Override
    public List<String> formats() {
        return List.of(IDX);
    }

    @Override
    public Optional<String> standardDataset(String preset) {
        return preset.equals(ParameterSet.QUICK) ? Optional.of(DIGITS) : Optional.empty();
    }

    private Dataset dataset(Assignment assignment) {
        String id = assignment.dataset();
        if (id == null) {
            throw new InvalidParametersException(
                    "/dataset",
                    "the full '" + name() + "' needs the images, as an IDX pair; upload them with: curl"
                            + " -F file=@train-images-idx3-ubyte.gz -F labels=@train-labels-idx1-ubyte.gz"
                            + " http://localhost:8080/api/v1/datasets, and name the id that this answers;"
                            + " or ask for the preset 'quick', which uses the built-in 'digits'");
        }
        return uploads.dataset(this, id);
    }

    @Override
    public Estimate estimate(Assignment assignment) {
        Dataset dataset = dataset(assignment);
        DatasetSummary.Sequences sequences = Uploads.sequences(dataset);
        Parameters p = assignment.parameters();
        NetworkConfig config = new NetworkConfig(
                new InputConfig.Features(1),
                NetworkSettings.layers(assignment),
                Uploads.classes(dataset).size());
        int training = Split.inOrder(sequences.count(), p).training().length;
        long updates = (long) p.whole("epochs") * Math.ceilDiv(training, p.whole("batchSize"));
        Pooling pooling = Pooling.of(sequences.lengths().max(), p);
        return Estimate.of(config, updates, p, pooling.steps());
    }

    @Override
    public NetworkTask task(Assignment assignment) {
        Dataset dataset = dataset(assignment);
        Parameters p = assignment.parameters();
        SequenceData data = Uploads.openSequences(dataset);
        Scale scale = new Scale(
                0, 1 / Uploads.sequences(dataset).features().getFirst().max());
        Split split = Split.inOrder(data.size(), p);
        Pooling pooling = Pooling.of(data.length(0), p);
        int[] order = order(pooling.steps(), p);
        UnaryOperator<float[]> change = permuted ? pixels -> permuted(pooling.of(pixels), order) : pooling::of;
        int classes = data.classes().size();
        return new NetworkTask(
                new ModelInput.Features(1, scale),
                new ModelOutput.Labels(data.classes()),
                new InputConfig.Features(1),
                classes,
                batches(data, split.training(), scale, change, assignment),
                batches(data, split.validation(), scale, change, assignment),
                batches(data, split.test(), scale, change, assignment),
                TaskMetric.accuracy(Split.largestShare(split.test(), classes, data::label)),
                dataset.digest(),
                facts(pooling, order),
                data::close);
    }

    private Map<String, Object> facts(Pooling pooling, int[] order) {
        Map<String, Object> facts = new TreeMap<>();
        if (pooling.pool() > 1) {
            facts.put(POOL, pooling.pool());
        }
        if (permuted) {
            facts.put("pixelOrder", order);
        }
        return facts;
    }

    /**
     * Squares of pixels as one, their mean.
     *
     * @param side of the image, in pixels
     * @param pool side of a square
     */
    private record Pooling(int side, int pool) {

        static Pooling of(int pixels, Parameters p) {
            int pool = p.whole(POOL);
            int side = pool == 1 ? pixels : (int) Math.round(Math.sqrt(pixels));
            if (pool > 1 && (side * side != pixels || side % pool != 0)) {
                throw new InvalidParametersException(
                        "/parameters/" + POOL,
                        "expected 1, or what divides the side of square images; these have " + pixels + " pixels, got "
                                + pool);
            }
            return new Pooling(side, pool);
        }

        /** Of the sequence. */
        int steps() {
            return pool == 1 ? side : (side / pool) * (side / pool);
        }

        float[] of(float[] pixels) {
            if (pool == 1) {
                return pixels;
            }
            int across = side / pool;
            float[] means = new float[across * across];
            for (int k = 0; k < pixels.length; k++) {
                int row = k / side / pool, column = k % side / pool;
                means[row * across + column] += pixels[k] / (pool * pool);
            }
            return means;
        }
    }

    private static Batches batches(
            SequenceData data, int[] chosen, Scale scale, UnaryOperator<float[]> change, Assignment assignment) {
        return new ShuffledSequences(
                new LabelledSequences(data, chosen, scale, change),
                1,
                assignment.parameters().whole("batchSize"),
                assignment.seed(),
                Augmentation.NONE);
    }

    private int[] order(int pixels, Parameters p) {
        return permuted
                ? Seeds.permutation(pixels, Seeds.generator(p.whole("permutationSeed"), "pixels", 0))
                : IntStream.range(0, pixels).toArray();
    }

    private static float[] permuted(float[] pixels, int[] order) {
        float[] permuted = Arrays.copyOf(pixels, pixels.length);
        for (int t = 0; t < order.length; t++) {
            permuted[t] = pixels[order[t]];
        }
        return permuted;
    }
}
