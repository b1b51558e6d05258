package io.tidegate.datasets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.datasets.DatasetException.Refused;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each refusal names the line, and leaves nothing behind. */
class DatasetRefusalsTest {

    private static final String GOOD = "{\"sequence\": [[1], [2]], \"label\": \"a\"}\n";

    @TempDir
    private Path dataDir;

    private Datasets datasets;

    @BeforeEach
    void start() {
        datasets = new Datasets(dataDir, 64 << 20, Clock.systemUTC(), Stream::empty);
    }

    static Stream<Arguments> badRows() {
        String big = "x".repeat(10 << 20);
        return Stream.of(
                Arguments.of("a.ndjson", GOOD + "{\"sequence\": [[1]], \"label\": \"b\"", 2, "one whole JSON object"),
                Arguments.of("a.ndjson", GOOD + "\n{\"sequence\": [[NaN]], \"label\": \"b\"}", 3, "no NaN"),
                Arguments.of("a.ndjson", GOOD + "{\"sequence\": [[1e999]], \"label\": \"b\"}", 2, "32-bit float"),
                Arguments.of("a.ndjson", GOOD + "{\"sequence\": [[1], [1e39]]}", 2, "\"sequence\" step 1"),
                Arguments.of(
                        "a.ndjson", GOOD + "{\"sequence\": [[1], [1, 2]]}", 2, "expected 1 number as in step 0, got 2"),
                Arguments.of(
                        "a.ndjson",
                        GOOD + "{\"sequence\": [[1, 2]], \"label\": \"b\"}",
                        2,
                        "expected 1 features a step"),
                Arguments.of("a.ndjson", GOOD + "{\"sequence\": [[1], 2]}", 2, "expected an array of numbers like"),
                Arguments.of("a.ndjson", GOOD + "{\"sequence\": [], \"label\": \"b\"}", 2, "at least one step"),
                Arguments.of("a.ndjson", GOOD + "{\"sequence\": [[]], \"label\": \"b\"}", 2, "at least one number"),
                Arguments.of("a.ndjson", GOOD + "{\"label\": \"b\"}", 2, "expected the field \"sequence\""),
                Arguments.of(
                        "a.ndjson", GOOD + "{\"sequence\": [1], \"target\": 1}", 2, "expected a label as in the first"),
                Arguments.of(
                        "a.ndjson", GOOD + "{\"sequence\": [1], \"target\": 1, \"label\": \"b\"}", 2, "got several"),
                Arguments.of("a.ndjson", GOOD + "{\"sequence\": [1], \"label\": 1.5}", 2, "with a fraction"),
                Arguments.of("a.ndjson", GOOD + "{\"sequence\": [1], \"label\": null}", 2, "got null"),
                Arguments.of("a.ndjson", GOOD + "{\"sequence\": [1], \"lable\": \"b\"}", 2, "the field \"lable\""),
                Arguments.of("a.ndjson", GOOD + "{\"sequence\": [1], \"sequence\": [2]}", 2, "each field once"),
                Arguments.of("a.ndjson", GOOD + "{\"sequence\": [1]} {}", 2, "more after it"),
                Arguments.of("a.ndjson", "[" + GOOD, 1, "without an array around"),
                Arguments.of(
                        "a.ndjson", GOOD + "{\"sequence\": [1], \"label\": \"" + big + "\"}\n", 2, "256 characters"),
                Arguments.of("a.ndjson", "{\"sequence\": [" + big + big + "]}\n" + GOOD, 1, "16777216 bytes"),
                Arguments.of(
                        "a.ndjson",
                        "{\"sequence\": [1, 2], \"targets\": [1]}",
                        1,
                        "a target for each of 2 steps, got 1"),
                Arguments.of("a.csv", "x,y\n1,2\n3,NaN\n", 3, "column 'y': expected a finite number, got 'NaN'"),
                Arguments.of("a.csv", "x,y\n1,2\n3,0x1p3", 3, "0x1p3"),
                Arguments.of("a.csv", "x,y\n1,2\n\n3,4", 3, "blank"),
                Arguments.of("a.csv", "x,y\n1,2\n3,1e999", 3, "32-bit float"),
                Arguments.of("a.csv", "x,y\r\n1,2\r\n3,\r\n", 3, "column 'y': expected a number, got an empty cell"),
                Arguments.of("a.csv", "x,y\n1,2,3\n", 2, "expected 2 cells as in the header, got 3"),
                Arguments.of("a.csv", "x,X\n1,2\n", 1, "different names"),
                Arguments.of("a.csv", "1.5,2.5\n1,2\n", 1, "a line of numbers"),
                Arguments.of("a.csv", "x;y\n1;2\n", 1, "semicolons"),
                Arguments.of("a.csv", "x,label\n1,a\n", 1, "a single step"),
                Arguments.of("a.csv", "x,label,target\n1,a,2\n", 1, "got several"),
                Arguments.of("a.csv", "label\na\n", 1, "at least one column of values"),
                Arguments.of("a.csv", "sequence,x\na,1\nb,2\na,3\n", 4, "more of sequence 'a' after others"),
                Arguments.of("a.csv", "sequence,x,label\na,1,u\na,2,v\nb,1,v\n", 3, "the same label"),
                Arguments.of("a.csv", "sequence,x\n\"a\nb\",1\nc,x\n", 4, "got 'x'"),
                Arguments.of("a.csv", "x,y\n1,\"2\" 3\n", 2, "quotation mark"),
                Arguments.of("a.csv", "x,y\n1,\"2\n3,4\n", 2, "quotation mark"),
                Arguments.of("a.csv", "x,y\n1,\"" + big, 2, "a quotation mark left open"),
                Arguments.of("a.csv", "a,b,label\n1,2," + "l".repeat(300) + "\n", 2, "256 characters"));
    }

