package io.tidegate.sequences;

class HeapStoreTest extends SequenceStoreContract {

    private final HeapStore store = new HeapStore(this::gone);

    @Override
    SequenceStore store() {
        return store;
    }
}
