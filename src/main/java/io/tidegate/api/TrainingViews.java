package io.tidegate.api;

import io.swagger.v3.oas.annotations.media.Schema;
import io.tidegate.training.jobs.Job;
import io.tidegate.training.jobs.JobError;
import io.tidegate.training.jobs.JobEvent;
import io.tidegate.training.jobs.JobRequest;
import io.tidegate.training.jobs.JobStatus;
import io.tidegate.training.recipe.Recipe;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Jobs and recipes as the API shows them. */
final class TrainingViews {

    /** @param when always or better */
    @Schema(name = "JobPublish")
    record Publish(String alias, String when) {}

    /** What a {@link io.tidegate.training.jobs.JobDraft} looks like, for the description. */
    @Schema(name = "TrainingJobRequest", requiredProperties = "recipe")
    record Request(
            String recipe,

            @Schema(description = "The name to publish under; {recipe}-{cell} where there is none") @Nullable
            String model,

            @Schema(
                    description = "wm where there is none",
                    allowableValues = {"lstm", "peephole", "peephole-full", "wm"})
            @Nullable
            String cell,

            @Schema(description = "1 where there is none") @Nullable
            Long seed,

            @Schema(description = "One of the recipe's; full where there is none") @Nullable
            String preset,

            @Schema(description = "Those of the recipe's parameters that differ from the preset's") @Nullable
            Map<String, Object> parameters,

            @Schema(description = "The id of a dataset, for recipes that take one") @Nullable
            String dataset,

            @Schema(description = "Which alias moves to the new version; none without this") @Nullable
            Publish publish) {}

    @Schema(name = "JobTransition")
    record Transition(JobStatus status, Instant at, String reason) {}

    /**
     * @param engine that it runs on, or ran on last: name, version and what else its bits depend on; null until it has begun
     * @param metrics of the best weights so far
     * @param published the version they became; null until then
     * @param error why it failed; null where it didn't
     * @param transitions every change of status with its time and reason, and what else is worth knowing
     */
    @Schema(name = "TrainingJob")
    record JobView(
            String id,
            JobStatus status,
            String recipe,
            String model,
            String cell,
            long seed,
            @Nullable String preset,
            Map<String, Object> parameters,
            @Nullable String dataset,
            @Nullable Publish publish,
            @Nullable String experiment,
            Instant createdAt,
            @Nullable String engine,
            Job.Progress progress,
            Map<String, Double> metrics,
            Job.@Nullable Published published,
            @Nullable JobError error,
            List<Transition> transitions) {}

    /** @param metrics of the best weights so far */
    @Schema(name = "TrainingJobSummary")
    record JobSummary(
            String id,
            JobStatus status,
            String recipe,
            String model,
            String cell,
            long seed,
            Instant createdAt,
            Job.Progress progress,
            Map<String, Double> metrics,
            Job.@Nullable Published published) {}

    /** @param split train, validation or test */
    @Schema(name = "MetricPoint")
    record MetricPoint(long step, int epoch, String split, String name, double value) {}

    /**
     * @param parameters a JSON Schema, with the defaults
     * @param presets by name, what each changes of them
     * @param formats of the datasets that it takes; empty where it makes its data up
     */
    @Schema(name = "Recipe")
    record RecipeView(
            String name,
            String summary,
            Map<String, Object> parameters,
            Map<String, Map<String, Object>> presets,
            List<String> formats) {}

    private TrainingViews() {}

    static JobView job(Job job, List<JobEvent.Transition> transitions) {
        JobRequest request = job.request();
        JobRequest.Publish publish = request.publish();
        return new JobView(
                job.id(),
                job.status(),
                request.recipe(),
                request.model(),
                request.cell(),
                request.seed(),
                request.preset(),
                request.parameters(),
                request.dataset(),
                publish == null
                        ? null
                        : new Publish(publish.alias(), publish.when().name().toLowerCase(Locale.ROOT)),
                job.experiment(),
                job.createdAt(),
                job.engine(),
                job.progress(),
                job.metrics(),
                job.published(),
                job.error(),
                transitions.stream().map(TrainingViews::transition).toList());
    }

    static JobSummary summary(Job job) {
        JobRequest request = job.request();
        return new JobSummary(
                job.id(),
                job.status(),
                request.recipe(),
                request.model(),
                request.cell(),
                request.seed(),
                job.createdAt(),
                job.progress(),
                job.metrics(),
                job.published());
    }

    static Transition transition(JobEvent.Transition transition) {
        return new Transition(transition.status(), transition.at(), transition.reason());
    }

    static List<MetricPoint> points(JobEvent.Point point) {
        List<MetricPoint> points = new ArrayList<>();
        point.values()
                .forEach((name, value) ->
                        points.add(new MetricPoint(point.step(), point.epoch(), point.split(), name, value)));
        return points;
    }

    static RecipeView recipe(Recipe recipe) {
        return new RecipeView(
                recipe.name(),
                recipe.summary(),
                recipe.parameters().schema(),
                recipe.parameters().presets(),
                recipe.formats());
    }
}
