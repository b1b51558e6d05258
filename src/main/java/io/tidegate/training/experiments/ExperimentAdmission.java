package io.tidegate.training.experiments;

import io.tidegate.core.cell.CellType;
import io.tidegate.registry.ModelRef;
import io.tidegate.registry.RegistryException;
import io.tidegate.training.experiments.ExperimentDraft.VariantDraft;
import io.tidegate.training.experiments.ExperimentRequest.Match;
import io.tidegate.training.experiments.ExperimentRequest.Variant;
import io.tidegate.training.experiments.HiddenSizes.Sized;
import io.tidegate.training.recipe.Assignment;
import io.tidegate.training.recipe.InvalidParametersException;
import io.tidegate.training.recipe.InvalidParametersException.Problem;
import io.tidegate.training.recipe.Parameters;
import io.tidegate.training.recipe.Recipe;
import io.tidegate.training.recipe.Recipes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Makes a request of a draft, or says all that is wrong with it. Its jobs must still be admitted one by one. */
final class ExperimentAdmission {

    private final Recipes recipes;

    ExperimentAdmission(Recipes recipes) {
        this.recipes = recipes;
    }

    /**
     * One of those compared, before its hidden size is known.
     *
     * @param own the parameters that set it apart
     * @param parameters all of them
     */
    private record Arm(String name, CellType cell, Match match, ObjectNode own, Parameters parameters) {

        Sized sized(Recipe recipe, long seed, @Nullable String dataset) {
            return new Sized(
                    cell,
                    own.has(HiddenSizes.PARAMETER) ? Match.HIDDEN : match,
                    parameters.whole(HiddenSizes.PARAMETER),
                    hidden -> {
                        Parameters sized = parameters.with(Map.of(HiddenSizes.PARAMETER, (long) hidden));
                        return recipe.estimate(new Assignment(cell, seed, sized, dataset))
                                .parameters();
                    });
        }

        Variant variant(int hiddenSize, Sized sized) {
            Map<String, Object> others = JsonMapper.shared().convertValue(own, new TypeReference<>() {});
            others.remove(HiddenSizes.PARAMETER);
            return new Variant(
                    name, cell.toString(), hiddenSize, sized.weights().applyAsLong(hiddenSize), others);
        }
    }

    /** @throws InvalidParametersException with a pointer for each problem */
    ExperimentRequest admit(ExperimentDraft draft) {
        if (draft.recipe() == null) {
            throw new InvalidParametersException("/recipe", "expected the name of a recipe, got none");
        }
        Recipe recipe = recipes.named(draft.recipe());
        String model = Objects.requireNonNullElse(draft.model(), recipe.name() + "-experiment");
        List<Problem> problems = new ArrayList<>();
        modelName("/model", model, problems);
        List<Long> seeds = seeds(draft.seeds(), problems);
        Match match = match("/match", draft.match(), Match.HIDDEN, problems);
        List<Arm> arms = arms(recipe, draft, match, problems);
        List<String> names = arms.stream().map(Arm::name).toList();
        String comparedTo = comparedTo(draft.comparedTo(), names, problems);
        if (!problems.isEmpty()) {
            throw new InvalidParametersException(problems);
        }
        String dataset = recipe.dataset(draft.dataset(), draft.preset());
        List<Sized> sized = arms.stream()
                .map(arm -> arm.sized(recipe, seeds.getFirst(), dataset))
                .toList();
        List<Integer> sizes = HiddenSizes.of(sized);
        List<Variant> variants = new ArrayList<>();
        for (int k = 0; k < arms.size(); k++) {
            variants.add(arms.get(k).variant(sizes.get(k), sized.get(k)));
        }
        return new ExperimentRequest(
                recipe.name(),
                variants,
                comparedTo,
                seeds,
                match,
                orEmpty(draft.parameters()),
                draft.preset(),
                dataset,
                model);
    }

