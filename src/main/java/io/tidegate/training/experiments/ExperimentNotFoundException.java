package io.tidegate.training.experiments;

/** No such experiment. The message is for the caller. */
public final class ExperimentNotFoundException extends RuntimeException {
    ExperimentNotFoundException(String id) {
        super("there is no experiment '" + (id.length() <= 100 ? id : id.substring(0, 100) + "…") + "'");
    }
}
