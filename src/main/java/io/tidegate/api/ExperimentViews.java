package io.tidegate.api;

import io.swagger.v3.oas.annotations.media.Schema;
import io.tidegate.training.experiments.Experiment;
import io.tidegate.training.experiments.ExperimentRequest;
import io.tidegate.training.jobs.Job;
import io.tidegate.training.jobs.JobStatus;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Experiments as the API shows them. */
final class ExperimentViews {

    /** What an {@link io.tidegate.training.experiments.ExperimentDraft} looks like, for the description. */
    @Schema(
            name = "ExperimentRequest",
            requiredProperties = {"recipe", "seeds"})
    record Request(
            String recipe,

            @Schema(description = "Cells with the parameters of all; at least two, together with the variants")
            @Nullable
            List<String> cells,

            @Schema(description = "Cells with parameters of their own") @Nullable
            List<VariantRequest> variants,

            @Schema(
                    description =
                            "The cell or variant that the others are compared with; lstm where there is none, or the"
                                    + " first where it isn't there")
            @Nullable
            String comparedTo,

            @Schema(description = "At least two") List<Long> seeds,

            @Schema(
                    description = "hidden: the same hidden size for all; parameters: about as many weights as wm has",
                    allowableValues = {"hidden", "parameters"})
            @Nullable
            String match,

            @Schema(description = "Those of the recipe's parameters that differ from the preset's") @Nullable
            Map<String, Object> parameters,

            @Schema(description = "One of the recipe's; full where there is none") @Nullable
            String preset,

            @Schema(description = "The id of a dataset, for recipes that take one") @Nullable
            String dataset,

            @Schema(
                    description =
                            "Models are published as this and the cell or variant; {recipe}-experiment where there is none")
            @Nullable
            String model) {}

    @Schema(
            name = "ExperimentVariant",
            requiredProperties = {"name", "cell"})
    record VariantRequest(
            @Schema(example = "lstm-chrono") String name,
            String cell,

            @Schema(
                    description = "The experiment's where there is none",
                    allowableValues = {"hidden", "parameters"})
            @Nullable
            String match,

            @Schema(description = "Those that differ from the experiment's; with hiddenSize it isn't matched") @Nullable
            Map<String, Object> parameters) {}

    /** Where its jobs stand together. */
    @Schema(name = "ExperimentStatus")
    enum Status {
        QUEUED,
        RUNNING,
        /** Every job is at its end. */
        ENDED
    }

    /**
     * @param comparedTo the cell or variant that the others are compared with
     * @param fraction of all its work that is done
     */
    @Schema(name = "Experiment")
    record ExperimentView(
            String id,
            Status status,
            double fraction,
            String recipe,
            List<ExperimentRequest.Variant> cells,
            String comparedTo,
            List<Long> seeds,
            String match,
            @Nullable String preset,
            Map<String, Object> parameters,
            @Nullable String dataset,
            String model,
            Instant createdAt,
            List<TrainingViews.JobSummary> jobs) {}

    private ExperimentViews() {}

    static ExperimentView of(Experiment experiment, List<Job> jobs) {
        ExperimentRequest request = experiment.request();
        return new ExperimentView(
                experiment.id(),
                status(jobs),
                jobs.stream().mapToDouble(ExperimentViews::fraction).average().orElse(0),
                request.recipe(),
                request.cells(),
                request.comparedTo(),
                request.seeds(),
                request.match().toString(),
                request.preset(),
                JsonMapper.shared().convertValue(request.parameters(), new TypeReference<Map<String, Object>>() {}),
                request.dataset(),
                request.model(),
                experiment.createdAt(),
                jobs.stream().map(TrainingViews::summary).toList());
    }

    private static double fraction(Job job) {
        return job.status().isFinal() ? 1 : job.progress().fraction();
    }

    private static Status status(List<Job> jobs) {
        if (jobs.stream().allMatch(job -> job.status().isFinal())) {
            return Status.ENDED;
        }
        return jobs.stream().allMatch(job -> job.status() == JobStatus.QUEUED) ? Status.QUEUED : Status.RUNNING;
    }
}
