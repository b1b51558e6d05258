package io.tidegate.sequences;

import io.tidegate.core.engine.States;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * A sequence's state on its way to another server, or to its client and back: opaque, signed, tied to the weights that it is of. It may
 * be put back under any id and as often as its holder likes; what it can't be is changed, or given to other weights.
 *
 * <p>Four bytes of magic, the format's version, the key's id, the content, and the HMAC-SHA-256 of all that.
 */
final class StateBlob {

    /** Largest, in bytes: a state of 8 layers of 65,536 in float64 has 8 MiB. */
    static final int MOST = 16 << 20;

    private static final int MAGIC = 0x74677331; // "tgs1"
    private static final int FORMAT = 1, HMAC = 32, HEAD = 4 + 4 + SigningKeys.ID_BYTES;

    private final SigningKeys keys;

    StateBlob(SigningKeys keys) {
        this.keys = keys;
    }

    /** @param weightsSha256 of the version that the row is of, in hexadecimal */
    record Content(String model, int version, String weightsSha256, States.Precision precision, SequenceRow row) {}

    byte[] seal(Content content) {
        SigningKeys.Key key = keys.signing();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(MAGIC);
            out.writeInt(FORMAT);
            out.writeLong(key.id());
            text(out, content.model());
            out.writeInt(content.version());
            text(out, content.weightsSha256());
            out.writeByte(content.precision().bytes());
            byte[] row = content.row().memory().toArray(ValueLayout.JAVA_BYTE);
            out.writeInt(row.length);
            out.write(row);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of an array: never
        }
        byte[] signed = bytes.toByteArray();
        byte[] all = Arrays.copyOf(signed, signed.length + HMAC);
        System.arraycopy(key.sign(signed), 0, all, signed.length, HMAC);
        return all;
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /** Nothing is believed of it before its signature is. */
    Content open(byte[] blob) {
        if (blob.length > MOST) {
            throw refusal("expected at most " + MOST + " bytes, got more");
        }
        if (blob.length < HEAD + HMAC) {
            throw refusal("expected a state as GET gives it, got " + blob.length + " bytes");
        }
        ByteBuffer bytes = ByteBuffer.wrap(blob);
        int magic = bytes.getInt(), format = bytes.getInt();
        if (magic != MAGIC) {
            throw refusal("expected a state as GET gives it, got something else");
        }
        if (format != FORMAT) {
            throw refusal("expected format " + FORMAT + ", got " + format);
        }
        SigningKeys.Key key = keys.find(bytes.getLong())
                .orElseThrow(() -> refusal("it is signed with a key that this server doesn't have"
                        + " (tidegate.sequences.signing-key must be the same on both)"));
        byte[] signed = Arrays.copyOf(blob, blob.length - HMAC);
        byte[] signature = Arrays.copyOfRange(blob, blob.length - HMAC, blob.length);
        if (!MessageDigest.isEqual(key.sign(signed), signature)) {
            throw refusal("its signature is wrong: it isn't what a server gave");
        }
        try {
            return content(bytes, blob.length - HMAC);
        } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
            throw refusal("it is signed, but isn't whole");
        }
    }

    private static Content content(ByteBuffer bytes, int end) {
        String model = text(bytes);
        int version = bytes.getInt();
        String weights = text(bytes);
        States.Precision precision =
                bytes.get() == States.Precision.FLOAT32.bytes() ? States.Precision.FLOAT32 : States.Precision.FLOAT64;
        int length = bytes.getInt();
        if (length < SequenceRow.HEADER || length != end - bytes.position()) {
            throw refusal("it is signed, but isn't whole");
        }
        byte[] row = new byte[length];
        bytes.get(row);
        return new Content(model, version, weights, precision, SequenceRow.copyOf(MemorySegment.ofArray(row)));
    }

    private static String text(ByteBuffer bytes) {
        byte[] text = new byte[Math.min(bytes.getInt() & Integer.MAX_VALUE, bytes.remaining())];
        bytes.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }

    private static SequenceException.BadState refusal(String why) {
        return new SequenceException.BadState("the state can't be taken over: " + why);
    }
}
