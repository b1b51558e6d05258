package io.tidegate.training.jobs;

import io.tidegate.training.recipe.InvalidParametersException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Objects;

/** What ended a job, in words for whoever submitted it. */
final class JobFailure {

    private static final String DISK_FULL = "no space left on device";

    /** The data couldn't be opened. */
    static final class DataUnavailable extends RuntimeException {
        DataUnavailable(RuntimeException cause) {
            super(cause);
        }
    }

    private JobFailure() {}

    static JobError of(Throwable thrown) {
        for (Throwable e = thrown; e != null; e = e.getCause()) {
            switch (e) {
                case InvalidParametersException invalid -> {
                    return JobError.data(Objects.requireNonNullElse(invalid.getMessage(), "") + "; submit it anew");
                }
                case DataUnavailable _ -> {
                    return diskFull(e)
                            ? JobError.diskFull("the dataset's copy")
                            : JobError.data(
                                    "the dataset can't be read; the server's log says why; upload it again and submit the job anew");
                }
                case UncheckedIOException io -> {
                    String what = Objects.requireNonNullElse(io.getMessage(), "a file");
                    return diskFull(io) ? JobError.diskFull(what) : JobError.disk(what);
                }
                case IOException io -> {
                    return diskFull(io) ? JobError.diskFull("a file") : JobError.disk("a file");
                }
                case OutOfMemoryError _ -> {
                    return JobError.memory(
                            "the worker's heap doesn't hold it beside what else runs; make the batch, the"
                                    + " sequences or the network smaller, or give the server more memory");
                }
                default -> {}
            }
        }
        return JobError.internal();
    }

    private static boolean diskFull(Throwable thrown) {
        for (Throwable e = thrown; e != null; e = e.getCause()) {
            if (e.getMessage() != null
                    && e.getMessage().toLowerCase(Locale.ROOT).contains(DISK_FULL)) {
                return true;
            }
        }
        return false;
    }
}
