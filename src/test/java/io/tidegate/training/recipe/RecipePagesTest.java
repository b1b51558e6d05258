package io.tidegate.training.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.training.recipe.Parameter.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** docs/recipes has a page for each recipe, whose table of parameters is the recipe's. */
class RecipePagesTest {

    private static final String MARK = "<!-- generated from the recipe; RecipePagesTest compares -->\n";
    private static final Path PAGES = Path.of("docs", "recipes");

    private static final Recipes RECIPES = Recipes.builtIn(
            id -> {
                throw new AssertionError(id);
            },
            Runnable::run);

    @Test
    void everyRecipeHasAPageWithItsParameters() throws Exception {
        for (Recipe recipe : RECIPES.all()) {
            Path page = PAGES.resolve(recipe.name() + ".md");
            String text = Files.readString(page);
            String written = text.substring(text.indexOf(MARK) + MARK.length());
            String expected = table(recipe.parameters());
            if (Boolean.getBoolean("tidegate.write-recipe-pages")) {
                Files.writeString(page, text.substring(0, text.indexOf(MARK) + MARK.length()) + expected);
            } else {
                assertThat(written).as("docs/recipes/%s.md", recipe.name()).isEqualTo(expected);
            }
        }
    }

    @Test
    void noPageIsOfARecipeThatIsGone() throws Exception {
        try (var pages = Files.list(PAGES)) {
            List<String> named = pages.map(page -> page.getFileName().toString().replace(".md", ""))
                    .toList();
            assertThat(named)
                    .containsExactlyInAnyOrderElementsOf(
                            RECIPES.all().stream().map(Recipe::name).toList());
        }
    }

    private static String table(ParameterSet set) {
        StringBuilder table =
                new StringBuilder("\n| parameter | accepted | default | meaning |\n| --- | --- | --- | --- |\n");
        for (Parameter parameter : set.parameters()) {
            table.append("| `%s` | %s | `%s` | %s |%n"
                    .formatted(
                            parameter.name(),
                            accepted(parameter.kind()),
                            parameter.standard(),
                            parameter.description()));
        }
        table.append("\nPresets, by what they change:\n\n");
        set.presets().forEach((name, changes) -> table.append("- `%s`: %s%n".formatted(name, changes(changes))));
        return table.toString();
    }

    private static String changes(Map<String, Object> changes) {
        List<String> each = new TreeMap<>(changes)
                .entrySet().stream()
                        .map(change -> "`%s` %s".formatted(change.getKey(), change.getValue()))
                        .toList();
        return each.isEmpty() ? "the defaults" : String.join(", ", each);
    }

    private static String accepted(Kind kind) {
        return switch (kind) {
            case Kind.Whole(long min, long max) -> min + " … " + (max == Long.MAX_VALUE ? "" : max);
            case Kind.Real(double min, double max, boolean aboveMin) -> (aboveMin ? "> " : "") + min + " … " + max;
            case Kind.Flag() -> "`true`, `false`";
            case Kind.Choice(List<String> values) -> "`" + String.join("`, `", values) + "`";
            case Kind.Text(String pattern) -> "text matching `" + pattern + "`";
        };
    }
}
