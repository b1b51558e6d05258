package io.tidegate.training.jobs;

import io.tidegate.checkpoint.Sha256;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Tells whether two requests under one idempotency key ask for the same, in whatever order their fields came. */
public final class RequestDigest {

    private static final JsonMapper SORTED = JsonMapper.builder()
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

    private RequestDigest() {}

    /** @param draft what JSON can be made of */
    public static String of(Object draft) {
        Object fields = SORTED.readValue(SORTED.writeValueAsString(draft), Object.class);
        byte[] json = SORTED.writeValueAsString(fields).getBytes(StandardCharsets.UTF_8);
        return Sha256.of(MemorySegment.ofArray(json));
    }
}
