package io.tidegate.core.caption;

import static java.lang.Math.abs;
import static java.lang.Math.max;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.TensorSpec;
import io.tidegate.core.network.Weights;
import io.tidegate.core.train.Score;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CaptionerTest {

    private static final double EPSILON = 1e-5;

    static Stream<CaptionConfig> configs() {
        return Captioners.configs();
    }

    @ParameterizedTest
    @MethodSource("configs")
    void backPropagationAgreesWithFiniteDifferences(CaptionConfig config) {
        Captioners random = new Captioners(5);
        Weights weights = random.weights(config);
        double[][] image = random.image(3);
        int[] words = {2, 5, 2, 1}; // a word twice, so that its embedding's gradient has two parts
        double[] gradient = new double[weights.values().length];

        Score score = Captioner.of(config, weights).backpropagate(image, words, 0.5, gradient);

        assertThat(score).isEqualTo(Captioner.of(config, weights).loss(image, words));
        for (TensorSpec tensor : weights.layout().tensors()) {
            for (int k = tensor.offset(); k < tensor.offset() + tensor.size(); k++) {
                double kept = weights.values()[k];
                weights.values()[k] = kept + EPSILON;
                double above = Captioner.of(config, weights).loss(image, words).lossSum();
                weights.values()[k] = kept - EPSILON;
                double below = Captioner.of(config, weights).loss(image, words).lossSum();
                weights.values()[k] = kept;
                double expected = 0.5 * (above - below) / (2 * EPSILON);
                assertThat(abs(gradient[k] - expected))
                        .as("%s[%d]: %s, by differences %s", tensor.name(), k - tensor.offset(), gradient[k], expected)
                        .isLessThan(1e-8 + 1e-6 * max(abs(gradient[k]), abs(expected)));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("configs")
    void aBatchGradientIsTheSumOfItsCaptionsAndHasTheSameBitsOnAnyThreads(CaptionConfig config) {
        Captioners random = new Captioners(6);
        Captioner captioner = random.captioner(config);
        List<CaptionExample> batch = new ArrayList<>();
        for (int k = 0; k < 11; k++) {
            batch.add(new CaptionExample(random.image(1 + k % 3), random.caption(k % 5)));
        }
        int tokens = batch.stream().mapToInt(CaptionExample::tokens).sum();
        double[] sum = new double[captioner.weights().values().length];
        batch.forEach(each -> captioner.backpropagate(each.regions(), each.words(), 1, sum));

        CaptionGradient alone = CaptionGradient.of(captioner, batch, Runnable::run);

        assertThat(alone.loss().targets()).isEqualTo(tokens);
        for (int k = 0; k < sum.length; k++) {
            assertThat(alone.weights()[k]).isCloseTo(sum[k] / tokens, within(1e-12));
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            CaptionGradient together = CaptionGradient.of(captioner, batch, threads);
            assertThat(together.weights()).containsExactly(alone.weights());
            assertThat(together.loss()).isEqualTo(alone.loss());
        }
    }

    @Test
    void upDownGivesTheSameWordsWhateverTheOrderOfTheRegions() {
        Captioners random = new Captioners(7);
        Captioner captioner = random.captioner(Captioners.config(DecoderType.UP_DOWN, CellType.WM));
        double[][] image = random.image(3), turned = {image[2], image[0], image[1]};

        assertThat(captioner.loss(turned, new int[] {1, 2}).lossSum())
                .isCloseTo(captioner.loss(image, new int[] {1, 2}).lossSum(), within(1e-12));
    }

    @Test
    void upDownLooksAtItsRegionsNotOnlyAtTheirMean() {
        Captioners random = new Captioners(8);
        Captioner captioner = random.captioner(Captioners.config(DecoderType.UP_DOWN, CellType.LSTM));
        double[][] apart = {{1, 0, 0}, {-1, 0, 0}}, same = {{0, 0, 0}, {0, 0, 0}};

        assertThat(captioner.loss(apart, new int[] {1}).lossSum())
                .isNotEqualTo(captioner.loss(same, new int[] {1}).lossSum());
    }

    @Test
    void tensorsHaveTheNamesAndShapesOfTheDocumentation() {
        CaptionConfig config = new CaptionConfig(
                DecoderType.UP_DOWN,
                10,
                20,
                5,
                6,
                List.of(new LayerConfig(CellType.LSTM, 7, false), new LayerConfig(CellType.WM, 8, false)));

        assertThat(config.layout().tensors())
                .extracting(tensor -> tensor.name() + " " + tensor.shape())
                .containsExactly(
                        "embedding.weight [21, 5]",
                        "weight_ih_l0 [28, 23]",
                        "weight_hh_l0 [28, 7]",
                        "bias_l0 [28]",
                        "attention.feature.weight [6, 10]",
                        "attention.hidden.weight [6, 7]",
                        "attention.score.weight [1, 6]",
                        "weight_ih_l1 [32, 17]",
                        "weight_hh_l1 [32, 8]",
                        "bias_l1 [32]",
                        "weight_ch_l1 [24, 8]",
                        "head.weight [21, 8]",
                        "head.bias [21]");
    }

    @Test
    void aConfigurationThatIsNoDecodersIsRefused() {
        List<LayerConfig> one = List.of(new LayerConfig(CellType.LSTM, 3, false));

        assertThatThrownBy(() -> new CaptionConfig(DecoderType.UP_DOWN, 3, 3, 3, 3, one))
                .hasMessageContaining("expected 2 that read forward only for up-down");
        assertThatThrownBy(() -> new CaptionConfig(DecoderType.SHOW_AND_TELL, 3, 3, 3, 3, one))
                .hasMessageContaining("attention size: expected 0 for show-and-tell, got 3");
        assertThatThrownBy(() -> new CaptionConfig(
                        DecoderType.SHOW_AND_TELL, 3, 3, 3, 0, List.of(new LayerConfig(CellType.LSTM, 3, true))))
                .hasMessageContaining("forward only");
    }
}
