package io.tidegate.training.experiments;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is compared, with nothing left open.
 *
 * @param comparedTo the cell that the others are compared with
 * @param parameters as the caller gave them
 */
public record ExperimentRequest(
        String recipe,
        List<CellSetting> cells,
        String comparedTo,
        List<Long> seeds,
        Match match,
        ObjectNode parameters,
        @Nullable String preset,
        @Nullable String dataset,
        String model) {

    public ExperimentRequest {
        cells = List.copyOf(cells);
        seeds = List.copyOf(seeds);
    }

    /** What the cells have in common beside data, order and budget. */
    public enum Match {
        HIDDEN,
        PARAMETERS;

        /** As requests and reports have it. */
        @JsonValue
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * @param hiddenSize units of each layer
     * @param weights of the whole network, as the recipe estimates them
     */
    public record CellSetting(String cell, int hiddenSize, long weights) {}
}
