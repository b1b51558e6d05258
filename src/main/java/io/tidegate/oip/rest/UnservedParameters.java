package io.tidegate.oip.rest;

import java.util.Map;
import tools.jackson.core.JsonToken;

/** Refuses parameters whose being ignored would give a wrong answer. Others, known or not, change nothing and are ignored. */
final class UnservedParameters {

    private static final String BINARY = "tensors come and go as JSON only",
            SEQUENCE = "no state is kept between requests; send each sequence whole",
            SHARED_MEMORY = "shared memory isn't served; send the data";

    private static final Map<String, String> REASONS = Map.ofEntries(
            Map.entry("binary_data", BINARY),
            Map.entry("binary_data_output", BINARY),
            Map.entry("binary_data_size", BINARY),
            Map.entry("sequence_id", SEQUENCE),
            Map.entry("sequence_start", SEQUENCE),
            Map.entry("sequence_end", SEQUENCE),
            Map.entry("shared_memory_region", SHARED_MEMORY),
            Map.entry("shared_memory_byte_size", SHARED_MEMORY),
            Map.entry("shared_memory_offset", SHARED_MEMORY),
            Map.entry("classification", "probabilities come as they are; leave the parameter out"));

    private UnservedParameters() {}

    /** Reads the parameters of a request or of one of its tensors; null stands for none. */
    static void refuse(JsonBody body) {
        if (body.token() == JsonToken.VALUE_NULL) {
            return;
        }
        body.object("an object of parameters", name -> {
            String reason = REASONS.get(name);
            if (reason != null && !asksForNothing(body)) {
                throw body.refusal("none (" + reason + ")");
            }
            body.skip();
        });
    }

    /** Clients send parameters' neutral values too. */
    private static boolean asksForNothing(JsonBody body) {
        return switch (body.token()) {
            case VALUE_FALSE, VALUE_NULL -> true;
            case VALUE_NUMBER_INT -> body.number() == 0;
            case VALUE_STRING -> body.string("a string").isEmpty();
            default -> false;
        };
    }
}
