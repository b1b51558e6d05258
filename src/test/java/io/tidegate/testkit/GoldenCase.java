package io.tidegate.testkit;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.Batch;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.core.network.Weights;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A golden case of {@code src/test/resources/golden}: inputs, weights and exact results in float64, written from the paper's
 * equations and checked there against finite differences.
 */
public record GoldenCase(String name, JsonNode json) {

    private static final List<String> CELLS = List.of("lstm", "peephole", "peephole-full", "wm");

    public static Stream<GoldenCase> cells() {
        return CELLS.stream()
                .flatMap(cell -> Stream.of("one-step", "ragged", "reverse", "odd-sizes", "saturated", "long")
                        .map(kind -> load("cell-" + cell + "-" + kind)));
    }

    public static Stream<GoldenCase> networks() {
        return CELLS.stream()
                .flatMap(cell ->
                        Stream.of("two-layers", "bidirectional").map(kind -> load("network-" + cell + "-" + kind)));
    }

    public static GoldenCase load(String name) {
        try (InputStream in = GoldenCase.class.getResourceAsStream("/golden/" + name + ".json")) {
            return new GoldenCase(name, JsonMapper.shared().readTree(in));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The case's network; a cell case, which has no head, gets one of a single output with zero weights. */
    public NetworkConfig config() {
        LayerConfig layer = new LayerConfig(
                CellType.of(json.get("cell").asString()),
                json.get("hiddenSize").asInt(),
                json.path("bidirectional").asBoolean(false) || reverse());
        return new NetworkConfig(
                new InputConfig.Features(json.get("inputSize").asInt()),
                Collections.nCopies(json.path("layers").asInt(1), layer),
                json.path("classes").asInt(1));
    }

    /**
     * The case's weights. A reversed cell is the backward half of a two-way layer, whose forward half has zero weights and
     * stays silent.
     */
    public Weights weights() {
        Weights weights = Weights.zeros(config());
        json.get("parameters").properties().forEach(p -> weights.set(tensorName(p.getKey()), flat(p.getValue())));
        return weights;
    }

    /** The name in a network of a parameter of this case. */
    public String tensorName(String parameter) {
        return isNetwork() ? parameter : parameter + (reverse() ? "_l0_reverse" : "_l0");
    }

    public boolean isNetwork() {
        return json.get("kind").asString().equals("network");
    }

    public boolean reverse() {
        return json.path("reverse").asBoolean(false);
    }

    public int[] lengths() {
        return IntStream.range(0, json.get("lengths").size())
                .map(b -> json.get("lengths").get(b).asInt())
                .toArray();
    }

    public double[][][] x() {
        return array3(json.get("x"));
    }

    /** The case's sequences, without the padding they have in the file. */
    public Batch batch() {
        int[] lengths = lengths(), offsets = new int[lengths.length + 1];
        for (int b = 0; b < lengths.length; b++) {
            offsets[b + 1] = offsets[b] + lengths[b];
        }
        return new Batch(
                new Batch.Input.Features(
                        packed(json.get("x")), json.get("inputSize").asInt()),
                offsets);
    }

    /** A padded [batch, steps, size] array of the file, without padding, [total steps, size]. */
    public float[] packed(JsonNode padded) {
        double[][][] values = array3(padded);
        int[] lengths = lengths();
        int size = values[0][0].length;
        float[] packed = new float[IntStream.of(lengths).sum() * size];
        int at = 0;
        for (int b = 0; b < lengths.length; b++) {
            for (int t = 0; t < lengths[b]; t++) {
                for (double value : values[b][t]) {
                    packed[at++] = (float) value;
                }
            }
        }
        return packed;
    }

    public static double[] flat(JsonNode node) {
        return node.isArray()
                ? node.values().stream()
                        .flatMapToDouble(child -> java.util.Arrays.stream(flat(child)))
                        .toArray()
                : new double[] {node.asDouble()};
    }

    public static double[][] array2(JsonNode node) {
        return node.values().stream().map(GoldenCase::flat).toArray(double[][]::new);
    }

    public static double[][][] array3(JsonNode node) {
        return node.values().stream().map(GoldenCase::array2).toArray(double[][][]::new);
    }

    @Override
    public String toString() {
        return name;
    }
}
