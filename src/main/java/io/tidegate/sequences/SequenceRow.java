package io.tidegate.sequences;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Everything that is kept of one sequence, in one piece of memory whose size the model gives: a header, the head's output after
 * the last step, and the state. Little-endian, every part at a multiple of 8 bytes.
 *
 * <p>A row belongs to whoever holds it: stores copy on the way in and on the way out.
 */
public final class SequenceRow {

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final long INCARNATION = 0,
            STEPS = 8,
            TOUCHED = 16,
            VERSION = 24,
            REQUEST = 32, // 16 bytes
            INPUTS = 48, // 16 bytes
            REQUEST_STEPS = 64,
            LOG_LIKELIHOOD = 72,
            WEIGHTS = 80;

    /** Bytes of the header. */
    public static final int HEADER = 96;

    private final MemorySegment memory;

    private SequenceRow(MemorySegment memory) {
        this.memory = memory;
    }

    /** A row of zeros. */
    public static SequenceRow ofBytes(long bytes) {
        return new SequenceRow(MemorySegment.ofArray(new long[Math.toIntExact((bytes + 7) / 8)]));
    }

    /** A row that holds a copy of these bytes. */
    public static SequenceRow copyOf(MemorySegment bytes) {
        SequenceRow row = ofBytes(bytes.byteSize());
        MemorySegment.copy(bytes, 0, row.memory, 0, bytes.byteSize());
        return row;
    }

    public SequenceRow copy() {
        return copyOf(memory);
    }

    /** All of it, 8-byte aligned. */
    public MemorySegment memory() {
        return memory;
    }

    public long bytes() {
        return memory.byteSize();
    }

    /** Which row this is, as far as a store must know it to let nobody overwrite another's work. */
    public Stamp stamp() {
        return new Stamp(incarnation(), steps());
    }

    /** Of a row whose header this is. */
    static Stamp stamp(MemorySegment header) {
        return new Stamp(header.get(LONG, INCARNATION), header.get(LONG, STEPS));
    }

    /** The version of a row whose memory this is. */
    static int version(MemorySegment row) {
        return Math.toIntExact(row.get(LONG, VERSION));
    }

    /**
     * @param incarnation drawn at random at each start, so that an id that ended and began again isn't taken for what it was
     * @param steps the sequence has made
     */
    public record Stamp(long incarnation, long steps) {}

    /** Never 0. */
    public long incarnation() {
        return memory.get(LONG, INCARNATION);
    }

    public void incarnation(long value) {
        memory.set(LONG, INCARNATION, value);
    }

    public long steps() {
        return memory.get(LONG, STEPS);
    }

    public void steps(long value) {
        memory.set(LONG, STEPS, value);
    }

    /** When the last request came, in milliseconds since 1970. */
    public long touched() {
        return memory.get(LONG, TOUCHED);
    }

    public void touched(long millis) {
        memory.set(LONG, TOUCHED, millis);
    }

    /** The model's version that it began with. */
    public int version() {
        return Math.toIntExact(memory.get(LONG, VERSION));
    }

    public void version(int number) {
        memory.set(LONG, VERSION, number);
    }

    /** The first 8 bytes of that version's weights' SHA-256. */
    public long weights() {
        return memory.get(LONG, WEIGHTS);
    }

    public void weights(long digest) {
        memory.set(LONG, WEIGHTS, digest);
    }

    /** Of the last request's id; {@link Digest#NONE} where it had none. */
    public Digest request() {
        return digest(REQUEST);
    }

    public void request(Digest id) {
        digest(REQUEST, id);
    }

    /** Of the last request's inputs. */
    public Digest inputs() {
        return digest(INPUTS);
    }

    public void inputs(Digest inputs) {
        digest(INPUTS, inputs);
    }

    /** Steps that the last request made. */
    public int requestSteps() {
        return Math.toIntExact(memory.get(LONG, REQUEST_STEPS));
    }

    public void requestSteps(int steps) {
        memory.set(LONG, REQUEST_STEPS, steps);
    }

    /** Σ log p of characters 2 … n, in nats; of a language model. */
    public double logLikelihood() {
        return memory.get(DOUBLE, LOG_LIKELIHOOD);
    }

    public void logLikelihood(double value) {
        memory.set(DOUBLE, LOG_LIKELIHOOD, value);
    }

    private Digest digest(long at) {
        return new Digest(memory.get(LONG, at), memory.get(LONG, at + 8));
    }

    private void digest(long at, Digest digest) {
        memory.set(LONG, at, digest.high());
        memory.set(LONG, at + 8, digest.low());
    }

    /** Half of a SHA-256. */
    public record Digest(long high, long low) {
        public static final Digest NONE = new Digest(0, 0);

        public static Digest of(byte[] bytes) {
            return of(sha256(), bytes);
        }

        /** @param begun a SHA-256 that has seen what comes before */
        public static Digest of(MessageDigest begun, byte[] last) {
            ByteBuffer digest = ByteBuffer.wrap(begun.digest(last));
            return new Digest(digest.getLong(), digest.getLong());
        }

        public static MessageDigest sha256() {
            try {
                return MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java has SHA-256", e);
            }
        }
    }
}
