package io.tidegate.checkpoint;

import static io.tidegate.checkpoint.Problems.quoted;

import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.ParameterLayout;
import io.tidegate.core.network.TensorSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds a network's tensors among those of a file, by their names and shapes alone.
 *
 * <p>Recurrent tensors have PyTorch's names after one prefix that they share. What remains is the head's weight and bias and, for
 * tokens, the embedding: they may have any names, as long as their shapes leave no choice. Every tensor must find its place.
 */
final class TensorMapping {

    private static final Pattern RECURRENT = Pattern.compile(
            "(.*?)(?:weight_ih|weight_hh|weight_ch|bias_ih|bias_hh|bias|peephole)_l\\d+(?:_reverse)?", Pattern.DOTALL);

    private final Problems problems = new Problems();
    private final ModelDescriptor model;
    private final SortedMap<String, List<Integer>> recurrent = new TreeMap<>(); // those without a place yet
    private final SortedMap<String, List<Integer>> others = new TreeMap<>();
    private final Map<String, List<String>> sources = new LinkedHashMap<>();
    private final String prefix;
    private final NetworkConfig config;
    private final ParameterLayout layout;

    /**
     * @param shapes of the file's tensors, by name
     * @throws CheckpointException for tensors that are missing, left over, misshaped, or could be either of two
     */
    TensorMapping(ModelDescriptor model, Map<String, List<Integer>> shapes) {
        this.model = model;
        SortedSet<String> prefixes = new TreeSet<>();
        shapes.forEach((name, shape) -> {
            Matcher matcher = RECURRENT.matcher(name);
            if (matcher.matches()) {
                prefixes.add(matcher.group(1));
                recurrent.put(name, shape);
            } else {
                others.put(name, shape);
            }
        });
        this.prefix = prefix(prefixes);
        this.config = model.networkConfig(embeddingSize());
        this.layout = new ParameterLayout(config);
        mapRecurrent();
        recurrent.forEach(this::noPlace);
        new HeadMapping(layout, others, problems)
                .map(declared(WeightsFile::headPrefix))
                .forEach((name, source) -> sources.put(name, List.of(source)));
        problems.throwIfAny();
    }

    NetworkConfig config() {
        return config;
    }

    /** For each tensor of the network, the one of the file that holds it, or the two whose sum it is. */
    Map<String, List<String>> sources() {
        return sources;
    }

    private String prefix(SortedSet<String> found) {
        String declared = declared(WeightsFile::recurrentPrefix);
        if (declared != null) {
            return declared;
        }
        if (found.size() > 1) {
            throw Safetensors.refused("expected one prefix shared by all recurrent tensors, got "
                    + quoted(found.first()) + " and " + quoted(found.last()) + ": leave out what isn't this model's");
        }
        return found.isEmpty() ? "" : found.first();
    }

    private @Nullable String declared(Function<WeightsFile, @Nullable String> prefix) {
        return model.weights() == null ? null : prefix.apply(model.weights());
    }

    /** A token model's, told by what its first layer reads: the embedding, or one-hot tokens. */
    private int embeddingSize() {
        List<Integer> ih = recurrent.get(prefix + "weight_ih_l0");
        if (!(model.input() instanceof ModelInput.Characters characters) || ih == null || ih.size() != 2) {
            return 0;
        }
        long matrices =
                others.values().stream().filter(shape -> shape.size() == 2).count();
        return ih.get(1) == characters.size() && matrices < 2 ? 0 : ih.get(1);
    }

    private void mapRecurrent() {
        for (int k = 0; k < config.layers().size(); k++) {
            LayerConfig layer = config.layers().get(k);
            for (String direction : layer.bidirectional() ? List.of("", "_reverse") : List.of("")) {
                String suffix = "_l" + k + direction;
                take("weight_ih" + suffix);
                take("weight_hh" + suffix);
                takeBias(suffix);
                switch (layer.cell().memory()) {
                    case NONE -> {}
                    case DIAGONAL -> take("peephole" + suffix);
                    case FULL -> take("weight_ch" + suffix);
                }
            }
        }
    }

    private void take(String name) {
        TensorSpec spec = layout.tensor(name);
        take(spec, prefix + name);
        sources.put(name, List.of(prefix + name));
    }

    private void takeBias(String suffix) {
        TensorSpec spec = layout.tensor("bias" + suffix);
        String one = prefix + "bias" + suffix, ih = prefix + "bias_ih" + suffix, hh = prefix + "bias_hh" + suffix;
        boolean pair = recurrent.containsKey(ih) || recurrent.containsKey(hh);
        if (pair && recurrent.containsKey(one)) {
            problems.add(
                    Safetensors.POINTER,
                    "weights file: expected " + quoted(one) + " or the pair that sums to it, got both");
        }
        List<String> found = pair ? List.of(ih, hh) : List.of(one);
        found.forEach(name -> take(spec, name));
        sources.put("bias" + suffix, found);
    }

    private void take(TensorSpec spec, String name) {
        List<Integer> shape = recurrent.remove(name);
        if (!spec.shape().equals(shape)) {
            problems.add(Safetensors.POINTER, misshaped(name, spec.shape(), shape));
        }
    }

    static String misshaped(String name, List<Integer> expected, @Nullable List<Integer> got) {
        return "weights file: tensor " + quoted(name) + ": expected shape " + expected + ", got "
                + (got == null ? "no such tensor" : got);
    }

    private void noPlace(String name, List<Integer> shape) {
        problems.add(
                Safetensors.POINTER,
                "weights file: tensor " + quoted(name)
                        + ": expected none of this name beside the layers of model.json, got " + shape);
    }
}
