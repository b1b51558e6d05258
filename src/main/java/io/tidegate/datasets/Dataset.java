package io.tidegate.datasets;

import java.util.function.Supplier;

/** Data to train on: what they are, and a way to open them. */
public final class Dataset {

    private final DatasetSummary summary;
    private final Supplier<DatasetContent> content;

    Dataset(DatasetSummary summary, Supplier<DatasetContent> content) {
        this.summary = summary;
        this.content = content;
    }

    /** {@code sha256:…}, or the name of a built-in one. */
    public String id() {
        return summary.id();
    }

    public String name() {
        return summary.name();
    }

    public boolean builtIn() {
        return summary.builtIn();
    }

    /** {@code sha256:…}: the same bytes have the same one, whatever their names. */
    public String digest() {
        return summary.digest();
    }

    public DatasetSummary summary() {
        return summary;
    }

    /**
     * Opens the data, which stay readable until they are closed, even where the dataset is deleted meanwhile.
     *
     * @throws DatasetException.Damaged where the files on the disk aren't what was stored
     */
    public DatasetContent open() {
        return content.get();
    }
}
