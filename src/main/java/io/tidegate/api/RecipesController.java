package io.tidegate.api;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.training.recipe.Recipes;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** What can be trained. */
@RestController
@Tag(name = "Training", description = "Recipes say what can be trained, jobs train it.")
class RecipesController {

    @Schema(name = "RecipeList")
    record RecipeList(List<TrainingViews.RecipeView> recipes) {}

    private final Recipes recipes;

    RecipesController(Recipes recipes) {
        this.recipes = recipes;
    }

    @GetMapping(path = "/api/v1/recipes", produces = "application/json")
    @Operation(operationId = "listRecipes", summary = "Every recipe with its parameters, presets and data formats")
    RecipeList list() {
        return new RecipeList(recipes.all().stream().map(TrainingViews::recipe).toList());
    }

    @GetMapping(path = "/api/v1/recipes/{recipe}", produces = "application/json")
    @Operation(operationId = "getRecipe", summary = "One recipe")
    TrainingViews.RecipeView get(@PathVariable String recipe) {
        return recipes.all().stream()
                .filter(each -> each.name().equals(recipe))
                .findFirst()
                .map(TrainingViews::recipe)
                .orElseThrow(() -> new ResponseStatusException(
                        HttpStatus.NOT_FOUND, "there is no recipe of that name; GET /api/v1/recipes lists them"));
    }
}
