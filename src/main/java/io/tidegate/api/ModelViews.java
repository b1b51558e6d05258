package io.tidegate.api;

import io.swagger.v3.oas.annotations.media.Schema;
import io.tidegate.checkpoint.ModelDescriptor;
import io.tidegate.registry.LoadState;
import io.tidegate.registry.Model;
import io.tidegate.registry.ModelVersion;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Models as the API shows them. */
final class ModelViews {

    /** @param reason why the state is what it is; empty where there is nothing to say */
    @Schema(name = "ModelVersion")
    record Version(int version, LoadState state, String reason) {}

    /**
     * @param state of the version that the bare name means
     * @param aliases to version numbers; {@code latest} is kept by the server
     */
    @Schema(name = "ModelSummary")
    record Summary(String name, LoadState state, String reason, List<Version> versions, Map<String, Integer> aliases) {}

    /**
     * @param aliases that point to this version
     * @param parameters number of weights
     * @param input, layers, output as in the version's model.json
     * @param plan how the engine has learned to run it on this machine, in words; empty while it isn't loaded
     * @param training where the weights come from: recipe, parameters, seed, data digest, job, code version
     */
    @Schema(name = "ModelCard")
    record Card(
            String name,
            int version,
            List<String> aliases,
            LoadState state,
            String reason,
            String task,
            int parameters,
            @Nullable Object input,
            @Nullable Object layers,
            @Nullable Object output,
            @Nullable Object training,
            Map<String, Double> metrics,
            List<String> plan,
            String weightsSha256,
            Instant publishedAt) {}

    private ModelViews() {}

    static Summary summary(Model model) {
        ModelVersion meant = model.current();
        return new Summary(
                model.name(),
                meant.state(),
                meant.reason(),
                model.versions().stream()
                        .map(version -> new Version(version.number(), version.state(), version.reason()))
                        .toList(),
                model.aliasTargets());
    }

    static Card card(Model model, ModelVersion version) {
        ModelVersion.Card card = version.card();
        ModelDescriptor descriptor = card.descriptor();
        Map<?, ?> json = JsonMapper.shared().readValue(descriptor.toJson(), Map.class);
        return new Card(
                version.name(),
                version.number(),
                model.aliasTargets().entrySet().stream()
                        .filter(alias -> alias.getValue() == version.number())
                        .map(Map.Entry::getKey)
                        .toList(),
                version.state(),
                version.reason(),
                descriptor.task().toString(),
                card.parameters(),
                json.get("input"),
                json.get("layers"),
                json.get("output"),
                json.get("training"),
                descriptor.training().metrics(),
                version.plan(),
                card.weightsSha256(),
                card.publishedAt());
    }
}
