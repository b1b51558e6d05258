package io.tidegate.checkpoint;

import io.tidegate.core.network.LayerConfig;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Writes {@code model.json}. What has its default (no scale, one direction, no provenance) is left out, but for the direction. */
final class ModelJsonWriter {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private ModelJsonWriter() {}

    static byte[] write(ModelDescriptor model) {
        if (model.weights() == null) {
            throw new IllegalStateException("write model.json: expected the weights' SHA-256, got none:"
                    + " write it with its weights, which fills it in");
        }
        ObjectNode json = NODES.objectNode();
        json.put("format", ModelDescriptor.FORMAT);
        json.put("name", model.name());
        json.put("task", model.task().toString());
        json.set("input", input(model.input()));
        ArrayNode layers = json.putArray("layers");
        model.layers().forEach(layer -> layers.add(layer(layer)));
        json.set("output", output(model.output()));
        json.set("weights", weights(model.weights()));
        ObjectNode training = model.training().json();
        if (!training.isEmpty()) {
            json.set("training", training);
        }
        return StrictJson.pretty(json);
    }

    private static ObjectNode input(ModelInput input) {
        ObjectNode json = NODES.objectNode().put("kind", input.kind());
        switch (input) {
            case ModelInput.Features(int size, Scale scale) -> addSize(json, size, scale);
            case ModelInput.ImageFeatures(int size, Scale scale) -> addSize(json, size, scale);
            case ModelInput.RegionFeatures(int size, Scale scale) -> addSize(json, size, scale);
            case ModelInput.Characters(String vocabulary) -> json.put("vocabulary", vocabulary);
        }
        return json;
    }

    private static ObjectNode layer(LayerConfig layer) {
        return NODES.objectNode()
                .put("cell", layer.cell().toString())
                .put("hiddenSize", layer.hiddenSize())
                .put("bidirectional", layer.bidirectional());
    }

    private static ObjectNode output(ModelOutput output) {
        ObjectNode json = NODES.objectNode();
        switch (output) {
            case ModelOutput.Labels(List<String> labels) -> {
                ArrayNode array = json.putArray("labels");
                labels.forEach(array::add);
            }
            case ModelOutput.Values(int size, Scale scale) -> addSize(json, size, scale);
            case ModelOutput.NextCharacter() -> {}
            case ModelOutput.Captions captions -> {
                json.put("decoder", captions.decoder().toString());
                json.put("embeddingSize", captions.embeddingSize());
                if (captions.attentionSize() > 0) {
                    json.put("attentionSize", captions.attentionSize());
                }
                json.put("maxWords", captions.maxWords());
                captions.words().forEach(json.putArray("vocabulary")::add);
            }
        }
        return json;
    }

    private static void addSize(ObjectNode json, int size, Scale scale) {
        json.put("size", size);
        addScale(json, scale);
    }

    private static void addScale(ObjectNode owner, Scale scale) {
        if (!scale.equals(Scale.NONE)) {
            ObjectNode json = owner.putObject("scale");
            json.set("offset", numbers(scale.offset()));
            json.set("factor", numbers(scale.factor()));
        }
    }

    private static JsonNode numbers(List<Double> numbers) {
        if (numbers.size() == 1) {
            return number(numbers.getFirst());
        }
        ArrayNode array = NODES.arrayNode();
        numbers.forEach(number -> array.add(number(number)));
        return array;
    }

    /** Without a fraction where it has none. */
    private static JsonNode number(double number) {
        boolean whole = number == Math.rint(number) && Math.abs(number) < 1L << 53;
        return whole ? NODES.numberNode((long) number) : NODES.numberNode(number);
    }

    private static ObjectNode weights(WeightsFile weights) {
        ObjectNode json = NODES.objectNode().put("sha256", weights.sha256());
        if (weights.recurrentPrefix() != null) {
            json.put("recurrentPrefix", weights.recurrentPrefix());
        }
        if (weights.headPrefix() != null) {
            json.put("headPrefix", weights.headPrefix());
        }
        return json;
    }
}
