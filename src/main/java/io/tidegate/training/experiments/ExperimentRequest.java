package io.tidegate.training.experiments;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is compared, with nothing left open.
 *
 * @param comparedTo the variant that the others are compared with
 * @param parameters as the caller gave them, for all
 */
public record ExperimentRequest(
        String recipe,
        List<Variant> cells,
        String comparedTo,
        List<Long> seeds,
        Match match,
        ObjectNode parameters,
        @Nullable String preset,
        @Nullable String dataset,
        String model) {

    public ExperimentRequest {
        cells = List.copyOf(cells);
        seeds = List.copyOf(seeds);
    }

    /** The name that a variant's models are published under, which tells its jobs from the others'. */
    String model(Variant variant) {
        return model + "-" + variant.variant();
    }

    /** The parameters that a variant's jobs are given. */
    ObjectNode parameters(Variant variant) {
        ObjectNode all = parameters.deepCopy();
        all.setAll(JsonMapper.shared().<ObjectNode>valueToTree(variant.parameters()));
        all.put(HiddenSizes.PARAMETER, variant.hiddenSize());
        return all;
    }

    /** What the cells have in common beside data, order and budget. */
    public enum Match {
        HIDDEN,
        PARAMETERS;

        /** As requests and reports have it. */
        @JsonValue
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One of those compared.
     *
     * @param variant its name: the cell's, where nothing but the cell sets it apart
     * @param hiddenSize units of each layer
     * @param weights of the whole network, as the recipe estimates them
     * @param parameters of its own, beside those of all; without the hidden size
     */
    public record Variant(String variant, String cell, int hiddenSize, long weights, Map<String, Object> parameters) {}
}
