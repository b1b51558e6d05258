package io.tidegate.training.recipe;

import io.tidegate.datasets.Dataset;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Function;

/** All recipes, in the order in which they are shown. */
public record Recipes(List<Recipe> all) {

    public Recipes {
        all = List.copyOf(all);
    }

    /**
     * @param datasets by id, or a {@link io.tidegate.datasets.DatasetException}
     * @param executor where what no engine trains does its work
     */
    public static Recipes builtIn(Function<String, Dataset> datasets, Executor executor) {
        Uploads uploads = new Uploads(datasets);
        return new Recipes(List.of(
                new AddingRecipe(),
                new CopyingRecipe(),
                new ImageRecipe(false, uploads),
                new ImageRecipe(true, uploads),
                new CharacterRecipe(uploads),
                new CaptioningRecipe(executor, uploads::captions),
                new ClassifyRecipe(uploads),
                new ForecastRecipe(uploads)));
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