    @ParameterizedTest
    @MethodSource("badRows")
    void aBadRowIsNamedByItsLine(String file, String content, long line, String says) {
        Refused refused = Sent.refused(datasets, dataDir, Sent.upload(file, content));
        assertThat(refused.problems()).hasSize(1).first().satisfies(problem -> {
            assertThat(problem.part()).isEqualTo("file");
            assertThat(problem.line()).isEqualTo(line);
            assertThat(problem.detail()).contains(says).hasSizeLessThan(400);
        });
    }

    static Stream<Arguments> badFiles() {
        return Stream.of(
                Arguments.of("a.csv", "", "empty file"),
                Arguments.of("a.ndjson", "\n\n", "at least one sequence"),
                Arguments.of("a.csv", "x,y\n", "at least one sequence"),
                Arguments.of("a.ndjson", GOOD + GOOD, "at least 2 classes, got only 'a'"),
                Arguments.of("a.txt", "", "2 kinds of characters"),
                Arguments.of("a.dat", "hello", "send the part 'format'"));
    }

    @ParameterizedTest
    @MethodSource("badFiles")
    void whatMakesNoDatasetIsRefused(String file, String content, String says) {
        assertThat(Sent.refused(datasets, dataDir, Sent.upload(file, content))).hasMessageContaining(says);
    }

    @Test
    void theFirstTwentyProblemsAreNamed() {
        String rows = "{\"sequence\": []}\n".repeat(25);
        Refused refused = Sent.refused(datasets, dataDir, Sent.upload("a.ndjson", GOOD + rows));
        assertThat(refused.problems())
                .extracting(Refused.Problem::line)
                .hasSize(20)
                .contains(2L, 21L);
        assertThat(refused).hasMessageContaining("line 2").hasMessageContaining("19 more");
    }

    @Test
    void aBadRowAtLine900001RefusesTheWholeUpload() {
        String rows = "1\n".repeat(899_999) + "x\n" + "1\n".repeat(10);
        Refused refused = Sent.refused(datasets, dataDir, Sent.upload("a.csv", "v\n" + rows));
        assertThat(refused).hasMessageContaining("line 900001: column 'v': expected a finite number, got 'x'");
    }

