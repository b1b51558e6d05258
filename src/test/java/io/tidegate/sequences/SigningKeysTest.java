package io.tidegate.sequences;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.platform.StartRefusedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SigningKeysTest {

    private static final String KEY = "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=";

    @TempDir
    private Path data;

    private long made() {
        return SigningKeys.of("", "", data).signing().id();
    }

    private Path file() {
        return data.resolve("keys/sequences.key");
    }

    @Test
    void aKeyIsMadeOnceForItsOwnerOnly() throws Exception {
        long first = made();
        assertThat(made()).isEqualTo(first);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
        try (var files = Files.list(data.resolve("keys"))) {
            assertThat(files).hasSize(1);
        }
        Files.delete(file());
        assertThat(made()).isNotEqualTo(first);
    }

    @Test
    void processesThatStartAtOnceHaveOneKey() throws Exception {
        List<Future<Long>> made = new ArrayList<>();
        try (var executor = Executors.newFixedThreadPool(8)) {
            for (int i = 0; i < 8; i++) {
                made.add(executor.submit(this::made));
            }
        }
        for (Future<Long> each : made) {
            assertThat(each.get()).isEqualTo(made());
        }
    }

    @Test
    void aKeyThatIsGivenLeavesNoFile() {
        SigningKeys.of(KEY, "", data);
        assertThat(data.resolve("keys")).doesNotExist();
    }

    @Test
    void aKeyThatWontDoStopsTheStartAndIsNotShown() throws Exception {
        assertThatThrownBy(() -> SigningKeys.of("s3cret!", "", data))
                .isInstanceOf(StartRefusedException.class)
                .hasMessageContaining("tidegate.sequences.signing-key")
                .hasMessageNotContaining("s3cret");
        assertThatThrownBy(() -> SigningKeys.of("", "c2hvcnQ=", data))
                .isInstanceOf(StartRefusedException.class)
                .hasMessageContaining("tidegate.sequences.previous-signing-key");
        Files.write(file(), new byte[0]);
        assertThatThrownBy(this::made).isInstanceOf(StartRefusedException.class).hasMessageContaining("got 0");
        Files.delete(file());
        Files.delete(data.resolve("keys"));
        Files.createFile(data.resolve("keys"));
        assertThatThrownBy(this::made).isInstanceOf(StartRefusedException.class).hasMessageContaining("can't be kept");
    }
}