    /** The cells and variants that can be read; for each that can't a problem. */
    private static List<Arm> arms(Recipe recipe, ExperimentDraft draft, Match match, List<Problem> problems) {
        List<Arm> arms = new ArrayList<>();
        Set<String> names = new HashSet<>();
        ObjectNode all = orEmpty(draft.parameters());
        Parameters common = parameters(recipe, draft.preset(), all, "", problems);
        List<@Nullable String> cells = Objects.requireNonNullElse(draft.cells(), List.of());
        List<@Nullable VariantDraft> variants = Objects.requireNonNullElse(draft.variants(), List.of());
        if (cells.size() + variants.size() < 2) {
            problems.add(new Problem(
                    "/cells",
                    "expected at least two cells or variants to compare, got " + (cells.size() + variants.size())));
        }
        for (int k = 0; k < cells.size(); k++) {
            String pointer = "/cells/" + k;
            CellType cell = cell(pointer, cells.get(k), problems);
            if (cell != null && named(pointer, cell.toString(), names, problems) && common != null) {
                arms.add(new Arm(cell.toString(), cell, match, orEmpty(null), common));
            }
        }
        for (int k = 0; k < variants.size(); k++) {
            String pointer = "/variants/" + k;
            VariantDraft variant = variants.get(k);
            if (variant == null) {
                problems.add(new Problem(pointer, "expected a cell with parameters, got null"));
                continue;
            }
            CellType cell = cell(pointer + "/cell", variant.cell(), problems);
            String name = Objects.requireNonNullElse(variant.name(), "");
            boolean named = named(pointer + "/name", name, names, problems);
            Match matched = match(pointer + "/match", variant.match(), match, problems);
            ObjectNode own = orEmpty(variant.parameters());
            ObjectNode merged = all.deepCopy();
            merged.setAll(own);
            boolean read = common != null && parameters(recipe, draft.preset(), own, pointer, problems) != null;
            if (cell != null && named && read) {
                arms.add(new Arm(name, cell, matched, own, recipe.parameters().read(draft.preset(), merged)));
            }
        }
        return arms;
    }

    private static @Nullable CellType cell(String pointer, @Nullable String name, List<Problem> problems) {
        try {
            return CellType.of(Objects.requireNonNullElse(name, "null"));
        } catch (IllegalArgumentException e) {
            problems.add(new Problem(pointer, Objects.requireNonNullElse(e.getMessage(), "")));
            return null;
        }
    }

    /** Whether this name can end a model's, and is the first of its kind. */
    private static boolean named(String pointer, String name, Set<String> names, List<Problem> problems) {
        if (name.isEmpty()) {
            problems.add(new Problem(pointer, "expected a name for the variant, such as lstm-chrono, got none"));
            return false;
        }
        if (!names.add(name)) {
            problems.add(new Problem(pointer, "expected each name once, got '" + name + "' again"));
            return false;
        }
        return modelName(pointer, name, problems);
    }

    /** Whether a model may be called so. */
    private static boolean modelName(String pointer, String name, List<Problem> problems) {
        try {
            ModelRef.requireName(name);
            return true;
        } catch (RegistryException.BadName e) {
            problems.add(new Problem(pointer, Objects.requireNonNullElse(e.getMessage(), "")));
            return false;
        }
    }

    private static String comparedTo(@Nullable String given, List<String> names, List<Problem> problems) {
        if (given != null && !names.contains(given)) {
            problems.add(new Problem(
                    "/comparedTo",
                    "expected the name of a cell or variant that takes part ("
                            + names.stream().collect(Collectors.joining(", ")) + "), got '" + given + "'"));
        }
        String lstm = CellType.LSTM.toString();
        return given != null ? given : names.isEmpty() || names.contains(lstm) ? lstm : names.getFirst();
    }

    private static List<Long> seeds(@Nullable List<@Nullable Long> given, List<Problem> problems) {
        Set<Long> seen = new HashSet<>();
        List<Long> seeds = new ArrayList<>();
        if (given == null || given.size() < 2) {
            problems.add(new Problem(
                    "/seeds",
                    "expected at least two seeds, got " + (given == null ? "none" : String.valueOf(given.size()))));
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

    private static Match match(String pointer, @Nullable String given, Match otherwise, List<Problem> problems) {
        return switch (given) {
            case null -> otherwise;
            case "hidden" -> Match.HIDDEN;
            case "parameters" -> Match.PARAMETERS;
            default -> {
                problems.add(new Problem(pointer, "expected hidden or parameters, got '" + given + "'"));
                yield otherwise;
            }
        };
    }

    /** @param pointer to the object that they stand in */
    private static @Nullable Parameters parameters(
            Recipe recipe,
            @Nullable String preset,
            @Nullable ObjectNode given,
            String pointer,
            List<Problem> problems) {
        try {
            return recipe.parameters().read(preset, given);
        } catch (InvalidParametersException e) {
            e.problems().forEach(problem -> problems.add(new Problem(pointer + problem.pointer(), problem.detail())));
            return null;
        }
    }

    private static ObjectNode orEmpty(@Nullable ObjectNode given) {
        return given == null ? JsonMapper.shared().createObjectNode() : given;
    }
}
