package io.tidegate.datasets;

/** An opened dataset. Any number of threads may read it; close it when none does any more. */
public sealed interface DatasetContent extends AutoCloseable permits SequenceData, TextData, CaptionContent {

    /** Unmaps its files. A read after this throws IllegalStateException. */
    @Override
    void close();
}
