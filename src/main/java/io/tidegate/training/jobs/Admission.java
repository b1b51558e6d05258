package io.tidegate.training.jobs;

import io.tidegate.core.cell.CellType;
import io.tidegate.registry.ModelRef;
import io.tidegate.registry.RegistryException;
import io.tidegate.training.jobs.JobDraft.PublishDraft;
import io.tidegate.training.jobs.JobRequest.Publish;
import io.tidegate.training.recipe.Assignment;
import io.tidegate.training.recipe.Estimate;
import io.tidegate.training.recipe.InvalidParametersException;
import io.tidegate.training.recipe.InvalidParametersException.Problem;
import io.tidegate.training.recipe.Parameters;
import io.tidegate.training.recipe.Recipe;
import io.tidegate.training.recipe.Recipes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Makes a request of a draft, or says all that is wrong with it. Estimates what the training needs before it is let in. */
final class Admission {

    /** @param maxMemory bytes */
    record Limits(long maxUpdates, long maxMemory) {}

    private final Recipes recipes;
    private final Limits limits;

    Admission(Recipes recipes, Limits limits) {
        this.recipes = recipes;
        this.limits = limits;
    }

    /** @throws InvalidParametersException with a pointer for each problem */
    JobRequest admit(JobDraft draft) {
        if (draft.recipe() == null) {
            throw new InvalidParametersException("/recipe", "expected the name of a recipe, got none");
        }
        Recipe recipe = recipes.named(draft.recipe());
        List<Problem> problems = new ArrayList<>();
        CellType cell = cell(draft.cell(), problems);
        String model = Objects.requireNonNullElse(draft.model(), recipe.name() + "-" + cell);
        checked("/model", () -> ModelRef.requireName(model), problems);
        Publish publish = publish(draft.publish(), problems);
        long seed = Objects.requireNonNullElse(draft.seed(), 1L);
        Parameters parameters = parameters(recipe, draft, problems);
        if (parameters == null || !problems.isEmpty()) {
            throw new InvalidParametersException(problems);
        }
        String dataset = recipe.dataset(draft.dataset(), draft.preset());
        requireFits(recipe.estimate(new Assignment(cell, seed, parameters, dataset)));
        return new JobRequest(
                recipe.name(), model, cell.toString(), seed, draft.preset(), parameters.values(), dataset, publish);
    }

    private static CellType cell(@Nullable String name, List<Problem> problems) {
        try {
            return CellType.of(Objects.requireNonNullElse(name, CellType.WM.toString()));
        } catch (IllegalArgumentException e) {
            problems.add(new Problem("/cell", Objects.requireNonNullElse(e.getMessage(), "")));
            return CellType.WM;
        }
    }

    private static @Nullable Publish publish(@Nullable PublishDraft draft, List<Problem> problems) {
        if (draft == null) {
            return null;
        }
        String alias = draft.alias();
        if (alias == null) {
            problems.add(new Problem("/publish/alias", "expected an alias, such as champion, got none"));
            return null;
        }
        checked("/publish/alias", () -> ModelRef.requireAlias(alias), problems);
        return switch (Objects.requireNonNullElse(draft.when(), "always")) {
            case "always" -> new Publish(alias, Publish.When.ALWAYS);
            case "better" -> new Publish(alias, Publish.When.BETTER);
            default -> {
                problems.add(new Problem("/publish/when", "expected always or better, got '" + draft.when() + "'"));
                yield null;
            }
        };
    }

    private static void checked(String pointer, Runnable check, List<Problem> problems) {
        try {
            check.run();
        } catch (RegistryException.BadName e) {
            problems.add(new Problem(pointer, Objects.requireNonNullElse(e.getMessage(), "")));
        }
    }

    private static @Nullable Parameters parameters(Recipe recipe, JobDraft draft, List<Problem> problems) {
        try {
            return recipe.parameters().read(draft.preset(), draft.parameters());
        } catch (InvalidParametersException e) {
            problems.addAll(e.problems());
            return null;
        }
    }

    private void requireFits(Estimate estimate) {
        if (estimate.updates() > limits.maxUpdates()) {
            throw new InvalidParametersException(
                    "/parameters",
                    "expected at most " + limits.maxUpdates()
                            + " updates (tidegate.training.limits.max-updates), these parameters make "
                            + estimate.updates() + "; ask for fewer epochs or larger batches");
        }
        if (estimate.memoryBytes() > limits.maxMemory()) {
            throw new InvalidParametersException(
                    "/parameters",
                    "expected at most " + mebibytes(limits.maxMemory())
                            + " of memory (tidegate.training.limits.max-memory), these parameters need about "
                            + mebibytes(estimate.memoryBytes())
                            + "; ask for smaller batches, shorter sequences or fewer hidden units");
        }
    }

    private static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MiB", (double) bytes / (1 << 20));
    }
}
