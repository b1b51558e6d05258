package io.tidegate.training.jobs;

import io.tidegate.checkpoint.Checkpoint;
import io.tidegate.checkpoint.CheckpointReader;
import io.tidegate.checkpoint.CheckpointWriter;
import io.tidegate.checkpoint.Provenance;
import io.tidegate.core.engine.Engine;
import io.tidegate.core.network.Weights;
import io.tidegate.registry.Aliases;
import io.tidegate.registry.Model;
import io.tidegate.registry.ModelRef;
import io.tidegate.registry.ModelRegistry;
import io.tidegate.registry.ModelVersion;
import io.tidegate.registry.RegistryException;
import io.tidegate.training.jobs.Job.Published;
import io.tidegate.training.jobs.JobRequest.Publish;
import io.tidegate.training.recipe.Plan;
import io.tidegate.training.recipe.TaskMetric;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/** Makes a job's best weights a version, once, and moves the alias that the job names where it is to. */
final class Publisher {

    /**
     * What a job gives.
     *
     * @param weights as a checkpoint holds them, in single precision
     * @param metrics by name: {@code validation.…} and {@code test.…} of these weights
     */
    record Result(Weights weights, SortedMap<String, Double> metrics) {}

    /** @param reason what happened, in words */
    record Outcome(Published published, String reason) {}

    private final ModelRegistry registry;
    private final String code;

    /** @param code the version of this program */
    Publisher(ModelRegistry registry, String code) {
        this.registry = registry;
        this.code = code;
    }

    /** Rounds the weights to what will be published, and scores that. */
    static Result score(Job job, Plan plan, Engine engine, Weights best, SortedMap<String, Double> validation) {
        Weights rounded = best.copy();
        for (int k = 0; k < rounded.values().length; k++) {
            rounded.values()[k] = (float) rounded.values()[k];
        }
        CheckpointWriter.Encoded files =
                CheckpointWriter.encode(plan.model(job.request().model(), Provenance.NONE), rounded);
        Checkpoint checkpoint = CheckpointReader.read(files.modelJson(), files.weights());
        SortedMap<String, Double> metrics = new TreeMap<>(validation);
        plan.validation(engine, checkpoint)
                .ifPresent(value -> metrics.put("validation." + plan.metric().name(), value));
        metrics.putAll(plan.test(engine, rounded));
        metrics.values().removeIf(value -> !Double.isFinite(value));
        return new Result(rounded, metrics);
    }

    /** The two files of a model that isn't published. */
    void keep(Job job, Plan plan, Result result, String engine, Path folder) throws IOException {
        CheckpointWriter.write(
                folder, plan.model(job.request().model(), provenance(job, plan, result, engine)), result.weights());
    }

    /**
     * @param taken whether an earlier worker may have published the job's version already
     * @param better whether it beats the version that the alias points to, as {@link #better} has found
     */
    Outcome publish(Job job, Plan plan, Result result, String engine, boolean taken, Verdict better)
            throws IOException {
        String name = job.request().model();
        Optional<ModelVersion> earlier = taken ? published(job) : Optional.empty();
        ModelVersion version = earlier.isPresent() ? earlier.get() : publish(job, plan, result, engine);
        Published published = new Published(version.number(), version.card().weightsSha256());
        return new Outcome(
                published, "published model '" + name + "' version " + version.number() + alias(job, version, better));
    }

    private ModelVersion publish(Job job, Plan plan, Result result, String engine) throws IOException {
        Path staging = registry.newStaging();
        try {
            keep(job, plan, result, engine, staging);
            return registry.publish(job.request().model(), staging);
        } finally {
            registry.discard(staging);
        }
    }

    /** The version that a worker published before it was lost. */
    private Optional<ModelVersion> published(Job job) {
        registry.refresh(job.request().model());
        return model(job)
                .flatMap(model -> model.versions().reversed().stream()
                        .filter(version -> isOf(job, version))
                        .findFirst());
    }

    private static boolean isOf(Job job, ModelVersion version) {
        try {
            return job.id().equals(version.card().descriptor().training().job());
        } catch (RegistryException e) {
            return false; // it can't be read, so it isn't what this job published and synced
        }
    }

    private Optional<Model> model(Job job) {
        return registry.knows(job.request().model())
                ? registry.find(job.request().model())
                : Optional.empty();
    }

    /** @param reason in words, for the history */
    record Verdict(boolean moves, String reason) {}

    /** Whether the job's alias is to move, by the validation data of its plan. */
    Verdict better(Job job, Plan plan, Engine engine, SortedMap<String, Double> metrics) {
        Publish publish = job.request().publish();
        if (publish == null) {
            return new Verdict(false, "");
        }
        if (publish.when() == Publish.When.ALWAYS) {
            return new Verdict(true, "when: always");
        }
        registry.refresh(job.request().model());
        Optional<Aliases.Change> current =
                model(job).flatMap(model -> model.aliases().current(publish.alias()));
        if (current.isEmpty()) {
            return new Verdict(true, "it pointed nowhere");
        }
        TaskMetric metric = plan.metric();
        ModelVersion version = registry.resolve(
                ModelRef.of(job.request().model(), String.valueOf(current.get().version())));
        OptionalDouble before = plan.validation(engine, version.checkpoint());
        double now = metrics.getOrDefault("validation." + metric.name(), Double.NaN);
        String of = " of version " + version.number() + " on the same validation data";
        if (before.isEmpty()) {
            return new Verdict(
                    false, "version " + version.number() + " doesn't take this job's data: they can't be compared");
        }
        String figures = metric.name() + " " + now + ", " + before.getAsDouble() + of;
        boolean better = metric.better(now, before.getAsDouble());
        return new Verdict(better, (better ? "better: " : "not better: ") + figures);
    }

    private String alias(Job job, ModelVersion version, Verdict verdict) {
        Publish publish = job.request().publish();
        if (publish == null) {
            return "";
        }
        String alias = publish.alias(), mark = "job " + job.id() + ": ";
        if (!verdict.moves()) {
            return "; alias '" + alias + "' stays where it is, " + verdict.reason();
        }
        boolean moved = model(job).stream()
                .flatMap(model -> model.aliases().history(alias).stream())
                .anyMatch(change -> change.reason().startsWith(mark));
        if (!moved) {
            registry.setAlias(version.name(), alias, version.number(), mark + verdict.reason(), OptionalInt.empty());
        }
        return "; alias '" + alias + "' points to it, " + verdict.reason();
    }

    private Provenance provenance(Job job, Plan plan, Result result, String engine) {
        JobRequest request = job.request();
        Map<String, Object> training = new LinkedHashMap<>();
        training.put("recipe", request.recipe());
        training.put("cell", request.cell());
        if (request.preset() != null) {
            training.put("preset", request.preset());
        }
        training.put("parameters", request.parameters());
        training.put("seed", request.seed());
        training.put("data", plan.data());
        training.put("job", job.id());
        training.put("code", code);
        training.put("engine", engine);
        training.put("metrics", result.metrics());
        if (!plan.facts().isEmpty()) {
            training.put("facts", plan.facts());
        }
        return Provenance.of(training);
    }
}
