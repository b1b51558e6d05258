package io.tidegate.training.experiments;

import io.tidegate.core.cell.CellType;
import io.tidegate.training.experiments.ExperimentRequest.CellSetting;
import io.tidegate.training.experiments.ExperimentRequest.Match;
import io.tidegate.training.recipe.Assignment;
import io.tidegate.training.recipe.InvalidParametersException;
import io.tidegate.training.recipe.InvalidParametersException.Problem;
import io.tidegate.training.recipe.Parameters;
import io.tidegate.training.recipe.Recipe;
import io.tidegate.training.recipe.Recipes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Makes a request of a draft, or says all that is wrong with it. Its jobs must still be admitted one by one. */
final class ExperimentAdmission {

    private static final String HIDDEN_SIZE = "hiddenSize";

    private final Recipes recipes;

    ExperimentAdmission(Recipes recipes) {
        this.recipes = recipes;
    }

    /** @throws InvalidParametersException with a pointer for each problem */
    ExperimentRequest admit(ExperimentDraft draft) {
        if (draft.recipe() == null) {
            throw new InvalidParametersException("/recipe", "expected the name of a recipe, got none");
        }
        Recipe recipe = recipes.named(draft.recipe());
        List<Problem> problems = new ArrayList<>();
        List<CellType> cells = cells(draft.cells(), problems);
        List<Long> seeds = seeds(draft.seeds(), problems);
        Match match = match(draft.match(), problems);
        Parameters parameters = parameters(recipe, draft, problems);
        if (parameters == null || !problems.isEmpty()) {
            throw new InvalidParametersException(problems);
        }
        String dataset = recipe.dataset(draft.dataset(), draft.preset());
        HiddenSizes sizes =
                new HiddenSizes(cell -> hidden -> weights(recipe, cell, seeds.getFirst(), parameters, hidden, dataset));
        Map<CellType, CellSetting> settings = new LinkedHashMap<>();
        sizes.of(cells, match, parameters.whole(HIDDEN_SIZE))
                .forEach((cell, size) -> settings.put(
                        cell,
                        new CellSetting(
                                cell.toString(),
                                size,
                                weights(recipe, cell, seeds.getFirst(), parameters, size, dataset))));
        CellType reference = cells.contains(CellType.LSTM) ? CellType.LSTM : cells.getFirst();
        return new ExperimentRequest(
                recipe.name(),
                List.copyOf(settings.values()),
                reference.toString(),
                seeds,
                match,
                draft.parameters() == null ? JsonMapper.shared().createObjectNode() : draft.parameters(),
                draft.preset(),
                dataset,
                Objects.requireNonNullElse(draft.model(), recipe.name() + "-experiment"));
    }

    private static long weights(
            Recipe recipe, CellType cell, long seed, Parameters parameters, int hidden, @Nullable String dataset) {
        Parameters sized = parameters.with(Map.of(HIDDEN_SIZE, (long) hidden));
        return recipe.estimate(new Assignment(cell, seed, sized, dataset)).parameters();
    }

    /** The parameters that a cell's jobs are given. */
    static ObjectNode parameters(ExperimentRequest request, CellSetting cell) {
        ObjectNode parameters = request.parameters().deepCopy();
        parameters.put(HIDDEN_SIZE, cell.hiddenSize());
        return parameters;
    }

    private static List<CellType> cells(@Nullable List<@Nullable String> names, List<Problem> problems) {
        List<CellType> cells = new ArrayList<>();
        if (names == null || names.size() < 2) {
            problems.add(new Problem("/cells", "expected at least two cells to compare, got " + size(names)));
        }
        for (int k = 0; names != null && k < names.size(); k++) {
            try {
                CellType cell = CellType.of(Objects.requireNonNullElse(names.get(k), "null"));
                if (cells.contains(cell)) {
                    problems.add(new Problem("/cells/" + k, "expected each cell once, got '" + cell + "' again"));
                }
                cells.add(cell);
            } catch (IllegalArgumentException e) {
                problems.add(new Problem("/cells/" + k, Objects.requireNonNullElse(e.getMessage(), "")));
            }
        }
        return cells;
    }

    private static List<Long> seeds(@Nullable List<@Nullable Long> given, List<Problem> problems) {
        Set<Long> seen = new HashSet<>();
        List<Long> seeds = new ArrayList<>();
        if (given == null || given.size() < 2) {
            problems.add(new Problem("/seeds", "expected at least two seeds, got " + size(given)));
        }
        for (int k = 0; given != null && k < given.size(); k++) {
            Long seed = given.get(k);
            if (seed == null) {
                problems.add(new Problem("/seeds/" + k, "expected a whole number, got null"));
            } else if (!seen.add(seed)) {
                problems.add(new Problem("/seeds/" + k, "expected each seed once, got " + seed + " again"));
            } else {
                seeds.add(seed);
            }
        }
        return seeds;
    }

    private static String size(@Nullable List<?> given) {
        return given == null ? "none" : String.valueOf(given.size());
    }

    private static Match match(@Nullable String given, List<Problem> problems) {
        return switch (Objects.requireNonNullElse(given, "hidden")) {
            case "hidden" -> Match.HIDDEN;
            case "parameters" -> Match.PARAMETERS;
            default -> {
                problems.add(new Problem("/match", "expected hidden or parameters, got '" + given + "'"));
                yield Match.HIDDEN;
            }
        };
    }

    private static @Nullable Parameters parameters(Recipe recipe, ExperimentDraft draft, List<Problem> problems) {
        try {
            return recipe.parameters().read(draft.preset(), draft.parameters());
        } catch (InvalidParametersException e) {
            problems.addAll(e.problems());
            return null;
        }
    }
}
