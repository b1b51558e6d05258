package io.tidegate.sequences;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.core.engine.States;
import io.tidegate.sequences.SequenceException.BadState;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StateBlobTest {

    private static final String WEIGHTS = "0123456789abcdef".repeat(4);
    private static final SequenceKey KEY = new SequenceKey("adder", "Jürgen/7");
    private static final int BYTES = SequenceRow.HEADER + 136;
    private static final String A =
            Base64.getEncoder().encodeToString("a".repeat(32).getBytes());
    private static final String B =
            Base64.getEncoder().encodeToString("b".repeat(40).getBytes());

    private final StateBlob blobs = blobs(A, "");

    private static StateBlob blobs(String key, String previous) {
        return new StateBlob(keys(key, previous), 4096);
    }

    private static SigningKeys keys(String key, String previous) {
        return SigningKeys.of(
                RealRedis.settingsOf("redis://localhost", "signing-key", key, "previous-signing-key", previous),
                Path.of("unused"));
    }

    private static SequenceRow row() {
        SequenceRow row = SequenceRow.ofBytes(BYTES);
        Random random = new Random(1);
        for (long at = 0; at < BYTES; at++) {
            row.memory().set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
        }
        row.incarnation(5);
        row.steps(12);
        row.version(3);
        return row;
    }

    private byte[] sealed() {
        return blobs.seal(KEY, WEIGHTS, States.Precision.FLOAT32, row());
    }

    @ParameterizedTest
    @EnumSource
    void whatIsSealedComesBack(States.Precision precision) {
        StateBlob.Opened opened = blobs.open(blobs.seal(KEY, WEIGHTS, precision, row()));
        assertThat(opened.key()).isEqualTo(KEY);
        assertThat(opened.version()).isEqualTo(3);
        assertThat(opened.weightsSha256()).isEqualTo(WEIGHTS);
        assertThat(opened.precision()).isEqualTo(precision);
        assertThat(opened.row().memory().mismatch(row().memory())).isEqualTo(-1);
        opened.mustFit("adder", WEIGHTS, precision, BYTES);
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
                                        ? "isn't a state of a sequence"
                                        : at < 5
                                                ? "has format"
                                                : at < 13 ? "is signed with key" : "has a wrong signature");
            }
        }
    }

    @Test
    void whatIsCutShortOrLongerIsRefused() {
        byte[] sealed = sealed();
        for (int length = 0; length < sealed.length; length++) {
            byte[] cut = Arrays.copyOf(sealed, length);
            assertThatThrownBy(() -> blobs.open(cut)).as("%s bytes", length).isInstanceOf(BadState.class);
        }
        assertThatThrownBy(() -> blobs.open(Arrays.copyOf(sealed, sealed.length + 1)))
                .isInstanceOf(BadState.class)
                .hasMessageContaining("wrong signature");
        assertThatThrownBy(() -> blobs.open(Arrays.copyOf(sealed, 60)))
                .hasMessage("sequence_state: is cut short at 60 bytes; put the bytes that GET …/state gave, unchanged");
    }

    @Test
    void anotherKeyIsNamed() {
        assertThatThrownBy(() -> blobs(B, "").open(sealed()))
                .isInstanceOf(BadState.class)
                .hasMessageContaining(
                        "is signed with key " + keys(A, "").current().toString().substring(4));
    }

    @Test
    void aKeysIdDoesNotVouchForItsSignature() {
        byte[] forged = blobs(B, "").seal(KEY, WEIGHTS, States.Precision.FLOAT32, row());
        System.arraycopy(keys(A, "").current().id(), 0, forged, 5, 8);
        assertThatThrownBy(() -> blobs.open(forged)).hasMessageContaining("wrong signature");
    }

    @Test
    void keysChangeWithoutAStateThatIsRefused() {
        byte[] old = sealed();
        StateBlob changed = blobs(B, A);
        assertThat(changed.open(old).key()).isEqualTo(KEY);
        byte[] fresh = changed.seal(KEY, WEIGHTS, States.Precision.FLOAT32, row());
        assertThat(blobs(A, B).open(fresh).key()).isEqualTo(KEY);
        assertThatThrownBy(() -> blobs.open(fresh)).hasMessageContaining("is signed with key");
    }

    @Test
    void largerThanTheLimitIsRefusedBothWays() {
        byte[] sealed = sealed();
        StateBlob exact = new StateBlob(keys(A, ""), sealed.length);
        assertThat(exact.open(exact.seal(KEY, WEIGHTS, States.Precision.FLOAT32, row()))
                        .key())
                .isEqualTo(KEY);
        StateBlob small = new StateBlob(keys(A, ""), sealed.length - 1);
        assertThatThrownBy(() -> small.open(sealed))
                .isInstanceOf(BadState.class)
                .hasMessageContaining("the largest that is taken has " + (sealed.length - 1));
        assertThatThrownBy(() -> small.seal(KEY, WEIGHTS, States.Precision.FLOAT32, row()))
                .isInstanceOf(BadState.class);
    }

    @Test
    void aStateFitsItsModelWeightsEngineAndSizeOnly() {
        StateBlob.Opened opened = blobs.open(sealed());
        assertThatThrownBy(() -> opened.mustFit("other", WEIGHTS, States.Precision.FLOAT32, BYTES))
                .isInstanceOf(BadState.class)
                .hasMessageContaining("is of model 'adder', not of 'other'");
        String weights = "1" + WEIGHTS.substring(1);
        assertThatThrownBy(() -> opened.mustFit("adder", weights, States.Precision.FLOAT32, BYTES))
                .isInstanceOf(BadState.class)
                .hasMessageContaining(WEIGHTS)
                .hasMessageContaining(weights);
        assertThatThrownBy(() -> opened.mustFit("adder", WEIGHTS, States.Precision.FLOAT64, BYTES))
                .isInstanceOf(BadState.class)
                .hasMessageContaining("is in FLOAT32");
        assertThatThrownBy(() -> opened.mustFit("adder", WEIGHTS, States.Precision.FLOAT32, BYTES + 8))
                .isInstanceOf(BadState.class)
                .hasMessageContaining("a row of " + BYTES + " bytes");
    }

    @Test
    void signedNonsenseIsRefusedAllTheSame() {
        byte[] sealed = sealed();
        int body = sealed.length - 32;
        int names = 13 + 2 + 5 + 2 + 9;
        record Change(int at, int value) {}
        for (Change change : new Change[] {
            new Change(13, 0xFF), // model's length
            new Change(20, 0xFF), // id's length
            new Change(23, 0xFF), // not UTF-8
            new Change(names + 3, 9), // version, other than the row's
            new Change(names + 36, 5), // precision
            new Change(names + 40, BYTES - 8), // row's length
            new Change(names + 37, 0x80), // row's length below zero
            new Change(names + 41, 0) // incarnation 0, with the next ones
        }) {
            byte[] changed = sealed.clone();
            changed[change.at] = (byte) change.value;
            byte[] signature = keys(A, "").current().sign(ByteBuffer.wrap(changed, 0, body));
            System.arraycopy(signature, 0, changed, body, 32);
            assertThatThrownBy(() -> blobs.open(changed))
                    .as("%s", change)
                    .isInstanceOf(BadState.class)
                    .hasMessageContaining("rightly signed");
        }
    }
}
