package io.tidegate.training.experiments;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a caller asks to be compared.
 *
 * @param cells at least two; the others are compared with {@code lstm}, or with the first where it isn't among them
 * @param seeds at least two
 * @param match {@code hidden}: all cells have the same hidden size; {@code parameters}: about as many weights. hidden where there
 *     is none
 * @param parameters that differ from the preset's
 * @param preset {@code full} where there is none
 * @param model the models' names are this and the cell; {@code {recipe}-experiment} where there is none
 */
public record ExperimentDraft(
        @Nullable String recipe,
        @Nullable List<@Nullable String> cells,
        @Nullable List<@Nullable Long> seeds,
        @Nullable String match,
        @Nullable ObjectNode parameters,
        @Nullable String preset,
        @Nullable String dataset,
        @Nullable String model) {}
