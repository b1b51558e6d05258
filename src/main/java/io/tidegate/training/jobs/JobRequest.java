package io.tidegate.training.jobs;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is to be trained, with nothing left open.
 *
 * @param model the name under which the best weights are published
 * @param parameters all of the recipe's, by name
 * @param dataset the id of a built-in or uploaded dataset; null for a recipe that needs none
 * @param publish which alias moves to the new version, and when; null for none
 */
public record JobRequest(
        String recipe,
        String model,
        String cell,
        long seed,
        @Nullable String preset,
        SortedMap<String, Object> parameters,
        @Nullable String dataset,
        @Nullable Publish publish) {

    public JobRequest {
        parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
    }

    /** An alias, and when it moves. */
    public record Publish(String alias, When when) {

        public enum When {
            ALWAYS,
            /** When the validation metric beats that of the version the alias points to, on the same data. */
            BETTER
        }
    }
}