    @Test
    void malformedUtf8IsNamedByItsByte() {
        byte[] text = "one\ntwo é\nthree".getBytes(StandardCharsets.ISO_8859_1);
        Refused refused = Sent.refused(datasets, dataDir, Sent.upload("a.txt", text));
        assertThat(refused).hasMessageContaining("line 2: expected UTF-8, got something else at byte 9");
        Refused csv = Sent.refused(datasets, dataDir, Sent.upload("a.csv", Arrays.copyOf(text, 9)));
        assertThat(csv).hasMessageContaining("byte 9");
    }

    static Stream<Arguments> badImages() {
        byte[] images = Sent.images(0x803, 2, 2, 2, 8);
        byte[] labels = Sent.labels(0x801, 2, 0, 1);
        byte[] gzip = Sent.gzip(images);
        return Stream.of(
                Arguments.of(Sent.images(0x801, 2, 2, 2, 8), labels, "file", "got the magic number 2049"),
                Arguments.of(images, images, "labels", "got the magic number 2051"),
                Arguments.of(Sent.images(0x803, 2, 2, 2, 7), labels, "file", "got its end within image 2"),
                Arguments.of(Sent.images(0x803, 2, 2, 2, 9), labels, "file", "after what its header counts"),
                Arguments.of(Sent.images(0x803, -1, 2, 2, 9), labels, "file", "got 4294967295"),
                Arguments.of(Sent.images(0x803, 2, 65536, 65536, 9), labels, "file", "16777216 pixels, got 4294967296"),
                Arguments.of(new byte[] {0, 0}, labels, "file", "in the header"),
                Arguments.of(images, Sent.labels(0x801, 3, 0, 1, 2), "labels", "each of 2 images, got 3"),
                Arguments.of(images, Sent.labels(0x801, 2, 0), "labels", "within label 2"),
                Arguments.of(Arrays.copyOf(gzip, gzip.length - 9), labels, "file", "cut short or damaged"),
                Arguments.of(new byte[] {0x1f, (byte) 0x8b, 9}, labels, "file", "cut short or damaged"));
    }

    @ParameterizedTest
    @MethodSource("badImages")
    void damagedImagesAreRefused(byte[] images, byte[] labels, String part, String says) {
        Refused refused = Sent.refused(datasets, dataDir, Sent.idx(images, labels));
        assertThat(refused.problems()).hasSize(1).first().satisfies(problem -> {
            assertThat(problem.part()).isEqualTo(part);
            assertThat(problem.detail()).contains(says);
        });
    }

    @Test
    void aGzipBombStopsAtTheLimit() {
        byte[] bomb = Sent.gzip(new byte[(64 << 20) + 1]);
        assertThat(bomb).hasSizeLessThan(100_000);
        assertThatThrownBy(() -> datasets.add(Sent.upload("a.txt.gz", bomb)))
                .isInstanceOf(DatasetException.TooLarge.class)
                .hasMessageContaining("tidegate.limits.max-dataset");
        Sent.assertNothingLeft(dataDir);
    }

    @Test
    void labelsBelongToImagesOnly() {
        Datasets.Upload upload = new Datasets.Upload(
                new java.io.ByteArrayInputStream(GOOD.getBytes(StandardCharsets.UTF_8)),
                "a.ndjson",
                new java.io.ByteArrayInputStream(new byte[0]),
                null,
                null);
        assertThat(Sent.refused(datasets, dataDir, upload))
                .hasMessageContaining("only idx and captions have something in a part of its own; 'file' is ndjson");
    }

    @Test
    void anUnknownFormatAndAnUnspeakableNameAreRefused() {
        byte[] none = new byte[0];
        assertThat(Sent.refused(
                        datasets,
                        dataDir,
                        new Datasets.Upload(new java.io.ByteArrayInputStream(none), "", null, "xml", null)))
                .hasMessageContaining("expected one of ndjson, csv, text, idx, captions, got 'xml'");
        assertThat(Sent.refused(
                        datasets,
                        dataDir,
                        new Datasets.Upload(new java.io.ByteArrayInputStream(none), "", null, "csv", "a\u0000")))
                .hasMessageContaining("control characters");
    }
}
