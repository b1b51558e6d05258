package io.tidegate.training.jobs;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a caller asks to be trained. Only the recipe is needed.
 *
 * @param model the name to publish under; {@code {recipe}-{cell}} where there is none
 * @param cell {@code wm} where there is none
 * @param seed 1 where there is none
 * @param preset {@code full} where there is none
 * @param parameters that differ from the preset's
 */
public record JobDraft(
        @Nullable String recipe,
        @Nullable String model,
        @Nullable String cell,
        @Nullable Long seed,
        @Nullable String preset,
        @Nullable ObjectNode parameters,
        @Nullable String dataset,
        @Nullable PublishDraft publish) {

    /** @param when {@code always} or {@code better}; always where there is none */
    public record PublishDraft(
            @Nullable String alias, @Nullable String when) {}
}
