package io.tidegate.inference;

import io.tidegate.checkpoint.ModelInput;
import io.tidegate.checkpoint.ModelOutput;
import io.tidegate.checkpoint.Scale;
import io.tidegate.core.caption.BeamSearch;
import io.tidegate.platform.TidegateProperties.Limits;
import io.tidegate.registry.Lease;
import io.tidegate.registry.ModelVersion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Says what is in images, by beam search, one image after the other. */
public final class Captioner {

    /** As wide as pays in the literature, and what bounds a request's work. */
    public static final int STANDARD_BEAM = 3, MOST_BEAM = 32;

    private static final int BYTES_PER_WORD = 32; // in a text, and in its JSON

    /**
     * @param beamWidth captions searched at once; null for {@value #STANDARD_BEAM}, 1 takes the likeliest word each time
     * @param maxWords of a caption; null for the model's own
     */
    public record Options(
            @Nullable Integer beamWidth, @Nullable Integer maxWords) {

        public static final Options STANDARD = new Options(null, null);
    }

    private final Runner runner;
    private final Limits limits;

    public Captioner(Runner runner, Limits limits) {
        this.runner = runner;
        this.limits = limits;
    }

    /** @param images of a captioning model, in its own units */
    public List<Prediction.Caption> caption(Lease lease, RequestInput.Features images, Options options, Caller caller) {
        ModelVersion version = lease.version();
        ModelOutput.Captions says =
                (ModelOutput.Captions) version.card().descriptor().output();
        BeamSearch search = search(says, options);
        requireImages(version, images);
        int count = images.offsets().length - 1;
        runner.requireWorkingSet((long) count * search.width() * search.mostWords() * BYTES_PER_WORD);
        int unknown = says.words().indexOf(ModelOutput.Captions.UNKNOWN) + 1; // 0, the end, where there's none
        int[] forbidden = unknown == 0 ? new int[0] : new int[] {unknown};
        List<Prediction.Caption> captions = new ArrayList<>();
        long words = 0, begin = System.nanoTime();
        for (int b = 0; b < count; b++) {
            RefusedException abandoned = caller.abandoned(System.nanoTime(), null);
            if (abandoned != null) {
                throw abandoned;
            }
            List<BeamSearch.Caption> found = search.search(lease.captioner(), image(version, images, b), forbidden);
            captions.add(caption(says, found));
            words += found.getFirst().words().length;
        }
        runner.count(version, count, words, System.nanoTime() - begin);
        return captions;
    }

    private static BeamSearch search(ModelOutput.Captions says, Options options) {
        int width = options.beamWidth() == null ? STANDARD_BEAM : options.beamWidth();
        if (width < 1 || width > MOST_BEAM) {
            throw new InvalidInputException("/beamWidth", "expected 1 (greedy) to " + MOST_BEAM + ", got " + width);
        }
        int words = options.maxWords() == null ? says.maxWords() : options.maxWords();
        if (words < 1 || words > says.maxWords()) {
            throw new InvalidInputException(
                    "/maxWords", "expected 1 to " + says.maxWords() + ", the model's maxWords, got " + words);
        }
        return new BeamSearch(width, words, 0);
    }

    private void requireImages(ModelVersion version, RequestInput.Features images) {
        int count = images.offsets().length - 1;
        if (count < 1) {
            throw new InvalidInputException("", "expected at least one image, got none");
        }
        if (count > limits.maxBatch()) {
            throw new InvalidInputException(
                    "", "expected at most " + limits.maxBatch() + " images (tidegate.limits.max-batch), got " + count);
        }
        for (int b = 0; b < count; b++) {
            if (images.offsets()[b + 1] == images.offsets()[b]) {
                throw new InvalidInputException(
                        "/regions/" + b, "model '" + version.name() + "' needs at least one region, got none");
            }
        }
    }

    /** As the captioner sees it, [regions][F]. */
    private static double[][] image(ModelVersion version, RequestInput.Features images, int b) {
        Scale scale = switch (version.card().descriptor().input()) {
            case ModelInput.ImageFeatures(int _, Scale s) -> s;
            case ModelInput.RegionFeatures(int _, Scale s) -> s;
            case ModelInput.Features _, ModelInput.Characters _ ->
                throw new IllegalStateException("no captioner reads sequences");
        };
        int size = images.size(), first = images.offsets()[b];
        double[][] image = new double[images.offsets()[b + 1] - first][size];
        for (int r = 0; r < image.length; r++) {
            for (int k = 0; k < size; k++) {
                float value = images.values()[(first + r) * size + k];
                image[r][k] = scale.toNetwork(value, k);
                if (!Float.isFinite((float) image[r][k])) {
                    throw new InvalidInputException(
                            "", "expected numbers that are finite, also when scaled, got " + value);
                }
            }
        }
        return image;
    }

    private static Prediction.Caption caption(ModelOutput.Captions says, List<BeamSearch.Caption> found) {
        BeamSearch.Caption best = found.getFirst();
        List<Prediction.Alternative> others = found.stream()
                .skip(1)
                .map(other -> new Prediction.Alternative(text(says, other), other.logProbability()))
                .toList();
        return new Prediction.Caption(text(says, best), best.logProbability(), others);
    }

    private static String text(ModelOutput.Captions says, BeamSearch.Caption caption) {
        return Arrays.stream(caption.words())
                .mapToObj(token -> says.words().get(token - 1))
                .collect(Collectors.joining(" "));
    }
}
