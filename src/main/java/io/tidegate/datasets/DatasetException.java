package io.tidegate.datasets;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Something asked of the datasets that can't be done. The message is for the caller. */
public abstract sealed class DatasetException extends RuntimeException {

    DatasetException(String message) {
        super(message);
    }

    DatasetException(String message, Throwable cause) {
        super(message, cause);
    }

    /** No such dataset. */
    public static final class NotFound extends DatasetException {
        NotFound(String message) {
            super(message);
        }
    }

    /** It is built in, in use, or there already as something else. */
    public static final class Conflict extends DatasetException {
        Conflict(String message) {
            super(message);
        }
    }

    /** Larger than {@code tidegate.limits.max-dataset}. */
    public static final class TooLarge extends DatasetException {
        TooLarge(String part, long limit) {
            super("expected the part '" + part + "' to be at most " + limit
                    + " bytes, inflated (tidegate.limits.max-dataset), got more");
        }
    }

    /** The disk is full, or a quota is used up. */
    public static final class NoSpace extends DatasetException {
        NoSpace(Throwable cause) {
            super(
                    "the dataset can't be kept: the server's disk is full or over its quota; delete what isn't needed or"
                            + " enlarge it. Nothing of the upload was kept",
                    cause);
        }
    }

    /** What is on the disk isn't what was stored there. */
    public static final class Damaged extends DatasetException {
        Damaged(String id, String what) {
            super("dataset '" + id + "' is damaged on the server's disk: " + what + "; delete it and upload it again");
        }
    }

    /** An id that no dataset can have, or an upload with something wrong in it. */
    public static final class Refused extends DatasetException {

        /** Most problems that one refusal lists. */
        public static final int MOST = 20;

        /**
         * One thing that is wrong.
         *
         * @param part the upload's part; empty where it is none of them
         * @param line from 1; null where there is none
         */
        public record Problem(String part, @Nullable Long line, String detail) {}

        private final transient List<Problem> problems;

        Refused(String part, String detail) {
            super(part.isEmpty() ? detail : "part '" + part + "': " + detail);
            this.problems = part.isEmpty() ? List.of() : List.of(new Problem(part, null, detail));
        }

        /** @param problems at least one */
        Refused(List<Problem> problems, boolean more) {
            super("the dataset is refused: " + said(problems.getFirst())
                    + (problems.size() == 1
                            ? ""
                            : "; and " + (problems.size() - 1) + (more ? " more before reading stopped" : " more"))
                    + ". Nothing of it was kept");
            this.problems = List.copyOf(problems);
        }

        private static String said(Problem problem) {
            return problem.line() == null ? problem.detail() : "line " + problem.line() + ": " + problem.detail();
        }

        /** At most {@value #MOST}. */
        public List<Problem> problems() {
            return problems;
        }
    }
}
