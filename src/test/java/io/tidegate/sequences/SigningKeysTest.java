package io.tidegate.sequences;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.platform.StartRefusedException;
import java.nio.ByteBuffer;
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

    private SigningKeys keys(String... settings) {
        return SigningKeys.of(RealRedis.settingsOf("redis://localhost", settings), data);
    }

    private static byte[] signature(SigningKeys keys) {
        return keys.current().sign(ByteBuffer.wrap(new byte[] {1, 2, 3}));
    }

    @Test
    void aKeyIsMadeOnceForItsOwnerOnly() throws Exception {
        byte[] first = signature(keys());
        assertThat(signature(keys())).isEqualTo(first);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve(SigningKeys.FILE))))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve("keys"))))
                .isEqualTo("rwx------");
        try (var files = Files.list(data.resolve("keys"))) {
            assertThat(files).hasSize(1);
        }
        Files.delete(data.resolve(SigningKeys.FILE));
        assertThat(signature(keys())).isNotEqualTo(first);
    }

    @Test
    void processesThatStartAtOnceHaveOneKey() throws Exception {
        List<Future<String>> made = new ArrayList<>();
        try (var executor = Executors.newFixedThreadPool(8)) {
            for (int i = 0; i < 8; i++) {
                made.add(executor.submit(() -> keys().current().toString()));
            }
        }
        for (Future<String> each : made) {
            assertThat(each.get()).isEqualTo(made.getFirst().get());
        }
    }

    @Test
    void aKeyThatIsGivenLeavesNoFile() {
        keys("signing-key", KEY);
        assertThat(data.resolve("keys")).doesNotExist();
    }

    @Test
    void aKeyThatWontDoStopsTheStartAndIsNotShown() throws Exception {
        assertThatThrownBy(() -> keys("signing-key", "s3cret!"))
                .isInstanceOf(StartRefusedException.class)
                .hasMessage("tidegate.sequences.signing-key isn't Base64");
        assertThatThrownBy(() -> keys("previous-signing-key", "c2hvcnQ="))
                .isInstanceOf(StartRefusedException.class)
                .hasMessage("tidegate.sequences.previous-signing-key has 5 bytes; 32 or more are needed");
        Files.writeString(data.resolve(SigningKeys.FILE), "");
        assertThatThrownBy(this::keys).isInstanceOf(StartRefusedException.class).hasMessageContaining("has 0 bytes");
    }
}
