package io.tidegate.oip;

import io.tidegate.sequences.SequenceControl;
import io.tidegate.sequences.SequenceRow.Digest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Map;
import java.util.TreeMap;

/** What a request asks of a sequence, in few bytes: the same flags and tensors give the same digest, whatever they came in. */
final class InputDigest {

    private static final int CHUNK = 8192;

    private InputDigest() {}

    static Digest of(SequenceControl control, Map<String, InputTensor> inputs) {
        MessageDigest digest = Digest.sha256();
        digest.update((byte) ((control.start() ? 1 : 0) | (control.end() ? 2 : 0)));
        new TreeMap<>(inputs).forEach((name, tensor) -> {
            text(digest, name);
            text(digest, tensor.shape().toString());
            switch (tensor.data()) {
                case TensorData.Floats(float[] values, long count, var _) -> floats(digest, values, (int) count);
                case TensorData.Integers(long[] values, long count, var _) -> longs(digest, values, (int) count);
                case TensorData.Texts texts -> texts.values().forEach(text -> text(digest, text));
            }
        });
        return Digest.of(digest, new byte[0]);
    }

    private static void text(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(4).putInt(bytes.length).flip());
        digest.update(bytes);
    }

    private static void floats(MessageDigest digest, float[] values, int count) {
        ByteBuffer buffer = ByteBuffer.allocate(Math.min(CHUNK, 4 * count));
        for (int k = 0; k < count; k++) {
            buffer.putFloat(values[k]);
            flushIfFull(digest, buffer);
        }
        digest.update(buffer.flip());
    }

    private static void longs(MessageDigest digest, long[] values, int count) {
        ByteBuffer buffer = ByteBuffer.allocate(Math.min(CHUNK, 8 * count));
        for (int k = 0; k < count; k++) {
            buffer.putLong(values[k]);
            flushIfFull(digest, buffer);
        }
        digest.update(buffer.flip());
    }

    private static void flushIfFull(MessageDigest digest, ByteBuffer buffer) {
        if (!buffer.hasRemaining()) {
            digest.update(buffer.flip());
            buffer.clear();
        }
    }
}
