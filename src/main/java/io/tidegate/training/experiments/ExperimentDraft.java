package io.tidegate.training.experiments;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a caller asks to be compared: at least two, cells and variants together.
 *
 * @param cells by their names, with the parameters of all
 * @param variants cells with parameters of their own
 * @param comparedTo the name of the cell or variant that the others are compared with; where there is none {@code lstm}, or the
 *     first where that isn't among them
 * @param seeds at least two
 * @param match {@code hidden}: all have the same hidden size; {@code parameters}: about as many weights. hidden where there is none
 * @param parameters that differ from the preset's
 * @param preset {@code full} where there is none
 * @param model the models' names are this and the cell or variant; {@code {recipe}-experiment} where there is none
 */
public record ExperimentDraft(
        @Nullable String recipe,
        @Nullable List<@Nullable String> cells,
        @Nullable List<@Nullable VariantDraft> variants,
        @Nullable String comparedTo,
        @Nullable List<@Nullable Long> seeds,
        @Nullable String match,
        @Nullable ObjectNode parameters,
        @Nullable String preset,
        @Nullable String dataset,
        @Nullable String model) {

    /**
     * @param match the experiment's where there is none
     * @param parameters that differ from the experiment's; one with {@code hiddenSize} isn't matched
     */
    public record VariantDraft(
            @Nullable String name,
            @Nullable String cell,
            @Nullable String match,
            @Nullable ObjectNode parameters) {}
}
