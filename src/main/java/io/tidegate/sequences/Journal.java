package io.tidegate.sequences;

import java.util.function.Supplier;
import java.util.stream.Stream;

/** What outlives the process of a {@link MemoryStore}'s sequences. Told of each change under the sequence's lock. */
interface Journal {

    interface Opening {
        /** Opens it, and hands over what it holds. */
        Journal open(Recovery recovery);
    }

    /** Hears what an earlier process left. */
    interface Recovery {
        void live(SequenceKey key, SequenceRow row);

        /** Steps that were answered, or its start, didn't survive. */
        void lost(SequenceKey key);

        void ended(SequenceKey key);
    }

    /** Nothing outlives it. For tests. */
    Journal NONE = new Journal() {
        @Override
        public void changed(MemoryStore.Live live, SequenceRow row) {}

        @Override
        public void ended(MemoryStore.Live live) {}

        @Override
        public void await() {}

        @Override
        public void close(Supplier<Stream<MemoryStore.Live>> live) {}
    };

    /** A sequence begins, or gets a new row; if this throws, it doesn't. */
    void changed(MemoryStore.Live live, SequenceRow row);

    /** A sequence ends, or is given up; none of its id has begun since. */
    void ended(MemoryStore.Live live);

    /** Returns when what this thread told is as durable as a caller may count on. */
    void await();

    /** A graceful stop: keeps everything. */
    void close(Supplier<Stream<MemoryStore.Live>> live);
}
