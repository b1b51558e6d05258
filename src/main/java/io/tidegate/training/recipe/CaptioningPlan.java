package io.tidegate.training.recipe;

import io.tidegate.checkpoint.Architecture;
import io.tidegate.checkpoint.Checkpoint;
import io.tidegate.checkpoint.ModelDescriptor;
import io.tidegate.checkpoint.ModelInput;
import io.tidegate.checkpoint.ModelOutput;
import io.tidegate.checkpoint.Provenance;
import io.tidegate.checkpoint.Scale;
import io.tidegate.core.caption.BeamSearch;
import io.tidegate.core.caption.CaptionConfig;
import io.tidegate.core.caption.CaptionExample;
import io.tidegate.core.caption.Captioner;
import io.tidegate.core.caption.DecoderType;
import io.tidegate.core.engine.Engine;
import io.tidegate.core.network.Weights;
import io.tidegate.core.optim.LearningRate;
import io.tidegate.core.optim.Optimizer;
import io.tidegate.core.train.Learner;
import io.tidegate.core.train.Score;
import io.tidegate.core.train.Seeds;
import io.tidegate.core.train.Trainer;
import io.tidegate.datasets.caption.CaptionData;
import io.tidegate.datasets.caption.CaptionedImage;
import io.tidegate.datasets.caption.CaptionedImage.Split;
import io.tidegate.training.caption.CaptionLearner;
import io.tidegate.training.caption.CaptionScores;
import io.tidegate.training.caption.CaptionVocabulary;
import io.tidegate.training.caption.Captioned;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** The plan of a captioner. It runs on plain Java, so the engine is of no account. */
final class CaptioningPlan implements Plan {

    private final Assignment assignment;
    private final Parameters p;
    private final CaptionData data;
    private final CaptionVocabulary vocabulary;
    private final CaptionConfig config;
    private final Executor executor;
    private final TaskMetric metric;

    /** @param data closed by the plan */
    CaptioningPlan(
            Assignment assignment,
            CaptionData data,
            CaptionVocabulary vocabulary,
            CaptionConfig config,
            Executor executor) {
        this.assignment = assignment;
        this.p = assignment.parameters();
        this.data = data;
        this.vocabulary = vocabulary;
        this.config = config;
        this.executor = executor;
        this.metric = crossEntropy();
    }

    @Override
    public ModelDescriptor model(String name, Provenance training) {
        return new ModelDescriptor(name, input(), config.layers(), output(), null, training);
    }

    private ModelInput input() {
        return config.decoder() == DecoderType.UP_DOWN
                ? new ModelInput.RegionFeatures(config.featureSize(), Scale.NONE)
                : new ModelInput.ImageFeatures(config.featureSize(), Scale.NONE);
    }

    private ModelOutput output() {
        return new ModelOutput.Captions(
                config.decoder(),
                vocabulary.words(),
                config.embeddingSize(),
                config.attentionSize(),
                p.whole("maxWords"));
    }

    @Override
    public String data() {
        String dataset = assignment.dataset();
        return dataset != null ? dataset : "generated: " + p.whole("scenes") + " scenes, seed " + assignment.seed();
    }

    /** A decoder without attention that learned from regions saw their mean, and is to be given that. */
    @Override
    public Map<String, Object> facts() {
        boolean mean = data.regions() && config.decoder() == DecoderType.SHOW_AND_TELL;
        return mean ? Map.of("features", "mean over the regions") : Map.of();
    }

    @Override
    public Learner learner(Engine engine) {
        Weights weights = NetworkSettings.initialization(p)
                .weights(config.layout(), Seeds.generator(assignment.seed(), "weights", 0));
        return new CaptionLearner(
                config,
                weights,
                examples(Split.TRAIN),
                examples(Split.VALIDATION),
                p.whole("batchSize"),
                assignment.seed(),
                executor);
    }

    private List<Supplier<CaptionExample>> examples(Split split) {
        List<Supplier<CaptionExample>> examples = new ArrayList<>();
        for (CaptionedImage image : data.images(split)) {
            for (List<String> caption : image.captions()) {
                int[] words = vocabulary.tokens(caption, p.whole("maxWords"));
                examples.add(() -> new CaptionExample(data.regions(image), words));
            }
        }
        return examples;
    }

    @Override
    public Optimizer optimizer() {
        return NetworkSettings.optimizer(p);
    }

    @Override
    public LearningRate learningRate() {
        int perEpoch = Math.ceilDiv(examples(Split.TRAIN).size(), p.whole("batchSize"));
        return NetworkSettings.learningRate(p, (long) settings().epochs() * perEpoch);
    }

    @Override
    public Trainer.Settings settings() {
        return NetworkSettings.settings(p);
    }

    /** Cross-entropy per word and end. */
    @Override
    public TaskMetric metric() {
        return metric;
    }

    /** Its trivial value is the entropy of drawing words by their frequency in the training captions. */
    private TaskMetric crossEntropy() {
        double[] counts = new double[config.tokens()];
        double tokens = 0;
        for (CaptionedImage image : data.images(Split.TRAIN)) {
            for (List<String> caption : image.captions()) {
                int[] words = vocabulary.tokens(caption, p.whole("maxWords"));
                for (int word : words) {
                    counts[word]++;
                }
                counts[CaptionConfig.BOUNDARY]++;
                tokens += words.length + 1;
            }
        }
        double entropy = 0;
        for (double count : counts) {
            entropy -= count == 0 ? 0 : count / tokens * Math.log(count / tokens);
        }
        return TaskMetric.crossEntropy(entropy);
    }

    /** Of beam search, and for comparison of the most frequent training caption for every image. */
    @Override
    public SortedMap<String, Double> test(Engine engine, Weights weights) {
        Captioner captioner = Captioner.of(config, weights);
        BeamSearch search = new BeamSearch(p.whole("beamWidth"), p.whole("maxWords"), 0);
        List<String> frequent = mostFrequent();
        List<Captioned> said = new ArrayList<>(), baseline = new ArrayList<>();
        for (CaptionedImage image : data.images(Split.TEST)) {
            BeamSearch.Caption best = search.search(captioner, data.regions(image), vocabulary.unknown())
                    .getFirst();
            said.add(new Captioned(vocabulary.words(best.words()), image.captions()));
            baseline.add(new Captioned(frequent, image.captions()));
        }
        SortedMap<String, Double> scores = new TreeMap<>(CaptionScores.of(said).named("test"));
        scores.put("test.baseline.ciderD", CaptionScores.of(baseline).ciderD());
        double loss = loss(captioner, Split.TEST);
        scores.put("test.loss", loss);
        scores.put("test." + metric.name(), loss);
        return scores;
    }

    private List<String> mostFrequent() {
        Map<List<String>, Integer> counts = new LinkedHashMap<>();
        data.images(Split.TRAIN)
                .forEach(image -> image.captions().forEach(caption -> counts.merge(caption, 1, Integer::sum)));
        return counts.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElseThrow();
    }

    @Override
    public OptionalDouble validation(Engine engine, Checkpoint published) {
        ModelDescriptor other = published.descriptor();
        boolean alike = other.output() instanceof ModelOutput.Captions captions
                && captions.words().equals(vocabulary.words())
                && other.input().equals(input());
        if (!alike || !(published.architecture() instanceof Architecture.OfCaptioner(CaptionConfig its))) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(loss(Captioner.of(its, published.weights()), Split.VALIDATION));
    }

    private double loss(Captioner captioner, Split split) {
        return CaptionLearner.score(captioner, examples(split), () -> false)
                .map(Score::loss)
                .orElseThrow();
    }

    @Override
    public void close() {
        data.close();
    }
}
