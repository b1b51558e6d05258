package io.tidegate.sequences;

import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What outlives the process of a {@link MemoryStore}'s sequences. */
interface Journal {

    interface Opening {
        /** Opens it, and tells the store what it holds. */
        Journal open(Rows rows);
    }

    /** The store, as its journal sees it. */
    interface Rows {

        // What an earlier process left, in the order in which it happened.

        /** @param segment {@link Live#segment} of it */
        void live(SequenceKey key, SequenceRow row, int segment);

        /** What is known of its row is older than an answer. */
        void lost(SequenceKey key);

        void over(SequenceKey key, Over over);

        /** All that are live by now. */
        void allLost();

        // What the journal asks for later.

        SequenceKey key(Live live);

        /** {@link #eachToWrite} will give it. */
        void toWrite(Live live);

        /** Gives each that was noted and isn't written, with its lock. */
        void eachToWrite(Consumer<Live> write);

        /** Gives all, each with its lock. */
        void each(Consumer<Live> write);

        /** Gives the live one of that name, or null, with its lock. */
        void at(SequenceKey key, Consumer<@Nullable Live> then);

        /** Whether somebody who asks for one that isn't live is told what became of it. */
        boolean remembers(SequenceKey key);

        /** That live sequences take. */
        long bytes();
    }

    /**
     * A sequence is live no more.
     *
     * @param at when
     * @param idle how long nobody had asked for it, if that is why; null if it ended
     */
    record Over(Instant at, @Nullable Duration idle) {}

    /** Nothing outlives it. For tests. */
    Journal NONE = new Journal() {
        @Override
        public void changed(SequenceKey key, Live live, SequenceRow row) {}

        @Override
        public void over(SequenceKey key, Over over) {}

        @Override
        public void await() {}

        @Override
        public void check() {}

        @Override
        public void requireWriting() {}

        @Override
        public void close() {}
    };

    /** A sequence begins, or gets a new row; if this throws, it doesn't. Called with its lock, before its row is there. */
    void changed(SequenceKey key, Live live, SequenceRow row);

    /** A sequence ends, or is given up; if this throws, it isn't. Called with its lock. */
    void over(SequenceKey key, Over over);

    /** Returns when what this thread told is as durable as a caller may count on. */
    void await();

    /** Throws if what was told isn't as durable as callers may count on, and can't be made so: nothing is to be answered then. */
    void check();

    /** Throws while what it is told can't be written. */
    void requireWriting();

    /** A graceful stop: keeps everything. */
    void close();
}
