package io.tidegate.sequences;

import io.tidegate.core.engine.States;
import io.tidegate.sequences.SequenceException.BadState;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * A sequence's state as it leaves the server: opaque to whoever keeps it, signed, tied to its model's weights.
 *
 * <p>Big-endian: {@code TGSQ}, format version (1 byte), the signing key's id (8 bytes); then model and sequence id (UTF-8, each
 * after its length in 2 bytes), the model's version (4), the SHA-256 of its weights (32), the precision of the state (1), the row
 * after its length (4); then the HMAC-SHA-256 of all that (32). Everything up to the key's id is at a fixed place; nothing else is
 * looked at before the signature is found right.
 *
 * <p>A blob says where it comes from, not where it may go: it may be put under another id, on another server that has the key, and
 * more than once. So whoever holds one may bring a sequence back to an earlier step. A blob isn't secret: it holds the state in
 * clear.
 */
final class StateBlob {

    private static final byte[] MAGIC = {'T', 'G', 'S', 'Q'};
    private static final byte FORMAT = 1;
    private static final int KEY = MAGIC.length + 1;
    private static final int START = KEY + SigningKeys.ID;
    private static final int SHA256 = 32;

    /** A blob of an empty row with empty names is this long. */
    private static final int SHORTEST = START + 2 + 2 + 4 + SHA256 + 1 + 4 + SequenceRow.HEADER + SigningKeys.SIGNATURE;

    /**
     * @param key where it was taken
     * @param version the model's there; the same weights may have another number here
     * @param weightsSha256 of that version's weights file, in hexadecimal
     * @param precision of the state in the row
     * @param row nobody else's
     */
    record Opened(SequenceKey key, int version, String weightsSha256, States.Precision precision, SequenceRow row) {

        /**
         * Refuses what doesn't fit.
         *
         * @param model name
         * @param weights of the version that is to go on with it, in hexadecimal
         * @param engine precision of the states of the engine that runs it
         * @param rowBytes of a row of that version
         */
        void mustFit(String model, String weights, States.Precision engine, long rowBytes) {
            if (!key.model().equals(model)) {
                throw new BadState("is of model '" + key.model() + "', not of '" + model
                        + "'; put it under the model that it is of");
            }
            if (!weightsSha256.equals(weights)) {
                throw new BadState("is of version " + version + " with weights of SHA-256 " + weightsSha256
                        + ", not of " + weights + "; put it where that version is served");
            }
            if (precision != engine) {
                throw new BadState("is in " + precision + ", and the engine that serves the model here takes " + engine
                        + "; put it where the same engine serves it");
            }
            if (row.bytes() != rowBytes) {
                throw new BadState("has a row of " + row.bytes() + " bytes, and the model's have " + rowBytes);
            }
        }
    }

    private final SigningKeys keys;
    private final long maxBytes;

    /** @param maxBytes largest blob that is opened */
    StateBlob(SigningKeys keys, long maxBytes) {
        this.keys = keys;
        this.maxBytes = maxBytes;
    }

    /**
     * @param weightsSha256 of the weights file of the version that the row names, in hexadecimal
     * @param precision of the state in the row
     */
    byte[] seal(SequenceKey key, String weightsSha256, States.Precision precision, SequenceRow row) {
        byte[] model = key.model().getBytes(StandardCharsets.UTF_8);
        byte[] id = key.id().getBytes(StandardCharsets.UTF_8);
        byte[] weights = HexFormat.of().parseHex(weightsSha256);
        if (model.length > 0xFFFF || id.length > 0xFFFF || weights.length != SHA256) {
            throw new IllegalArgumentException("names of " + model.length + " and " + id.length + " bytes, a digest of "
                    + weights.length + ": the longest are 65535 and 65535, the digest has 32");
        }
        long size = (long) SHORTEST - SequenceRow.HEADER + model.length + id.length + row.bytes();
        if (size > maxBytes) {
            throw new BadState("has " + size + " bytes; the largest that is handed over has " + maxBytes);
        }
        SigningKeys.Key signing = keys.current();
        ByteBuffer blob = ByteBuffer.allocate(Math.toIntExact(size));
        blob.put(MAGIC).put(FORMAT).put(signing.id());
        blob.putShort((short) model.length).put(model);
        blob.putShort((short) id.length).put(id);
        blob.putInt(row.version()).put(weights).put(code(precision));
        blob.putInt(Math.toIntExact(row.bytes())).put(row.memory().toArray(ValueLayout.JAVA_BYTE));
        blob.put(signing.sign(blob.duplicate().flip()));
        return blob.array();
    }

