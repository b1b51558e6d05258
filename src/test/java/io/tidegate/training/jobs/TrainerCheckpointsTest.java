package io.tidegate.training.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.core.optim.Optimizer;
import io.tidegate.core.train.Score;
import io.tidegate.core.train.Trainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerCheckpointsTest {

    private static final JobRequest REQUEST =
            new JobRequest("adding", "sums", "wm", 1, null, new TreeMap<>(Map.of("epochs", 3)), null, null);

    @TempDir
    private Path dataDir;

    private TrainerCheckpoints checkpoints;

    @BeforeEach
    void open() {
        checkpoints = new TrainerCheckpoints(dataDir, 3);
    }

    @Test
    void everyBitComesBack() throws IOException {
        save(7);
        TrainerCheckpoints.Restored restored = checkpoints.newest("job");
        Trainer.State state = Objects.requireNonNull(restored.state());
        Trainer.State saved = state(7);
        assertThat(state.position()).isEqualTo(saved.position());
        assertThat(state.weights()).isEqualTo(saved.weights());
        assertThat(state.best()).isEqualTo(saved.best());
        assertThat(state.carried()).isEqualTo(saved.carried());
        assertThat(state.moments().updates()).isEqualTo(7);
        assertThat(state.moments().arrays())
                .usingRecursiveComparison()
                .isEqualTo(saved.moments().arrays());
        assertThat(Objects.requireNonNull(restored.notes()).metrics()).isEqualTo(Map.of("validation.loss", 0.1 + 0.2));
        assertThat(restored.refused()).isEmpty();
    }

    @Test
    void onlyTheNewestStay() throws IOException {
        for (long step : new long[] {1, 2, 10, 9}) {
            save(step);
        }
        assertThat(checkpoints.list("job").stream().map(TrainerCheckpoints.Listed::step))
                .containsExactly(10L, 9L, 2L);
        assertThat(checkpoints.list("nobody")).isEmpty();
    }

    @Test
    void aDamagedOneIsPassedOverAndNamed() throws IOException {
        save(1);
        save(2);
        save(3);
        Files.write(folder(3).resolve(TrainerCheckpoints.NOTES), new byte[] {'{'});
        Path tensors = folder(2).resolve(TrainerCheckpoints.TENSORS);
        byte[] flipped = Files.readAllBytes(tensors);
        flipped[flipped.length - 1] ^= 1;
        Files.write(tensors, flipped);
        TrainerCheckpoints.Restored restored = checkpoints.newest("job");
        assertThat(Objects.requireNonNull(restored.state()).position().updates())
                .isEqualTo(1);
        assertThat(restored.refused()).hasSize(2).allMatch(words -> words.contains("can't be read and was dropped"));
        save(2); // its place is free again
        assertThat(checkpoints.newest("job").refused()).isEmpty();
    }

    @Test
    void whatAKilledProcessLeftHalfDoneIsClearedAway() throws IOException {
        save(1);
        Path half = Files.createDirectory(folder(1).resolveSibling(".staged-1"));
        Files.write(half.resolve(TrainerCheckpoints.TENSORS), new byte[10]);
        checkpoints.newest("job");
        try (Stream<Path> left = Files.list(half.getParent())) {
            assertThat(left).containsExactly(folder(1));
        }
    }

    @Test
    void aFullDiskIsToldFromOtherTrouble() throws IOException {
        Files.write(dataDir.resolve("jobs"), new byte[0]); // a file where the folder should be
        assertThatThrownBy(() -> save(1)).isInstanceOf(IOException.class);
        assertThat(JobFailure.of(new UncheckedIOException("the checkpoint", new IOException("Not a directory"))))
                .isEqualTo(JobError.disk("the checkpoint"));
        assertThat(JobFailure.of(new UncheckedIOException("the checkpoint", new IOException("No space left on device")))
                        .detail())
                .contains("no space left", "make room");
        assertThat(JobFailure.of(new JobFailure.DataUnavailable(new IllegalStateException()))
                        .detail())
                .contains("upload it again");
        assertThat(JobFailure.of(new IllegalStateException(new OutOfMemoryError()))
                        .type())
                .endsWith("memory");
    }

    private Path folder(long step) {
        return dataDir.resolve("jobs/job/checkpoints").resolve(Long.toString(step));
    }

    private void save(long step) throws IOException {
        Trainer.State state = state(step);
        checkpoints.save(
                "job",
                state,
                new TrainerCheckpoints.Notes(
                        TrainerCheckpoints.FORMAT,
                        REQUEST,
                        state.position(),
                        step,
                        "reference",
                        "generated",
                        4,
                        1.5,
                        new TreeMap<>(Map.of("validation.loss", 0.1 + 0.2)),
                        TrainerCheckpoints.RANDOMNESS,
                        null));
    }

    private static Trainer.State state(long step) {
        double s = (double) step;
        return new Trainer.State(
                new Trainer.Position(1, 2, step, new Score(1 / 3.0, 4, 5), new Score(Math.PI, 1, 2), 3),
                new double[] {Math.nextUp(s), -0.0, Double.MIN_VALUE},
                new double[] {s, 1, 2},
                new Optimizer.Moments(step, List.of(new double[] {1e-300, 2, 3}, new double[] {4, 5, 6})),
                new double[] {0.1});
    }
}
