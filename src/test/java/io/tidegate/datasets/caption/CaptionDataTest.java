package io.tidegate.datasets.caption;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.checkpoint.Safetensors;
import io.tidegate.checkpoint.Tensor;
import io.tidegate.datasets.caption.CaptionedImage.Split;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CaptionDataTest {

    private static final Tensor TWO = new Tensor(List.of(2, 3), new double[] {1, 2, 3, 4, 5, 6}),
            ONE = new Tensor(List.of(1, 3), new double[] {7, 8, 9}),
            VECTOR = new Tensor(List.of(3), new double[] {1, 2, 3});

    @TempDir
    private Path folder;

    @Test
    void imagesAreReadWithTheirRegionsAndWords() throws IOException {
        try (CaptionData data = open(Map.of("a", TWO, "b", ONE), """
                {"images": [
                  {"id": "a", "split": "test", "captions": ["A red circle!", "It's the T-shirt, isn't it?"]},
                  {"id": "b", "captions": ["x"]}]}""")) {
            CaptionedImage image = data.images(Split.TEST).getFirst();
            assertThat(image.captions())
                    .containsExactly(List.of("a", "red", "circle"), List.of("it's", "the", "t-shirt", "isn't", "it"));
            assertThat(data.regions(image)).isDeepEqualTo(new double[][] {{1, 2, 3}, {4, 5, 6}});
            assertThat(data.images(Split.TRAIN)).extracting(CaptionedImage::id).containsExactly("b");
            assertThat(data.featureSize()).isEqualTo(3);
            assertThat(data.regions()).isTrue();
        }
    }

    @Test
    void anImageMayBeOneVector() throws IOException {
        try (CaptionData data = open(Map.of("a", VECTOR), "{\"images\": [{\"id\": \"a\", \"captions\": [\"x\"]}]}")) {
            assertThat(data.regions()).isFalse();
            assertThat(data.regions(data.images(Split.TRAIN).getFirst())).isDeepEqualTo(new double[][] {{1, 2, 3}});
        }
    }

    @Test
    void withoutSplitsTheNinthOfTenValidatesAndTheTenthTests() throws IOException {
        String images = IntStream.range(0, 20)
                .mapToObj(k -> "{\"id\": \"" + k + "\", \"captions\": [\"x\"]}")
                .collect(Collectors.joining(","));
        Map<String, Tensor> tensors =
                IntStream.range(0, 20).boxed().collect(Collectors.toMap(k -> Integer.toString(k), _ -> VECTOR));
        try (CaptionData data = open(tensors, "{\"images\": [" + images + "]}")) {
            assertThat(data.images(Split.VALIDATION))
                    .extracting(CaptionedImage::id)
                    .containsExactly("8", "18");
            assertThat(data.images(Split.TEST)).extracting(CaptionedImage::id).containsExactly("9", "19");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"id": "b", "captions": []}                   | image 'b': expected at least one caption, got none
            {"id": "b", "captions": ["x", 5]}             | captions, line 3 (/images/1/captions/1): expected a caption, got a number
            {"id": "b", "captions": ["x", "?!"]}          | captions, line 3 (/images/1/captions/1): expected a caption of at least one word, got none
            {"id": "a", "captions": ["x"]}                | captions, line 3 (/images/1/id): expected each id once, got 'a' again
            {"id": "b", "split": "dev", "captions": ["x"]} | captions, line 3 (/images/1/split): expected train, validation or test, got 'dev'
            {"id": "b", "caption": ["x"]}                 | (/images/1/caption): expected id, split or captions, got "caption"
            {"captions": ["x"]}                           | captions, line 3 (/images/1): expected an image with an "id", got none
            {"id": "c", "captions": ["x"]}                | features: expected a tensor 'c', as the captions have such an image, got none
            {"id": "b", "captions": ["x"]                 | captions, line 3: expected JSON, got something else
            `{"id": "b", "id": "b", "captions": ["x"]}`   | captions, line 3: expected JSON
            """)
    void aBadImageIsRefusedWithItsPlace(String image, String message) {
        String json = "{\"images\": [\n{\"id\": \"a\", \"captions\": [\"x\"]},\n" + image + "]}";

        assertThatThrownBy(() -> open(Map.of("a", TWO, "b", ONE), json))
                .isInstanceOf(CaptionDataException.class)
                .hasMessageContaining(message);
    }

    @Test
    void featuresThatDoNotFitAreRefused() {
        String json = "{\"images\": [{\"id\": \"a\", \"captions\": [\"x\"]}, {\"id\": \"b\", \"captions\": [\"x\"]}]}";

        assertThatThrownBy(() -> open(Map.of("a", TWO, "b", VECTOR), json))
                .hasMessage("features, tensor 'b': expected [regions, 3] as for the first image, got [3]");
        assertThatThrownBy(() -> open(Map.of("a", TWO, "b", new Tensor(List.of(0, 3), new double[0])), json))
                .hasMessageContaining("expected shape [features] or [regions, features] without a 0, got [0, 3]");
        assertThatThrownBy(() -> open(Map.of("a", TWO, "b", ONE, "c", ONE), json))
                .hasMessage("captions: expected an image 'c', as there are such features, got none");
    }

    @Test
    void anInfinityAmongTheFeaturesIsFoundByTheCheck() throws IOException {
        byte[] file = Safetensors.toBytes(Map.of("a", VECTOR));
        file[file.length - 1] = 0x7f; // the last number's exponent
        file[file.length - 2] = (byte) 0x80;
        Files.write(folder.resolve("features"), file);
        Files.writeString(folder.resolve("captions"), "{\"images\": [{\"id\": \"a\", \"captions\": [\"x\"]}]}");
        try (CaptionData data = CaptionData.open(folder.resolve("features"), folder.resolve("captions"))) {
            assertThatThrownBy(data::checkFeatures)
                    .isInstanceOf(CaptionDataException.class)
                    .hasMessageStartingWith("features: tensor 'a': expected finite numbers");
        }
    }

    @Test
    void scenesOfOneSeedAreTheSameAndOfAnotherAreNot() {
        for (boolean regions : new boolean[] {true, false}) {
            CaptionData scenes = scenes(regions, 5), again = scenes(regions, 5), other = scenes(regions, 6);
            CaptionedImage first = scenes.images(Split.TRAIN).getFirst();

            assertThat(again.images(Split.TRAIN)).isEqualTo(scenes.images(Split.TRAIN));
            assertThat(again.regions(first)).isDeepEqualTo(scenes.regions(first));
            assertThat(other.images(Split.TRAIN)).isNotEqualTo(scenes.images(Split.TRAIN));
            assertThat(scenes.regions(first)).hasDimensions(regions ? 3 : 1, scenes.featureSize());
        }
    }

    private static CaptionData scenes(boolean regions, long seed) {
        return regions ? Scenes.regions(20, seed) : Scenes.vectors(20, seed);
    }

    private CaptionData open(Map<String, Tensor> features, String captions) throws IOException {
        Files.write(folder.resolve("features"), Safetensors.toBytes(features));
        Files.writeString(folder.resolve("captions"), captions);
        return CaptionData.open(folder.resolve("features"), folder.resolve("captions"));
    }
}