    /** @throws BadState that says which of its rules the blob breaks */
    Opened open(byte[] blob) {
        if (blob.length > maxBytes) {
            throw new BadState("has " + blob.length + " bytes; the largest that is taken has " + maxBytes);
        }
        if (blob.length < MAGIC.length || !Arrays.equals(blob, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new BadState("isn't a state of a sequence; put the bytes that GET …/state gave, unchanged");
        }
        if (blob.length > MAGIC.length && blob[MAGIC.length] != FORMAT) {
            throw new BadState("has format " + Byte.toUnsignedInt(blob[MAGIC.length]) + "; this server reads format "
                    + FORMAT + ": take it with a server of the same release");
        }
        if (blob.length < SHORTEST) {
            throw new BadState(
                    "is cut short at " + blob.length + " bytes; put the bytes that GET …/state gave, unchanged");
        }
        byte[] id = Arrays.copyOfRange(blob, KEY, START);
        List<SigningKeys.Key> named = keys.named(id);
        if (named.isEmpty()) {
            throw new BadState("is signed with key " + HexFormat.of().formatHex(id)
                    + ", which this server doesn't have; give both servers the same tidegate.sequences.signing-key,"
                    + " or this one the other's as previous-signing-key");
        }
        int signed = blob.length - SigningKeys.SIGNATURE;
        byte[] signature = named.getFirst().sign(ByteBuffer.wrap(blob, 0, signed));
        if (!MessageDigest.isEqual(signature, Arrays.copyOfRange(blob, signed, blob.length))) {
            throw new BadState(
                    "has a wrong signature: it was changed or cut short; put the bytes that GET …/state gave, unchanged");
        }
        return parse(ByteBuffer.wrap(blob, START, signed - START));
    }

    /** What this server or one with its key has signed; other lengths than ours would be a fault of that server. */
    private static Opened parse(ByteBuffer blob) {
        try {
            String model = text(blob);
            String id = text(blob);
            int version = blob.getInt();
            byte[] weights = new byte[SHA256];
            blob.get(weights);
            States.Precision precision = precision(blob.get());
            int rowBytes = blob.getInt();
            if (rowBytes != blob.remaining() || rowBytes < SequenceRow.HEADER || rowBytes % 8 != 0) {
                throw malformed();
            }
            SequenceRow row = SequenceRow.copyOf(MemorySegment.ofBuffer(blob));
            if (row.version() != version || row.incarnation() == 0 || row.steps() < 0) {
                throw malformed();
            }
            return new Opened(
                    new SequenceKey(model, id), version, HexFormat.of().formatHex(weights), precision, row);
        } catch (BufferUnderflowException | ArithmeticException | CharacterCodingException _) {
            throw malformed();
        }
    }

    private static BadState malformed() {
        return new BadState("is rightly signed and yet not of this format; take it anew from a server of this release");
    }

    private static String text(ByteBuffer blob) throws CharacterCodingException {
        int length = Short.toUnsignedInt(blob.getShort());
        if (length > blob.remaining()) {
            throw new BufferUnderflowException();
        }
        ByteBuffer utf8 = blob.slice(blob.position(), length);
        blob.position(blob.position() + length);
        return StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .decode(utf8)
                .toString();
    }

    private static byte code(States.Precision precision) {
        return switch (precision) {
            case FLOAT32 -> 4;
            case FLOAT64 -> 8;
        };
    }

    private static States.Precision precision(byte code) {
        return switch (code) {
            case 4 -> States.Precision.FLOAT32;
            case 8 -> States.Precision.FLOAT64;
            default -> throw malformed();
        };
    }
}
