package io.tidegate.training.recipe;

import static io.tidegate.training.recipe.Parameter.choice;
import static io.tidegate.training.recipe.Parameter.whole;

import io.tidegate.core.caption.CaptionConfig;
import io.tidegate.core.caption.DecoderType;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.datasets.caption.CaptionData;
import io.tidegate.datasets.caption.CaptionedImage;
import io.tidegate.datasets.caption.CaptionedImage.Split;
import io.tidegate.datasets.caption.Scenes;
import io.tidegate.training.caption.CaptionVocabulary;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Function;

/** Sentences for images whose features the user brings, or for generated scenes. */
final class CaptioningRecipe implements Recipe {

    /** What a captioner has no use for: its layers are the decoder's. */
    private static final Set<String> UNUSED = Set.of("layers", "dropout", "activationCheckpointing");

    private static final Map<String, Object> QUICK = Map.of(
            "scenes", 1000L,
            "hiddenSize", 64L,
            "embeddingSize", 32L,
            "attentionSize", 32L,
            "fewest", 1L,
            "epochs", 8L,
            "batchSize", 32L,
            "learningRate", 0.005,
            "schedule", "cosine");

    private static final ParameterSet PARAMETERS = new ParameterSet(
            NetworkSettings.with(
                            List.of(
                                    choice(
                                            "decoder",
                                            List.of("show-and-tell", "up-down"),
                                            "the image's vector starts an LSTM, or two LSTMs with attention over regions"),
                                    whole("embeddingSize", 512, 1, 4096, "E, size of each word's embedding"),
                                    whole("attentionSize", 512, 1, 4096, "up-down: A, size of the attention's space"),
                                    whole(
                                            "fewest",
                                            5,
                                            1,
                                            1_000_000,
                                            "times that training has a word of the vocabulary"),
                                    whole(
                                            "maxWords",
                                            20,
                                            1,
                                            1000,
                                            "longest caption; longer ones are cut to learn from"),
                                    whole("beamWidth", 3, 1, 32, "captions searched at once for the test scores"),
                                    whole(
                                            "scenes",
                                            0,
                                            0,
                                            1_000_000,
                                            "generated scenes to learn from where no dataset is named; 0 for none")),
                            Map.of(
                                    "hiddenSize", 512L,
                                    "epochs", 30L,
                                    "batchSize", 64L,
                                    "learningRate", 0.0005,
                                    "clipNorm", 5.0,
                                    "patience", 5L))
                    .stream()
                    .filter(parameter -> !UNUSED.contains(parameter.name()))
                    .toList(),
            Map.of(
                    ParameterSet.QUICK,
                    QUICK,
                    "quick-up-down",
                    and(QUICK, Map.of("decoder", "up-down")),
                    "full-up-down",
                    Map.of("decoder", "up-down", "hiddenSize", 1000L, "embeddingSize", 1000L)));

    private final Executor executor;
    private final Function<String, CaptionData> source;

    /**
     * @param executor where a batch's parts run side by side; the result doesn't depend on it
     * @param source uploaded captions by the dataset's id, or an {@link InvalidParametersException}
     */
    CaptioningRecipe(Executor executor, Function<String, CaptionData> source) {
        this.executor = executor;
        this.source = source;
    }

    private static Map<String, Object> and(Map<String, Object> some, Map<String, Object> more) {
        Map<String, Object> all = new HashMap<>(some);
        all.putAll(more);
        return all;
    }

    @Override
    public String name() {
        return "captioning";
    }

    @Override
    public String summary() {
        return "Captions of images: features in, a sentence out, by Show and Tell or by Up-Down attention.";
    }

    @Override
    public ParameterSet parameters() {
        return PARAMETERS;
    }

    @Override
    public List<String> formats() {
        return List.of(CaptionData.FORMAT);
    }

    @Override
    public Estimate estimate(Assignment assignment) {
        try (CaptionData data = open(assignment)) {
            Parameters p = assignment.parameters();
            CaptionConfig config = config(assignment, data.featureSize(), vocabulary(p, data));
            long captions = data.images(Split.TRAIN).stream()
                    .mapToLong(image -> image.captions().size())
                    .sum();
            long updates = p.whole("epochs") * Math.ceilDiv(captions, (long) p.whole("batchSize"));
            return Estimate.of(config, updates, p.whole("maxWords"));
        }
    }

    @Override
    public Plan plan(Assignment assignment) {
        CaptionData data = open(assignment);
        try {
            CaptionVocabulary vocabulary = vocabulary(assignment.parameters(), data);
            CaptionConfig config = config(assignment, data.featureSize(), vocabulary);
            return new CaptioningPlan(assignment, data, vocabulary, config, executor);
        } catch (RuntimeException e) {
            data.close();
            throw e;
        }
    }

    static DecoderType decoder(Parameters p) {
        return DecoderType.of(p.text("decoder")).orElseThrow();
    }

    private static CaptionVocabulary vocabulary(Parameters p, CaptionData data) {
        List<List<String>> captions = data.images(Split.TRAIN).stream()
                .map(CaptionedImage::captions)
                .flatMap(List::stream)
                .toList();
        CaptionVocabulary vocabulary = CaptionVocabulary.of(captions, p.whole("fewest"));
        if (vocabulary.words().size() == 1) { // the unknown one
            throw new InvalidParametersException(
                    "/parameters/fewest",
                    "expected at least one word so many times in the training captions, got none " + p.whole("fewest")
                            + " times");
        }
        return vocabulary;
    }

    private static CaptionConfig config(Assignment assignment, int featureSize, CaptionVocabulary vocabulary) {
        Parameters p = assignment.parameters();
        DecoderType decoder = decoder(p);
        return new CaptionConfig(
                decoder,
                featureSize,
                vocabulary.words().size(),
                p.whole("embeddingSize"),
                decoder == DecoderType.UP_DOWN ? p.whole("attentionSize") : 0,
                Collections.nCopies(
                        decoder.layers(), new LayerConfig(assignment.cell(), p.whole("hiddenSize"), false)));
    }

    private CaptionData open(Assignment assignment) {
        Parameters p = assignment.parameters();
        boolean attends = decoder(p) == DecoderType.UP_DOWN;
        String dataset = assignment.dataset();
        CaptionData data;
        if (dataset != null) {
            data = source.apply(dataset);
        } else if (p.whole("scenes") > 0) {
            int scenes = p.whole("scenes");
            data = attends ? Scenes.regions(scenes, assignment.seed()) : Scenes.vectors(scenes, assignment.seed());
        } else {
            throw new InvalidParametersException(
                    "/dataset",
                    "expected a dataset of format captions, got none; upload one by `curl -F format=captions -F"
                            + " file=@features.safetensors -F labels=@captions.json …/api/v1/datasets`,"
                            + " or set the parameter scenes, as the quick presets do");
        }
        for (Split split : Split.values()) {
            if (data.images(split).isEmpty()) {
                data.close();
                throw new InvalidParametersException(
                        dataset == null ? "/parameters/scenes" : "/dataset",
                        "expected at least one image for each of train, validation and test, got none for " + split);
            }
        }
        if (attends && !data.regions()) {
            data.close();
            throw new InvalidParametersException(
                    "/parameters/decoder",
                    "expected show-and-tell for images that are one vector each, got up-down, which attends to regions");
        }
        return data;
    }
}
