package io.tidegate.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import io.tidegate.checkpoint.CheckpointException.Problem;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a {@code model.json} may not say; each problem has the pointer of the field and what it should have been. */
class ModelJsonRefusalsTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/format",
                "/name",
                "/task",
                "/input",
                "/input/kind",
                "/input/size",
                "/layers",
                "/output",
                "/output/labels",
                "/weights",
                "/weights/sha256"
            })
    void anAbsentRequiredFieldIsRefused(String pointer) {
        assertThat(problem(ModelJson.classifier().without(pointer)))
                .satisfies(problem -> assertThat(problem.pointer()).isEqualTo(pointer))
                .satisfies(problem ->
                        assertThat(problem.message()).startsWith("expected ").endsWith(", got nothing"));
    }

    @Test
    void anAbsentVocabularyCellOrSizeIsRefused() {
        assertThat(problem(ModelJson.languageModel().without("/input/vocabulary"))
                        .pointer())
                .isEqualTo("/input/vocabulary");
        assertThat(problem(ModelJson.regressor().without("/output/size")).pointer())
                .isEqualTo("/output/size");
        CheckpointException e =
                refusal(ModelJson.classifier().with("/layers", "[{}]").bytes());
        assertThat(e.problems())
                .extracting(Problem::pointer, Problem::message)
                .containsExactly(
                        tuple("/layers/0/cell", "expected one of lstm, peephole, peephole-full, wm, got nothing"),
                        tuple("/layers/0/hiddenSize", "expected an integer from 1 to 16384, got nothing"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /extra                  | unknown field; expected format, name, task, input, layers, output, weights, training
            /input/vocabulary       | unknown field; expected kind, size, scale
            /input/embeddingSize    | unknown field; expected kind, size, scale
            /layers/0/hiddensize    | unknown field; expected cell, hiddenSize, bidirectional
            /output/size            | unknown field; expected labels
            /weights/a~1b~0c        | unknown field; expected sha256, recurrentPrefix, headPrefix
            """)
    void anUnknownFieldIsRefused(String pointer, String message) {
        ModelJson json = ModelJson.classifier();
        if (pointer.startsWith("/layers/0/")) {
            json.with("/layers", "[{'cell': 'wm', 'hiddenSize': 2, 'hiddensize': 3}]");
        } else {
            json.with(pointer, "1");
        }
        assertThat(problem(json)).isEqualTo(new Problem(pointer, message));
    }

    @Test
    void anUnknownFieldOfAScaleIsRefused() {
        assertThat(problem(ModelJson.regressor().with("/input/scale/shift", "1"))
                        .pointer())
                .isEqualTo("/input/scale/shift");
        assertThat(problem(ModelJson.languageModel().with("/output/labels", "[]")))
                .isEqualTo(new Problem("/output/labels", "unknown field; expected none here"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            /format         | 'tidegate/2'    | expected 'tidegate/1', got 'tidegate/2': this version reads no other
            /format         | 1               | expected 'tidegate/1', got 1
            /name           | ''              | expected a name of the form [a-z0-9][a-z0-9._-]{0,62}, and not 'stats', got ''
            /name           | 'Digits'        | got 'Digits'
            /name           | '.a'            | got '.a'
            /name           | '../a'          | got '../a'
            /name           | 'stats'         | got 'stats'
            /name           | null            | got null
            /task           | 'sorting'       | expected one of classification, regression, language-model, captioning, got 'sorting'
            /task           | 1               | got 1
            /input          | []              | expected an object, got an array
            /input/kind     | 'images'        | expected one of features, characters, image-features, region-features, got 'images'
            /input/size     | 0               | expected an integer from 1 to 65536, got 0
            /input/size     | -1              | got -1
            /input/size     | 65537           | got 65537
            /input/size     | 1.0             | got 1.0
            /input/size     | '1'             | got '1'
            /input/size     | 4294967297      | got 4294967297
            /input/size     | 1e400           | got 1E+400
            /layers         | {}              | expected an array of 1 to 32 layers, got an object
            /layers         | []              | expected an array of 1 to 32 layers, got 0
            /output         | 'x'             | expected an object, got 'x'
            /output/labels  | {}              | expected an array of 2 to 100000 labels, got an object
            /output/labels  | ['a']           | expected an array of 2 to 100000 labels, got 1
            /weights        | null            | expected an object, got null
            /weights/sha256 | '0'             | expected the SHA-256 of the weights file, 64 lower-case hexadecimal digits, got '0'
            /weights/sha256 | 5               | got 5
            /weights/headPrefix      | 5      | expected a prefix such as 'fc.', got 5
            /weights/recurrentPrefix | []     | expected a prefix such as 'lstm.', got an array
            /training       | []              | expected an object, got an array
            """)
    void aWrongFieldIsRefused(String pointer, String value, String message) {
        Problem problem = problem(ModelJson.classifier().with(pointer, value));
        assertThat(problem.pointer()).isEqualTo(pointer);
        assertThat(problem.message()).contains(message);
    }

    @Test
    void aNameOfSixtyFourCharactersIsRefused() {
        assertThat(problem(ModelJson.classifier().with("/name", "'" + "a".repeat(64) + "'"))
                        .pointer())
                .isEqualTo("/name");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            1                                       | /layers/0               | expected an object, got 1
            {'cell': 'gru', 'hiddenSize': 1}        | /layers/0/cell          | expected one of lstm, peephole, peephole-full, wm, got 'gru'
            {'cell': 'WM', 'hiddenSize': 1}         | /layers/0/cell          | got 'WM'
            {'cell': 'wm', 'hiddenSize': 0}         | /layers/0/hiddenSize    | expected an integer from 1 to 16384, got 0
            {'cell': 'wm', 'hiddenSize': 16385}     | /layers/0/hiddenSize    | got 16385
            {'cell': 'wm', 'hiddenSize': 1, 'bidirectional': 1} | /layers/0/bidirectional | expected true or false, got 1
            """)
    void aWrongLayerIsRefused(String layer, String pointer, String message) {
        Problem problem = problem(ModelJson.classifier().with("/layers", "[" + layer + "]"));
        assertThat(problem.pointer()).isEqualTo(pointer);
        assertThat(problem.message()).contains(message);
    }

    @Test
    void thirtyThreeLayersAreRefused() {
        assertThat(problem(layers(33, 1)).message()).isEqualTo("expected an array of 1 to 32 layers, got 33");
        assertThat(layers(32, 1).read().layers()).hasSize(32);
    }

    @Test
    void moreParametersThanAnArrayHoldsAreRefused() {
        assertThat(problem(layers(2, 16_384)))
                .isEqualTo(new Problem(
                        "/layers",
                        "expected a network of at most 2147483647 parameters, got more: use smaller layers"));
        ModelJson tokens = layers(2, 16_384).with("/input", "{'kind': 'characters', 'vocabulary': 'ab'}");
        assertThat(problem(tokens).pointer()).isEqualTo("/layers");
    }

    private static ModelJson layers(int count, int hiddenSize) {
        String layer = "{'cell': 'lstm', 'hiddenSize': " + hiddenSize + "}";
        return ModelJson.classifier()
                .with("/layers", Collections.nCopies(count, layer).toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            ['a', '']       | /output/labels/1 | expected a string that is not empty, got ''
            ['a', 1]        | /output/labels/1 | expected a string that is not empty, got 1
            ['a', 'b', 'a'] | /output/labels/2 | expected each label once, got 'a' at 0 as well
            """)
    void aWrongLabelIsRefused(String labels, String pointer, String message) {
        assertThat(problem(ModelJson.classifier().with("/output/labels", labels)))
                .isEqualTo(new Problem(pointer, message));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            ''          | expected a string of 1 to 100000 characters, got 0
            1           | expected a string of 1 to 100000 characters, got 1
            'a🌊b🌊'     | expected each character once, got '🌊' (U+1F30A) at 1 and at 3
            'a\\nb\\n'   | expected each character once, got '�' (U+000A) at 1 and at 3
            """)
    void aWrongVocabularyIsRefused(String vocabulary, String message) {
        assertThat(problem(ModelJson.languageModel().with("/input/vocabulary", vocabulary)))
                .isEqualTo(new Problem("/input/vocabulary", message));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            /input/scale         | 1           | expected an object, got 1
            /input/scale/factor  | 0           | expected a number other than 0, got 0
            /input/scale/factor  | [1, -0.0]   | expected a number other than 0, got 0
            /input/scale/factor  | [1]         | expected 2 numbers, one per feature, got 1
            /input/scale/offset  | [1, 2, 3]   | expected 2 numbers, one per feature, got 3
            /input/scale/offset  | []          | expected 2 numbers, one per feature, got 0
            /input/scale/offset  | 'NaN'       | expected a finite number, or an array of one per feature, got 'NaN'
            /input/scale/offset  | [1, '2']    | expected a finite number, or an array of one per feature, got '2'
            /input/scale/offset  | 1e999       | expected a finite number, or an array of one per feature, got 1E+999
            /input/scale/offset  | 1e999999999 | got 1E+999999999
            /input/scale/factor  | 1e-999      | expected a number other than 0
            /output/scale/factor | [1, 2]      | expected 3 numbers, one per feature, got 2
            """)
    void aWrongScaleIsRefused(String pointer, String value, String message) {
        Problem problem = problem(ModelJson.regressor().with(pointer, value));
        assertThat(problem.pointer()).isEqualTo(pointer);
        assertThat(problem.message()).contains(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            /input/kind           | 'image-features' | expected 'region-features' for the decoder up-down, got 'image-features'
            /output/decoder       | 'show'           | expected one of show-and-tell, up-down, got 'show'
            /output/embeddingSize | 0                | expected an integer from 1 to 65536, got 0
            /output/attentionSize | null             | expected an integer from 1 to 65536, got null
            /output/maxWords      | 1001             | expected an integer from 1 to 1000, got 1001
            /output/vocabulary    | []               | expected an array of 1 to 100000 words, got 0
            /output/vocabulary    | ['<unk>']        | expected at least one word that can be written, got only '<unk>'
            /output/vocabulary/1  | ['a', 'b c']     | expected a word without white space, got 'b c'
            /output/vocabulary/1  | ['a', 'a']       | expected each word once, got 'a' at 0 as well
            /layers               | [{'cell': 'wm', 'hiddenSize': 3}] | expected 2 for the decoder up-down, the attention's and the language's, got 1
            """)
    void aWrongFieldOfACaptionerIsRefused(String pointer, String value, String message) {
        Problem problem = problem(ModelJson.captioner().with(pointer.replaceFirst("/1$", ""), value));
        assertThat(problem).isEqualTo(new Problem(pointer, message));
    }

    @Test
    void aCaptionerThatReadsBackwardsOrHasAttentionItCannotUseIsRefused() {
        assertThat(
                        problem(
                                ModelJson.captioner()
                                        .with(
                                                "/layers",
                                                "[{'cell': 'wm', 'hiddenSize': 3, 'bidirectional': true}, {'cell': 'wm', 'hiddenSize': 3}]")))
                .isEqualTo(new Problem("/layers/0/bidirectional", "expected false in a captioning model, got true"));
        assertThat(problem(ModelJson.captioner()
                        .with("/input/kind", "'image-features'")
                        .with("/layers", "[{'cell': 'wm', 'hiddenSize': 3}]")
                        .with("/output/decoder", "'show-and-tell'")))
                .isEqualTo(new Problem(
                        "/output/attentionSize",
                        "unknown field; expected decoder, embeddingSize, maxWords, vocabulary"));
    }

    @Test
    void featuresOfImagesAreForCaptioningAlone() {
        assertThat(problem(ModelJson.classifier().with("/input/kind", "'region-features'")))
                .isEqualTo(new Problem(
                        "/input/kind",
                        "expected 'features' or 'characters' for classification, got 'region-features'"));
    }

    @Test
    void aLanguageModelOverFeaturesIsRefused() {
        assertThat(problem(ModelJson.languageModel().with("/input", "{'kind': 'features', 'size': 1}")))
                .isEqualTo(new Problem("/input/kind", "expected 'characters' for a language model, got 'features'"));
    }

    @Test
    void aLanguageModelThatReadsBackwardsIsRefused() {
        ModelJson json = ModelJson.languageModel()
                .with(
                        "/layers",
                        "[{'cell': 'wm', 'hiddenSize': 1}, {'cell': 'wm', 'hiddenSize': 1, 'bidirectional': true}]");
        assertThat(problem(json).pointer()).isEqualTo("/layers/1/bidirectional");
        assertThat(problem(json).message()).contains("a layer sees the character to predict");
    }

    @Test
    void everyProblemIsNamedAtOnce() {
        ModelJson json = ModelJson.classifier()
                .with("/name", "'A'")
                .with("/input", "{'kind': 'features', 'sise': 3}")
                .with("/layers", "[{'cell': 'gru', 'hiddenSize': 0}]")
                .with("/output", "{'labels': ['x', 'x']}")
                .with("/weights", "{}");
        assertThat(refusal(json.bytes()).problems())
                .extracting(Problem::pointer)
                .containsExactly(
                        "/name",
                        "/input/sise",
                        "/input/size",
                        "/layers/0/cell",
                        "/layers/0/hiddenSize",
                        "/output/labels/1",
                        "/weights/sha256");
        assertThat(refusal(json.bytes())).hasMessageStartingWith("checkpoint refused: /name: expected a name");
    }

    @Test
    void noMoreThanAHundredProblemsAreNamed() {
        String labels = Collections.nCopies(1000, "''").toString();
        assertThat(refusal(ModelJson.classifier().with("/output/labels", labels).bytes())
                        .problems())
                .hasSize(100);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            ""                             | ""              | model.json: expected a JSON object, got nothing
            []                             | ""              | model.json: expected a JSON object, got another value
            {'a':1                         | ""              | model.json: expected JSON, got something else at line 1, column
            {'a':1,}                       | ""              | expected JSON
            {'a':01}                       | ""              | expected JSON
            {'a':NaN}                      | ""              | expected JSON
            {'a':1} x                      | ""              | expected JSON
            {'a':1} {}                     | ""              | model.json: expected one JSON object, got more text after it
            /* */ {}                       | ""              | expected JSON
            {'format':'x','format':'x'}    | /format         | model.json: expected each name once, got 'format' twice
            {'training':{'a':[{'b':1,'b':1}]}} | /training/a/0/b | expected each name once, got 'b' twice
            {'name':'\\uD83C'}             | /name           | model.json: expected whole characters, got half of a surrogate pair
            """)
    void textThatIsNotStrictJsonIsRefused(String text, String pointer, String message) {
        Problem problem = refusal(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8))
                .problems()
                .getFirst();
        assertThat(problem.pointer()).isEqualTo(pointer);
        assertThat(problem.message()).contains(message);
    }

    @Test
    void textThatIsNotUtf8IsRefused() {
        for (byte[] text : new byte[][] {
            {'{', (byte) 0xC0, (byte) 0x80, '}'}, {'{', 0, '}', 0}, {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF, '{', '}'}
        }) {
            assertThat(refusal(text).getMessage()).contains("model.json: expected ");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {99, 100_000})
    void jsonNestedOverAHundredLevelsIsRefused(int levels) {
        String deep = "[".repeat(levels) + "]".repeat(levels);
        String text = new String(ModelJson.classifier().bytes(), StandardCharsets.UTF_8);
        byte[] json = text.replaceFirst("\\{", "{\"training\":{\"deep\":" + deep + "},")
                .getBytes(StandardCharsets.UTF_8);
        assertThat(refusal(json).getMessage())
                .contains("expected at most 100 levels")
                .doesNotContain("Stream");
    }

    @Test
    void everyCutOfAModelJsonIsRefused() {
        byte[] whole = ModelJson.regressor()
                .with("/training", "{'metrics': {'a': 1e-3}}")
                .bytes();
        for (int length = 0; length < whole.length; length++) {
            assertThat(refusal(Arrays.copyOf(whole, length)).problems()).hasSize(1);
        }
    }

    private static Problem problem(ModelJson json) {
        CheckpointException e = refusal(json.bytes());
        assertThat(e.problems()).hasSize(1);
        return e.problems().getFirst();
    }

    private static CheckpointException refusal(byte[] json) {
        CheckpointException e = catchThrowableOfType(CheckpointException.class, () -> ModelDescriptor.read(json));
        assertThat(e).as("refusal of " + abbreviated(json)).isNotNull();
        return e;
    }

    private static String abbreviated(byte[] json) {
        return new String(json, StandardCharsets.UTF_8).lines().limit(3).collect(Collectors.joining());
    }
}
