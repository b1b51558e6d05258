package io.tidegate.oip;

import io.tidegate.core.engine.Engines;
import io.tidegate.inference.Failure;
import io.tidegate.inference.RefusedException;
import io.tidegate.inference.Runner;
import io.tidegate.registry.Model;
import io.tidegate.registry.ModelRegistry;
import io.tidegate.registry.ModelVersion;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/** What models there are, what of them is in memory, and what they say of themselves, whatever the transport. */
@Component
public final class Repository {

    private final ModelRegistry registry;
    private final Runner runner;
    private final ObjectProvider<Engines.Selection> engine; // not started for those who ask before any model is loaded

    Repository(ModelRegistry registry, Runner runner, ObjectProvider<Engines.Selection> engine) {
        this.registry = registry;
        this.runner = runner;
        this.engine = engine;
    }

    /** Every version of every model. */
    public List<IndexEntry> index(boolean onlyReady) {
        return versions()
                .map(IndexEntry::of)
                .filter(entry -> entry.ready() || !onlyReady)
                .toList();
    }

    private Stream<ModelVersion> versions() {
        return registry.models().stream().map(Model::versions).flatMap(List::stream);
    }

    /** Loads a model's latest version and those with an alias. */
    public void load(String model) {
        String name = ModelNames.bare(model, "load");
        if (registry.find(name).isEmpty()) {
            throw new RefusedException(
                    Failure.Kind.NOT_FOUND, "failed to load '" + name + "', failed to poll from model repository");
        }
        registry.load(name);
    }

    /** Whether a parameter of a load asks for other than what was published: to ignore it would load something else. */
    public static boolean isOverride(String parameter) {
        return parameter.equals("config") || parameter.startsWith("file:");
    }

    public void unload(String model) {
        registry.unload(ModelNames.bare(model, "unload"));
    }

    public ModelMetadata metadata(ModelVersion version) {
        List<String> numbers = registry.model(version.name()).versions().stream()
                .map(each -> Integer.toString(each.number()))
                .toList();
        return ModelMetadata.of(Signature.of(version), numbers);
    }

    /** What every version of every model has done. */
    public List<ModelStatistics> statistics() {
        return statistics(versions());
    }

    /**
     * What one version has done, or each of its model's.
     *
     * @param found what the request's name means
     * @param model the name, perhaps with an alias or a version
     * @param named whether the request names a version beside it
     */
    public List<ModelStatistics> statistics(ModelVersion found, String model, boolean named) {
        return statistics(
                named || model.indexOf('@') >= 0 ? Stream.of(found) : registry.model(found.name()).versions().stream());
    }

    private List<ModelStatistics> statistics(Stream<ModelVersion> of) {
        return of.map(version -> ModelStatistics.of(version, runner.statistics(version), memory(version)))
                .toList();
    }

    /** What a loaded version's weights take, where they are known to be in main memory. */
    private List<ModelStatistics.MemoryUsage> memory(ModelVersion version) {
        long bytes = version.weightBytes();
        return bytes == 0 || engine.getObject().engine().name().equals("nd4j")
                ? List.of()
                : List.of(new ModelStatistics.MemoryUsage("CPU", 0, bytes));
    }
}
