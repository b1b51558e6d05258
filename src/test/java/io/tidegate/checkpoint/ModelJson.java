package io.tidegate.checkpoint;

import java.nio.charset.StandardCharsets;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The text of a {@code model.json}, correct until a test edits it. */
final class ModelJson {

    static final String SHA256 = "0123456789abcdef".repeat(4);

    private static final String SIGNATURE = "{'format': 'tidegate/1', 'name': 'm', 'weights': {'sha256': '" + SHA256
            + "'}, 'layers': [{'cell': 'wm', 'hiddenSize': 64, 'bidirectional': false}], ";

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private final ObjectNode json;

    private ModelJson(String json) {
        this.json = (ObjectNode) MAPPER.readTree(json.replace('\'', '"'));
    }

    static ModelJson classifier() {
        return new ModelJson(
                SIGNATURE
                        + "'task': 'classification', 'input': {'kind': 'features', 'size': 2}, 'output': {'labels': ['a', 'b']}}");
    }

    static ModelJson regressor() {
        return new ModelJson(SIGNATURE + "'task': 'regression', 'input': {'kind': 'features', 'size': 2,"
                + " 'scale': {'offset': [1, 2], 'factor': 0.5}}, 'output': {'size': 3, 'scale': {'offset': 4}}}");
    }

    static ModelJson languageModel() {
        return new ModelJson(SIGNATURE
                + "'task': 'language-model', 'input': {'kind': 'characters', 'vocabulary': 'ab🌊'}, 'output': {}}");
    }

    static ModelJson captioner() {
        return new ModelJson(SIGNATURE
                        + "'task': 'captioning', 'input': {'kind': 'region-features', 'size': 2}, 'output': {'decoder': 'up-down',"
                        + " 'embeddingSize': 3, 'attentionSize': 4, 'maxWords': 5, 'vocabulary': ['a', 'b']}}")
                .with("/layers", "[{'cell': 'wm', 'hiddenSize': 6}, {'cell': 'lstm', 'hiddenSize': 7}]");
    }

    /** @param value JSON, with ' for " */
    ModelJson with(String pointer, String value) {
        JsonPointer at = JsonPointer.compile(pointer);
        ObjectNode owner = (ObjectNode) json.at(at.head());
        owner.set(at.last().getMatchingProperty(), MAPPER.readTree(value.replace('\'', '"')));
        return this;
    }

    ModelJson without(String pointer) {
        JsonPointer at = JsonPointer.compile(pointer);
        ((ObjectNode) json.at(at.head())).remove(at.last().getMatchingProperty());
        return this;
    }

    byte[] bytes() {
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    ModelDescriptor read() {
        return ModelDescriptor.read(bytes());
    }
}
