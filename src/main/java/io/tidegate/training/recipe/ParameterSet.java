package io.tidegate.training.recipe;

import io.tidegate.training.recipe.InvalidParametersException.Problem;
import io.tidegate.training.recipe.Parameter.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The parameters of a recipe and its presets.
 *
 * @param presets by name, what each changes; {@value #FULL} changes nothing
 */
public record ParameterSet(List<Parameter> parameters, Map<String, Map<String, Object>> presets) {

    /** The paper's settings: what holds where a request names no preset. */
    public static final String FULL = "full";

    /** About a minute on two cores. */
    public static final String QUICK = "quick";

    public ParameterSet {
        parameters = List.copyOf(parameters);
        Map<String, Map<String, Object>> all = new LinkedHashMap<>();
        all.put(FULL, Map.of());
        all.putAll(new TreeMap<>(presets));
        presets = all;
    }

    /** A request's parameters: the preset's, but for those given. */
    public Parameters read(@Nullable String preset, @Nullable ObjectNode given) {
        SortedMap<String, Object> values = new TreeMap<>();
        parameters.forEach(parameter -> values.put(parameter.name(), parameter.standard()));
        Map<String, Object> changed = presets.get(preset == null ? FULL : preset);
        if (changed == null) {
            throw new InvalidParametersException(
                    "/preset", "expected one of " + String.join(", ", presets.keySet()) + ", got '" + preset + "'");
        }
        values.putAll(changed);
        List<Problem> problems = new ArrayList<>();
        if (given != null) {
            for (Map.Entry<String, JsonNode> each : given.properties()) {
                read(each.getKey(), each.getValue(), values, problems);
            }
        }
        if (!problems.isEmpty()) {
            throw new InvalidParametersException(problems);
        }
        return new Parameters(values);
    }

    private void read(String name, JsonNode given, Map<String, Object> values, List<Problem> problems) {
        Parameter parameter = parameters.stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElse(null);
        String pointer = "/parameters/" + name.replace("~", "~0").replace("/", "~1");
        if (parameter == null) {
            problems.add(new Problem(
                    pointer,
                    "no such parameter; expected one of "
                            + parameters.stream().map(Parameter::name).collect(Collectors.joining(", "))));
            return;
        }
        Object value = value(parameter.kind(), given);
        if (value == null) {
            problems.add(new Problem(pointer, "expected " + expected(parameter.kind()) + ", got " + given));
        } else {
            values.put(name, value);
        }
    }

    /** What the JSON stands for, or null where the parameter can't be that. */
    private static @Nullable Object value(Kind kind, JsonNode given) {
        return switch (kind) {
            case Kind.Whole(long min, long max) ->
                given.isIntegralNumber()
                                && given.canConvertToLong()
                                && given.longValue() >= min
                                && given.longValue() <= max
                        ? (Object) given.longValue()
                        : null;
            case Kind.Real(double min, double max, boolean aboveMin) -> {
                double value = given.isNumber() ? given.asDouble(Double.NaN) : Double.NaN;
                yield value <= max && (aboveMin ? value > min : value >= min) ? (Object) value : null;
            }
            case Kind.Flag() -> given.isBoolean() ? (Object) given.booleanValue() : null;
            case Kind.Choice(List<String> values) ->
                given.isString() && values.contains(given.stringValue()) ? given.stringValue() : null;
            case Kind.Text(String pattern) ->
                given.isString() && given.stringValue().matches(pattern) ? given.stringValue() : null;
        };
    }

    private static String expected(Kind kind) {
        return switch (kind) {
            case Kind.Whole(long min, long max) -> "a whole number from " + min + " to " + max;
            case Kind.Real(double min, double max, boolean aboveMin) ->
                "a number " + (aboveMin ? "above " : "from ") + min + (aboveMin ? " and at most " : " to ") + max;
            case Kind.Flag() -> "true or false";
            case Kind.Choice(List<String> values) -> "one of " + String.join(", ", values);
            case Kind.Text(String pattern) -> "a text that matches " + pattern;
        };
    }

    /** A JSON Schema (2020-12) of a request's {@code parameters}. */
    public Map<String, Object> schema() {
        Map<String, Object> properties = new LinkedHashMap<>();
        parameters.forEach(parameter -> properties.put(parameter.name(), schema(parameter)));
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.put("type", "object");
        schema.put("properties", properties);
        schema.put("additionalProperties", false);
        return schema;
    }

    private static Map<String, Object> schema(Parameter parameter) {
        Map<String, Object> schema = new LinkedHashMap<>();
        switch (parameter.kind()) {
            case Kind.Whole(long min, long max) -> {
                schema.put("type", "integer");
                schema.put("minimum", min);
                schema.put("maximum", max);
            }
            case Kind.Real(double min, double max, boolean aboveMin) -> {
                schema.put("type", "number");
                schema.put(aboveMin ? "exclusiveMinimum" : "minimum", min);
                schema.put("maximum", max);
            }
            case Kind.Flag() -> schema.put("type", "boolean");
            case Kind.Choice(List<String> values) -> {
                schema.put("type", "string");
                schema.put("enum", values);
            }
            case Kind.Text(String pattern) -> {
                schema.put("type", "string");
                schema.put("pattern", "^(?:" + pattern + ")$");
            }
        }
        schema.put("default", parameter.standard());
        schema.put("description", parameter.description());
        return schema;
    }
}
