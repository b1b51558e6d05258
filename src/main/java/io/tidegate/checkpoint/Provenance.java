package io.tidegate.checkpoint;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Where a model's weights come from, the {@code training} of {@code model.json}: any JSON object, kept as it came. The
 * accessors give what is there in the usual form, and nothing where it is absent or has another.
 */
public record Provenance(ObjectNode json) {

    /** Nothing is known. */
    public static final Provenance NONE = new Provenance(JsonNodeFactory.instance.objectNode());

    /** Keeps a copy, its numbers in the form in which reading gives them, so that equal JSON is equal provenance. */
    public Provenance {
        json = StrictJson.object("training", StrictJson.compact(json));
    }

    /** @param json whatever JSON can be made of; a map's order is kept */
    public static Provenance of(Map<String, ?> json) {
        return new Provenance((ObjectNode) Objects.requireNonNull(StrictJson.tree(json)));
    }

    /** A copy. */
    @Override
    public ObjectNode json() {
        return json.deepCopy();
    }

    public @Nullable String recipe() {
        return text("recipe");
    }

    /** The recipe's parameters, or an empty object. */
    public ObjectNode parameters() {
        return json.get("parameters") instanceof ObjectNode parameters
                ? parameters.deepCopy()
                : JsonNodeFactory.instance.objectNode();
    }

    public @Nullable Long seed() {
        JsonNode seed = json.get("seed");
        return seed != null && seed.isIntegralNumber() && seed.canConvertToLong() ? seed.longValue() : null;
    }

    /** The data set's id, {@code sha256:…}. */
    public @Nullable String data() {
        return text("data");
    }

    public @Nullable String job() {
        return text("job");
    }

    /** The version of the code that trained it. */
    public @Nullable String code() {
        return text("code");
    }

    /** The finite ones, by name, in the file's order. */
    public Map<String, Double> metrics() {
        Map<String, Double> metrics = new LinkedHashMap<>();
        if (json.get("metrics") instanceof ObjectNode all) {
            all.properties().forEach(metric -> {
                double value = metric.getValue().isNumber() ? metric.getValue().asDouble(Double.NaN) : Double.NaN;
                if (Double.isFinite(value)) {
                    metrics.put(metric.getKey(), value);
                }
            });
        }
        return metrics;
    }

    private @Nullable String text(String name) {
        JsonNode value = json.get(name);
        return value != null && value.isString() ? value.stringValue() : null;
    }
}
