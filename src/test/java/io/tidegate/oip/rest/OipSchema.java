package io.tidegate.oip.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The protocol's bodies, as {@code oip/schema.json} under the test resources describes them. */
enum OipSchema {
    SERVER_METADATA("ServerMetadata"),
    MODEL_METADATA("ModelMetadata"),
    INFER_REQUEST("InferRequest"),
    INFER_RESPONSE("InferResponse"),
    REPOSITORY_INDEX("RepositoryIndex"),
    STATISTICS("Statistics"),
    LIVE("Live"),
    READY("Ready"),
    ERROR("Error");

    private static final String ID = "urn:tidegate:open-inference-protocol";
    private static final SchemaRegistry REGISTRY = SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12, registry -> registry.schemas(id -> id.equals(ID) ? text() : null));

    private final String definition;

    OipSchema(String definition) {
        this.definition = definition;
    }

    private static String text() {
        try (InputStream in = OipSchema.class.getResourceAsStream("/oip/schema.json")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean accepts(JsonNode body) {
        return schema().validate(body).isEmpty();
    }

    /** @return the body */
    JsonNode check(HttpResponse<String> response) {
        return check(response.body());
    }

    /** @return the body */
    JsonNode check(String body) {
        JsonNode json = JsonMapper.shared().readTree(body);
        assertThat(schema().validate(json)).as("%s: %s", definition, body).isEmpty();
        return json;
    }

    private Schema schema() {
        return REGISTRY.getSchema(SchemaLocation.of(ID + "#/$defs/" + definition));
    }
}
