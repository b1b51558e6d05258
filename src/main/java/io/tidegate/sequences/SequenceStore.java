package io.tidegate.sequences;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where live sequences are kept. Steps of one sequence come one at a time within a process, but another process may share the
 * store: whoever changes a sequence says which row it has seen, and changes nothing if that isn't the one that is kept.
 *
 * <p>A live sequence is never dropped to make room for another. It expires when no request has come for its model's idle time.
 */
public interface SequenceStore extends AutoCloseable {

    /** What is known of an id. */
    sealed interface Found {

        /** @param row a copy */
        record Live(SequenceRow row) implements Found {}

        /** @param last the row after its last step, for a retry of the request that ended it; kept for a minute */
        record Ended(@Nullable SequenceRow last) implements Found {}

        /** @param idle how long no request had come by now */
        record Expired(Duration idle) implements Found {}

        /** Its last steps were lost with the process that made them: {@code tidegate.sequences.durability}. */
        record Lost() implements Found {}

        /** Never started here, or forgotten. */
        record Unknown() implements Found {}
    }

    /** Looks an id up; a live sequence counts as asked for at this moment, and expires from then on. */
    Found find(SequenceKey key);

    /**
     * Keeps a new sequence, or the next row of a live one.
     *
     * @param seen the row that {@link #find} gave; null if it gave no live one
     * @return false if another is kept by now, or none any more; nothing has changed then
     * @throws SequenceException.Limit if there is no room for a new one
     */
    boolean put(SequenceKey key, SequenceRow.@Nullable Stamp seen, SequenceRow next);

    /**
     * Ends a live sequence.
     *
     * @param last the row after its last step, if a retry of the request that ended it must be answered
     * @return as {@link #put}
     */
    boolean end(SequenceKey key, SequenceRow.Stamp seen, @Nullable SequenceRow last);

    /**
     * Live sequences of a model, by id.
     *
     * @param after an id of the page before; null for the first page
     */
    List<Entry> list(String model, int limit, @Nullable String after);

    /** @param bytes that it takes here */
    record Entry(String id, int version, long steps, Duration idle, long bytes) {}

    /** Live sequences of a model's version, as this process knows them. */
    long count(String model, int version);

    /** Live sequences and their bytes by model, as this process knows them; a model may be missing that has none. */
    java.util.Map<String, Usage> usage();

    record Usage(long sequences, long bytes) {
        static final Usage NONE = new Usage(0, 0);
    }

    /** @throws io.tidegate.inference.RefusedException that says why steps can't be kept now */
    default void requireServing() {}

    @Override
    void close();
}
