package io.tidegate.core.caption;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.network.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BeamSearchTest {

    static Stream<CaptionConfig> configs() {
        return Captioners.configs();
    }

    @ParameterizedTest
    @MethodSource("configs")
    void aBeamAsWideAsAllCaptionsFindsTheLikeliestOfThem(CaptionConfig config) {
        Captioners random = new Captioners(9);
        Captioner captioner = random.captioner(config);
        double[][] image = random.image(2);
        List<int[]> all = new ArrayList<>();
        addCaptions(new int[0], 3, all);
        List<int[]> ranked = all.stream()
                .sorted(Comparator.comparingDouble(
                        words -> captioner.loss(image, words).lossSum()))
                .toList();

        List<BeamSearch.Caption> found = new BeamSearch(all.size(), 3, 0).search(captioner, image);

        assertThat(found).hasSameSizeAs(all);
        for (int k = 0; k < all.size(); k++) {
            assertThat(found.get(k).words()).as("caption %d", k).containsExactly(ranked.get(k));
            assertThat(found.get(k).logProbability())
                    .isCloseTo(-captioner.loss(image, ranked.get(k)).lossSum(), within(1e-12));
        }
    }

    @Test
    void aWiderBeamNeverFindsALessLikelyCaptionWhenItHoldsAll() {
        Captioners random = new Captioners(10);
        Captioner captioner = random.captioner(Captioners.config(DecoderType.UP_DOWN, CellType.WM));
        double[][] image = random.image(2);

        double greedy = BeamSearch.greedy(3).search(captioner, image).getFirst().logProbability();
        double all =
                new BeamSearch(1000, 3, 0).search(captioner, image).getFirst().logProbability();

        assertThat(all).isGreaterThanOrEqualTo(greedy);
    }

    @ParameterizedTest
    @MethodSource("configs")
    void aBeamOfOneTakesTheLikeliestWordEachTime(CaptionConfig config) {
        Captioners random = new Captioners(11);
        Captioner captioner = random.captioner(config);
        double[][] image = random.image(2);
        List<Integer> expected = new ArrayList<>();
        Captioner.Progress progress = captioner.begin(image);
        int token = CaptionConfig.BOUNDARY;
        do {
            Captioner.Step step = captioner.read(progress, token);
            token = likeliest(step.logits(), expected.isEmpty() ? 1 : 0);
            progress = step.progress();
            if (token != CaptionConfig.BOUNDARY) {
                expected.add(token);
            }
        } while (token != CaptionConfig.BOUNDARY && expected.size() < 6);

        int[] found = BeamSearch.greedy(6).search(captioner, image).getFirst().words();

        assertThat(found).containsExactly(expected.stream().mapToInt(k -> k).toArray());
    }

    @Test
    void ofEqualBeginningsTheOneWithLowerTokensGoesFirst() {
        CaptionConfig config = Captioners.config(DecoderType.SHOW_AND_TELL, CellType.LSTM);
        Captioner indifferent = Captioner.of(config, Weights.zeros(config.layout()));

        List<BeamSearch.Caption> found = new BeamSearch(3, 1, 0).search(indifferent, new double[][] {{0, 0, 0}});

        assertThat(found).extracting(caption -> caption.words()[0]).containsExactly(1, 2, 3);
    }

    @Test
    void forbiddenWordsAreNeverWritten() {
        Captioners random = new Captioners(12);
        Captioner captioner = random.captioner(Captioners.config(DecoderType.UP_DOWN, CellType.LSTM));

        List<BeamSearch.Caption> found = new BeamSearch(50, 2, 0).search(captioner, random.image(2), 2, 4);

        assertThat(found)
                .hasSize(3 + 9)
                .allSatisfy(caption -> assertThat(caption.words()).doesNotContain(2, 4));
    }

    @Test
    void lengthNormalisationRanksByTheMeanOverWordsAndEnd() {
        Captioners random = new Captioners(13);
        Captioner captioner = random.captioner(Captioners.config(DecoderType.UP_DOWN, CellType.PEEPHOLE));
        double[][] image = random.image(2);

        List<BeamSearch.Caption> found = new BeamSearch(1000, 3, 1).search(captioner, image);

        assertThat(found)
                .isSortedAccordingTo(Comparator.comparingDouble(
                        caption -> -caption.logProbability() / (caption.words().length + 1)));
        assertThat(found).hasSize(5 + 25 + 125);
        assertThat(found.getFirst().words())
                .hasSizeGreaterThan(new BeamSearch(1000, 3, 0)
                        .search(captioner, image)
                        .getFirst()
                        .words()
                        .length);
    }

    private static int likeliest(double[] logits, int from) {
        int best = from;
        for (int k = from; k < logits.length; k++) {
            best = logits[k] > logits[best] ? k : best;
        }
        return best;
    }

    /** All captions of one to {@code more} words after {@code begun}. */
    private static void addCaptions(int[] begun, int more, List<int[]> all) {
        for (int word = 1; more > 0 && word <= Captioners.WORDS; word++) {
            int[] words = Arrays.copyOf(begun, begun.length + 1);
            words[begun.length] = word;
            all.add(words);
            addCaptions(words, more - 1, all);
        }
    }
}
