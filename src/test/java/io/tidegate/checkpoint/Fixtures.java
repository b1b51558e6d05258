package io.tidegate.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What {@code make_fixtures.py} wrote to {@code src/test/resources/checkpoint}. */
final class Fixtures {

    private Fixtures() {}

    static byte[] bytes(String name) throws IOException {
        try (InputStream in = Fixtures.class.getResourceAsStream("/checkpoint/" + name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        }
    }

    static JsonNode json(String name) throws IOException {
        return JsonMapper.shared().readTree(bytes(name));
    }
}
