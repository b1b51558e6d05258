package io.tidegate.training.recipe;

import io.tidegate.core.cell.CellType;
import org.jspecify.annotations.Nullable;

/**
 * What a recipe is asked to train.
 *
 * @param seed of everything random: weights, order, dropout, generated data
 * @param dataset the id of a built-in or uploaded dataset; null for the one the recipe takes by itself
 */
public record Assignment(
        CellType cell,
        long seed,
        Parameters parameters,
        @Nullable String dataset) {}
