package io.tidegate.training.recipe;

/** A recipe whose task a stacked network on an engine learns. */
interface NetworkRecipe extends Recipe {

    /** Opens the data. */
    NetworkTask task(Assignment assignment);

    @Override
    default Plan plan(Assignment assignment) {
        return new NetworkPlan(assignment, task(assignment));
    }

    /** Refuses a dataset where the recipe makes its data up. */
    static void requireNoDataset(Recipe recipe, Assignment assignment) {
        if (assignment.dataset() != null) {
            throw new InvalidParametersException(
                    "/dataset",
                    "expected none, as '" + recipe.name() + "' makes its data up, got '" + assignment.dataset() + "'");
        }
    }
}
