package io.tidegate.sequences;

import io.tidegate.sequences.SequenceRow.Stamp;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A live sequence in its slot: what the store knows of it, its id, its row. A view, made where it is needed; what it shows is guarded
 * by the sequence's shard.
 */
final class Live {

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;

    private static final long ASKED_FOR = 0,
            NEXT = 8,
            PREVIOUS = 12,
            HASH = 16,
            MODEL = 20,
            ROW_BYTES = 24,
            SEGMENT = 28,
            BUCKET = 32,
            ID_BYTES = 34,
            CHANGED = 36,
            ID = 40;

    private final int slot;
    private final MemorySegment memory;

    private Live(int slot, MemorySegment memory) {
        this.slot = slot;
        this.memory = memory;
    }

    static Live in(Slabs slabs, int slot) {
        return new Live(slot, slabs.memory(slot));
    }

    /** Bytes of a slot for such an id and row. */
    static long bytes(int idBytes, long rowBytes) {
        return rowAt(idBytes) + rowBytes;
    }

    private static long rowAt(int idBytes) {
        return ID + (idBytes + 7L) / 8 * 8;
    }

    /** Writes all of it into a slot of zeros. */
    static Live made(Slabs slabs, Id id, SequenceRow row) {
        Live live = in(slabs, slabs.take(bytes(id.bytes().length, row.bytes())));
        live.memory.set(INT, HASH, id.hash());
        live.memory.set(INT, MODEL, id.model());
        live.memory.set(SHORT, ID_BYTES, (short) id.bytes().length);
        MemorySegment.copy(id.bytes(), 0, live.memory, ValueLayout.JAVA_BYTE, ID, id.bytes().length);
        live.row(row);
        return live;
    }

    /** The same sequence in another slot, with room for such a row; not yet where this one is linked. */
    Live moved(Slabs slabs, long rowBytes) {
        Live larger = in(slabs, slabs.take(bytes(idBytes(), rowBytes)));
        larger.memory.copyFrom(memory.asSlice(0, rowAt(idBytes())));
        return larger;
    }

    int slot() {
        return slot;
    }

    boolean is(Id id) {
        return model() == id.model()
                && idBytes() == id.bytes().length
                && MemorySegment.mismatch(memory, ID, ID + idBytes(), MemorySegment.ofArray(id.bytes()), 0, idBytes())
                        < 0;
    }

    String id() {
        return Id.text(memory.asSlice(ID, idBytes()).toArray(ValueLayout.JAVA_BYTE));
    }

    private int idBytes() {
        return memory.get(SHORT, ID_BYTES);
    }

    int hash() {
        return memory.get(INT, HASH);
    }

    /** The model's number in this process. */
    int model() {
        return memory.get(INT, MODEL);
    }

    /** When somebody did last, in the store's nanoseconds. */
    long askedFor() {
        return memory.get(ValueLayout.JAVA_LONG, ASKED_FOR);
    }

    void askedFor(long nanos) {
        memory.set(ValueLayout.JAVA_LONG, ASKED_FOR, nanos);
    }

    // --- its row ---

    int rowBytes() {
        return memory.get(INT, ROW_BYTES);
    }

    /** Where the row is. */
    MemorySegment row() {
        return memory.asSlice(rowAt(idBytes()), rowBytes());
    }

    void row(SequenceRow row) {
        memory.set(INT, ROW_BYTES, Math.toIntExact(row.bytes()));
        row().copyFrom(row.memory());
    }

    Stamp stamp() {
        return SequenceRow.stamp(row());
    }

    int version() {
        return SequenceRow.version(row());
    }

    /** Bytes of the slot. */
    long slotBytes() {
        return memory.byteSize();
    }

    // --- for the journal ---

    /** Whether it has heard of a change whose row it hasn't written. */
    boolean changed() {
        return memory.get(ValueLayout.JAVA_BYTE, CHANGED) != 0;
    }

    void changed(boolean changed) {
        memory.set(ValueLayout.JAVA_BYTE, CHANGED, (byte) (changed ? 1 : 0));
    }

    /** The file that has its last written row; 0 for none. */
    int segment() {
        return memory.get(INT, SEGMENT);
    }

    void segment(int number) {
        memory.set(INT, SEGMENT, number);
    }

    // --- for the wheel ---

    int next() {
        return memory.get(INT, NEXT);
    }

    void next(int slot) {
        memory.set(INT, NEXT, slot);
    }

    int previous() {
        return memory.get(INT, PREVIOUS);
    }

    void previous(int slot) {
        memory.set(INT, PREVIOUS, slot);
    }

    int bucket() {
        return memory.get(SHORT, BUCKET);
    }

    void bucket(int number) {
        memory.set(SHORT, BUCKET, (short) number);
    }
}
