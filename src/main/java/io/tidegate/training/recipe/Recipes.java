package io.tidegate.training.recipe;

import java.util.List;

/** All recipes, in the order in which they are shown. */
public record Recipes(List<Recipe> all) {

    public Recipes {
        all = List.copyOf(all);
    }

    public static Recipes builtIn() {
        return new Recipes(List.of(new AddingRecipe(), new CopyingRecipe()));
    }

    /** @throws InvalidParametersException if there is none of that name */
    public Recipe named(String name) {
        return all.stream()
                .filter(recipe -> recipe.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new InvalidParametersException(
                        "/recipe",
                        "expected one of "
                                + String.join(
                                        ", ", all.stream().map(Recipe::name).toList()) + ", got '" + name + "'"));
    }
}
