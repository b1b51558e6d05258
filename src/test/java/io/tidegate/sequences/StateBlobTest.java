package io.tidegate.sequences;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.core.engine.States.Precision;
import io.tidegate.sequences.SequenceException.BadState;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StateBlobTest {

    private static final String A = base64("a".repeat(32)), B = base64("b".repeat(40));

    private final StateBlob blobs = blobs(A, "");

    private static String base64(String secret) {
        return Base64.getEncoder().encodeToString(secret.getBytes(StandardCharsets.US_ASCII));
    }

    private static StateBlob blobs(String key, String previous) {
        return new StateBlob(SigningKeys.of(key, previous, Path.of("unused")));
    }

    private static StateBlob.Content content(Precision precision) {
        return new StateBlob.Content(
                "Jürgen", 3, "0123456789abcdef".repeat(4), precision, SequenceStoreContract.filled(5, 12));
    }

    private byte[] sealed() {
        return blobs.seal(content(Precision.FLOAT32));
    }

    @ParameterizedTest
    @EnumSource
    void whatIsSealedComesBack(Precision precision) {
        StateBlob.Content sealed = content(precision), opened = blobs.open(blobs.seal(sealed));
        assertThat(opened).usingRecursiveComparison().ignoringFields("row").isEqualTo(sealed);
        assertThat(opened.row().memory().mismatch(sealed.row().memory())).isEqualTo(-1);
    }

    @Test
    void everyByteThatIsChangedIsSeen() {
        byte[] sealed = sealed();
        for (int at = 0; at < sealed.length; at++) {
            for (int bits : new int[] {1, 0x80, 0xFF}) {
                byte[] changed = sealed.clone();
                changed[at] = (byte) (changed[at] ^ bits);
                assertThatThrownBy(() -> blobs.open(changed))
                        .as("byte %s", at)
                        .isInstanceOf(BadState.class)
                        .hasMessageContaining(
                                at < 4
                                        ? "something else"
                                        : at < 8
                                                ? "expected format 1"
                                                : at < 16 ? "doesn't have" : "signature is wrong");
            }
        }
    }

    @Test
    void whatIsCutShortOrLongerIsRefused() {
        byte[] sealed = sealed();
        for (int length = 0; length <= sealed.length + 1; length++) {
            byte[] cut = Arrays.copyOf(sealed, length);
            if (length != sealed.length) {
                assertThatThrownBy(() -> blobs.open(cut)).as("%s bytes", length).isInstanceOf(BadState.class);
            }
        }
    }

    @Test
    void aKeysIdDoesNotVouchForItsSignature() {
        byte[] forged = blobs(B, "").seal(content(Precision.FLOAT32));
        System.arraycopy(sealed(), 8, forged, 8, SigningKeys.ID_BYTES);
        assertThatThrownBy(() -> blobs.open(forged)).hasMessageContaining("signature is wrong");
    }

    @Test
    void keysChangeWithoutAStateThatIsRefused() {
        StateBlob changed = blobs(B, A);
        byte[] fresh = changed.seal(content(Precision.FLOAT32));
        for (byte[] blob : Stream.of(sealed(), fresh).toList()) {
            assertThat(changed.open(blob).model()).isEqualTo("Jürgen");
            assertThat(blobs(A, B).open(blob).model()).isEqualTo("Jürgen");
        }
        assertThatThrownBy(() -> blobs.open(fresh)).hasMessageContaining("a key that this server doesn't have");
    }

    @Test
    void signedNonsenseIsRefusedAllTheSame() {
        SigningKeys.Key key = SigningKeys.of(A, "", Path.of("unused")).signing();
        byte[] sealed = sealed();
        int body = sealed.length - 32,
                row =
                        body
                                - SequenceStoreContract.filled(5, 12)
                                        .memory()
                                        .toArray(java.lang.foreign.ValueLayout.JAVA_BYTE)
                                        .length;
        for (int at : new int[] {16, 17, row - 4, row - 1}) { // lengths of the model's name and of the row
            byte[] changed = sealed.clone();
            changed[at] = (byte) 0x91;
            System.arraycopy(key.sign(Arrays.copyOf(changed, body)), 0, changed, body, 32);
            assertThatThrownBy(() -> blobs.open(changed))
                    .as("byte %s", at)
                    .isInstanceOf(BadState.class)
                    .hasMessageContaining("isn't whole");
        }
    }
}
