package io.tidegate.datasets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetsTest {

    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    @TempDir
    private Path dataDir;

    private Datasets datasets;

    @BeforeEach
    void start() {
        datasets = datasets(id -> Optional.empty());
    }

    private Datasets datasets(DatasetUse use) {
        return new Datasets(dataDir, 1 << 20, Clock.fixed(NOW, ZoneOffset.UTC), () -> Stream.of(use));
    }

    private Dataset add(String fileName, String content) throws IOException {
        return datasets.add(Sent.upload(fileName, content)).dataset();
    }

    @Test
    void labelledSequencesComeBackAsTheyWereSent() throws Exception {
        Dataset added = add(
                "two.ndjson",
                "\uFEFF{\"sequence\": [[1, 2], [3, 4.5]], \"label\": \"b\"}\r\n\n{\"label\":\"a\",\"sequence\":[[-5e0,6]]}");

        try (SequenceData data = (SequenceData) datasets.find(added.id()).open()) {
            assertThat(data.size()).isEqualTo(2);
            assertThat(data.featureSize()).isEqualTo(2);
            assertThat(data.features(0)).containsExactly(1, 2, 3, 4.5f);
            assertThat(data.features(0, 1, 1)).containsExactly(3, 4.5f);
            assertThat(data.features(1)).containsExactly(-5, 6);
            assertThat(data.classes()).containsExactly("a", "b");
            assertThat(new int[] {data.label(0), data.label(1)}).containsExactly(1, 0);
            assertThatThrownBy(() -> data.target(0)).hasMessageContaining("a label");
        }
        DatasetSummary.Sequences summary = added.summary().sequences();
        assertThat(summary.steps()).isEqualTo(3);
        assertThat(summary.lengths()).isEqualTo(new DatasetSummary.Lengths(1, 1.5, 2));
        assertThat(summary.features())
                .containsExactly(new DatasetSummary.Range(-5, -1 / 3.0, 3), new DatasetSummary.Range(2, 12.5 / 3, 6));
        assertThat(summary.classes())
                .containsExactly(new DatasetSummary.ClassCount("a", 1), new DatasetSummary.ClassCount("b", 1));
        assertThat(added.summary().createdAt()).isEqualTo(NOW);
        assertThat(added.name()).isEqualTo("two.ndjson");
    }

    @Test
    void classesAreOrderedByNumberWhereAllAreIntegers() throws Exception {
        Dataset added = add("n.ndjson", """
                {"sequence": [1], "label": 10}
                {"sequence": [1], "label": 9}
                {"sequence": [1], "label": "-1"}
                """);
        try (SequenceData data = (SequenceData) added.open()) {
            assertThat(data.classes()).containsExactly("-1", "9", "10");
            assertThat(data.label(0)).isEqualTo(2);
        }
    }

    @Test
    void aTargetIsForTheSequenceAndTargetsAreForItsSteps() throws Exception {
        Dataset whole = add("t.ndjson", "{\"sequence\":[1,2],\"target\":0.5}\n{\"sequence\":[3],\"target\":[7]}");
        try (SequenceData data = (SequenceData) whole.open()) {
            assertThat(data.expected()).isEqualTo(Expected.TARGET);
            assertThat(data.target(1)).containsExactly(7);
        }
        assertThat(whole.summary().sequences().targets())
                .isEqualTo(new DatasetSummary.Targets(
                        "sequence", 1, java.util.List.of(new DatasetSummary.Range(0.5f, 3.75, 7))));
        Dataset steps = add("s.ndjson", "{\"sequence\":[1,2],\"targets\":[[1,2],[3,4]]}");
        try (SequenceData data = (SequenceData) steps.open()) {
            assertThat(data.targets(0, 1, 1)).containsExactly(3, 4);
            assertThat(data.targetSize()).isEqualTo(2);
        }
    }

    @Test
    void csvWithASequenceColumnHasOneRowAStep() throws Exception {
        Dataset added = add("steps.csv", "sequence,x,y,label\r\nb,1,2,up\r\nb,3,4,up\r\n\"a\n1\",5,6,down\r\n\r\n");
        try (SequenceData data = (SequenceData) added.open()) {
            assertThat(data.size()).isEqualTo(2);
            assertThat(data.features(0)).containsExactly(1, 2, 3, 4);
            assertThat(data.classes()).containsExactly("down", "up");
            assertThat(data.label(0)).isEqualTo(1);
        }
    }

    @Test
    void csvWithALabelHasOneRowASequenceWhoseEndMayBeEmpty() throws Exception {
        Dataset added = add("rows.csv", "0,1,2,label\n1,2,3,x\n4,5,,y");
        try (SequenceData data = (SequenceData) added.open()) {
            assertThat(data.features(0)).containsExactly(1, 2, 3);
            assertThat(data.features(1)).containsExactly(4, 5);
            assertThat(data.featureSize()).isEqualTo(1);
        }
    }

    @Test
    void csvWithNeitherIsOneLongSeries() throws Exception {
        Dataset added = add("series.csv", "load,wind,targets\n1,2,10\n3,4,20\n5,6,30\n");
        try (SequenceData data = (SequenceData) added.open()) {
            assertThat(data.size()).isEqualTo(1);
            assertThat(data.length(0)).isEqualTo(3);
            assertThat(data.features(0, 1, 2)).containsExactly(3, 4, 5, 6);
            assertThat(data.targets(0, 0, 3)).containsExactly(10, 20, 30);
        }
    }

    @Test
    void aTextIsKeptAsItIs() throws Exception {
        String text = "tide\r\n😀 tïde\n";
        Dataset added = add("a.txt", text);
        try (TextData data = (TextData) added.open()) {
            assertThat(data.length()).isEqualTo(text.codePoints().count());
            int[] points = data.alphabet().codePoints().toArray();
            assertThat(points).isSorted().contains(0x1F600, '\r');
            int[] tokens = data.tokens(0, (int) data.length());
            StringBuilder back = new StringBuilder();
            for (int token : tokens) {
                back.appendCodePoint(points[token]);
            }
            assertThat(back).hasToString(text);
            assertThat(data.tokens(6, 1)).containsExactly(points.length - 1);
        }
    }

    @Test
    void idxImagesAreSequencesOfPixels() throws Exception {
        byte[] images = Sent.images(0x803, 2, 2, 3, 12);
        byte[] labels = Sent.labels(0x801, 2, 7, 3);
        Dataset added = datasets.add(Sent.idx(Sent.gzip(images), labels)).dataset();
        try (SequenceData data = (SequenceData) added.open()) {
            assertThat(data.features(1)).containsExactly(6, 7, 8, 9, 10, 11);
            assertThat(data.classes()).containsExactly("3", "7");
            assertThat(data.label(0)).isEqualTo(1);
        }
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(images);
        assertThat(added.id()).isEqualTo("sha256:" + HexFormat.of().formatHex(digest.digest(labels)));
        assertThat(added.summary().bytes()).isEqualTo(images.length + labels.length);
    }

    @Test
    void theSameBytesTwiceAreOneDatasetGzipOrNot() throws Exception {
        byte[] csv = "x\n1\n2\n".getBytes(StandardCharsets.UTF_8);
        Datasets.Added first = datasets.add(Sent.upload("a.csv", csv));
        Datasets.Added again = datasets.add(Sent.upload("b.csv.gz", Sent.gzip(csv)));
        assertThat(first.created()).isTrue();
        assertThat(again.created()).isFalse();
        assertThat(again.dataset().summary()).isEqualTo(first.dataset().summary());
        assertThatThrownBy(() -> datasets.add(Sent.upload("c.txt", csv)))
                .isInstanceOf(DatasetException.Conflict.class)
                .hasMessageContaining("read as csv");
    }

    @Test
    void theBuiltInOnesAnswerToTheirNames() {
        assertThat(datasets.list()).extracting(DatasetSummary::id).containsExactly("digits", "ecg-208", "king-james");
        try (SequenceData digits = (SequenceData) datasets.find("digits").open();
                SequenceData ecg = (SequenceData) datasets.find("ecg-208").open();
                TextData verses = (TextData) datasets.find("king-james").open()) {
            assertThat(digits.size()).isEqualTo(1797);
            assertThat(digits.features(1796))
                    .isEqualTo(BuiltInData.digits().get(1796).pixels());
            assertThat(digits.classes().get(digits.label(5))).isEqualTo("5");
            assertThat(ecg.features(0)).isEqualTo(BuiltInData.ecg());
            assertThat(ecg.expected()).isEqualTo(Expected.NONE);
            assertThat(verses.length()).isEqualTo(4_137_848);
            assertThat(verses.alphabet().charAt(verses.tokens(0, 1)[0]))
                    .isEqualTo(BuiltInData.kingJames().charAt(0));
        }
        assertThatThrownBy(() -> datasets.delete("digits")).isInstanceOf(DatasetException.Conflict.class);
    }

    @Test
    void whatIsInUseIsNotDeletedAndWhatIsOpenStaysReadable() throws Exception {
        Dataset added = add("x.csv", "x\n1\n2\n");
        assertThatThrownBy(() -> datasets(id -> Optional.of("training job 17")).delete(added.id()))
                .isInstanceOf(DatasetException.Conflict.class)
                .hasMessageContaining("training job 17");
        SequenceData data = (SequenceData) added.open();
        datasets.delete(added.id());
        assertThat(data.features(0)).containsExactly(1, 2);
        data.close();
        assertThatThrownBy(() -> data.features(0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> datasets.find(added.id())).isInstanceOf(DatasetException.NotFound.class);
        Sent.assertNothingLeft(dataDir);
    }

    @Test
    void anIdWithoutItsPrefixOrInUpperCaseIsRefused() throws Exception {
        String hex = add("x.csv", "x\n1\n2\n").id().substring(7);
        for (String id :
                new String[] {hex, "sha256:" + hex.toUpperCase(java.util.Locale.ROOT), "../" + hex, "Digits"}) {
            assertThatThrownBy(() -> datasets.find(id))
                    .isInstanceOf(DatasetException.Refused.class)
                    .hasMessageContaining("sha256: and 64 hexadecimal digits in lower case");
        }
    }

    @Test
    void aDamagedOneIsSaidToBeAndHarmsNoOther() throws Exception {
        Dataset added = add("x.csv", "x\n1\n2\n");
        Path folder = dataDir.resolve("datasets").resolve(added.id().substring(7));
        Files.write(folder.resolve("features.f32"), new byte[1], StandardOpenOption.APPEND);
        assertThatThrownBy(added::open)
                .isInstanceOf(DatasetException.Damaged.class)
                .hasMessageContaining("expected 8 bytes of features.f32, found 9");
        Files.writeString(folder.resolve("dataset.json"), "{");
        assertThat(datasets.list()).hasSize(3);
        datasets.delete(added.id());
        Sent.assertNothingLeft(dataDir);
    }

    @Test
    void anUploadOfAnotherLiveProcessIsLeftAlone() throws Exception {
        Path staging = dataDir.resolve("datasets/.staging");
        Path live = Files.createDirectories(staging.resolve("live"));
        Path dead = Files.createDirectories(staging.resolve("dead"));
        Files.setLastModifiedTime(live, FileTime.from(NOW.minus(Duration.ofHours(23))));
        Files.setLastModifiedTime(dead, FileTime.from(NOW.minus(Duration.ofHours(25))));
        datasets(id -> Optional.empty());
        assertThat(live).exists();
        assertThat(dead).doesNotExist();
    }
}
