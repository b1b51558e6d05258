package io.tidegate.sequences;

import java.time.Duration;

class HeapStoreTest extends SequenceStoreContract {

    private final HeapStore store = new HeapStore(_ -> {});

    @Override
    protected SequenceStore open() {
        return store;
    }

    @Override
    protected void passIdleTime() {
        store.list(BRIEF, Integer.MAX_VALUE, null)
                .forEach(entry -> store.expire(new SequenceKey(BRIEF, entry.id()), Duration.ofMinutes(1)));
    }
}
