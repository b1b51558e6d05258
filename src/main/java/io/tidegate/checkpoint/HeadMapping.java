package io.tidegate.checkpoint;

import static io.tidegate.checkpoint.Problems.quoted;

import io.tidegate.core.network.ParameterLayout;
import io.tidegate.core.network.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds the head and the embedding among the tensors that aren't recurrent ones: by the prefix that {@code model.json} gives, by
 * the names that we write, or else by their shapes.
 */
final class HeadMapping {

    static final String EMBEDDING = "embedding.weight";

    private static final String WEIGHT = "head.weight", BIAS = "head.bias";
    private static final int MOST = 8; // tensors listed in a message, or tried with each other

    private record Pair(String weight, String bias) {

        /** Such as {@code fc.weight} and {@code fc.bias}. */
        boolean alike() {
            return weight.replaceFirst("weight$", "").equals(bias.replaceFirst("bias$", ""));
        }
    }

    private final ParameterLayout layout;
    private final SortedMap<String, List<Integer>> rest;
    private final Problems problems;
    private final Map<String, String> sources = new LinkedHashMap<>();

    /** @param rest the shapes to choose from, by name; those that find their place are removed */
    HeadMapping(ParameterLayout layout, SortedMap<String, List<Integer>> rest, Problems problems) {
        this.layout = layout;
        this.rest = rest;
        this.problems = problems;
    }

    /**
     * @param prefix the head's, or null to find it
     * @return for the head's tensors and the embedding, the names that the file has for them
     */
    Map<String, String> map(@Nullable String prefix) {
        Pair head = head(prefix);
        if (head != null) {
            take(WEIGHT, head.weight());
            take(BIAS, head.bias());
            if (layout.has(EMBEDDING)) {
                takeEmbedding();
            }
            rest.forEach((name, shape) -> problems.add(
                    Safetensors.POINTER,
                    "weights file: tensor " + quoted(name) + ": expected no such tensor in this model, got " + shape));
        }
        return sources;
    }

    private @Nullable Pair head(@Nullable String prefix) {
        if (prefix != null) {
            return new Pair(prefix + "weight", prefix + "bias");
        }
        if (rest.containsKey(WEIGHT) || rest.containsKey(BIAS)) {
            return new Pair(WEIGHT, BIAS);
        }
        List<String> weights = fitting(WEIGHT), biases = fitting(BIAS);
        weights.remove(EMBEDDING);
        List<Pair> pairs = new ArrayList<>();
        if (weights.size() <= MOST && biases.size() <= MOST) {
            weights.forEach(weight -> biases.forEach(bias -> pairs.add(new Pair(weight, bias))));
        }
        List<Pair> chosen =
                pairs.size() == 1 ? pairs : pairs.stream().filter(Pair::alike).toList();
        if (chosen.size() == 1) {
            return chosen.getFirst();
        }
        problems.add(
                Safetensors.POINTER,
                "weights file: expected one tensor of shape "
                        + layout.tensor(WEIGHT).shape() + " and one of "
                        + layout.tensor(BIAS).shape() + " for the head, under any name, got " + listed()
                        + (weights.isEmpty() || biases.isEmpty() ? "" : ": say which by weights.headPrefix"));
        return null;
    }

    private List<String> fitting(String name) {
        List<Integer> shape = layout.tensor(name).shape();
        return rest.entrySet().stream()
                .filter(entry -> entry.getValue().equals(shape))
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(ArrayList::new));
    }

    /** By its name, by its shape, or as the last that is left. */
    private void takeEmbedding() {
        TensorSpec spec = layout.tensor(EMBEDDING);
        List<String> fitting = fitting(EMBEDDING);
        if (rest.containsKey(EMBEDDING)) {
            take(EMBEDDING, EMBEDDING);
        } else if (fitting.size() == 1) {
            take(EMBEDDING, fitting.getFirst());
        } else {
            problems.add(
                    Safetensors.POINTER,
                    "weights file: expected one tensor of shape " + spec.shape()
                            + " for the embedding, since the vocabulary has "
                            + spec.shape().getFirst() + " characters and the first layer reads " + spec.columns()
                            + " numbers a step, got " + listed());
            rest.clear();
        }
    }

    private void take(String name, String source) {
        List<Integer> expected = layout.tensor(name).shape(), got = rest.remove(source);
        if (!expected.equals(got)) {
            problems.add(Safetensors.POINTER, TensorMapping.misshaped(source, expected, got));
        }
        sources.put(name, source);
    }

    private String listed() {
        if (rest.isEmpty()) {
            return "none";
        }
        return rest.entrySet().stream()
                        .limit(MOST)
                        .map(entry -> quoted(entry.getKey()) + " " + entry.getValue())
                        .collect(Collectors.joining(", "))
                + (rest.size() > MOST ? " and " + (rest.size() - MOST) + " more" : "");
    }
}
