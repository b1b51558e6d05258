package io.tidegate.oip.rest;

import io.tidegate.oip.InferResponse;
import io.tidegate.oip.RawTensors;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.core.util.ByteArrayBuilder;
import tools.jackson.core.util.JsonRecyclerPools;

/**
 * An answer as it goes onto the wire: JSON, then those of its tensors that are wanted in binary. It is put together whole, as its
 * length comes before it: some clients read once, and trust the length.
 */
final class InferAnswer {

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .recyclerPool(JsonRecyclerPools.sharedConcurrentDequePool())
            .enable(JsonWriteFeature.WRITE_NAN_AS_STRINGS) // as protobuf's JSON does: JSON has no numbers for them
            .build();

    private final byte[] body;
    private final int jsonLength;
    private final boolean binary;

    private InferAnswer(byte[] body, int jsonLength, boolean binary) {
        this.body = body;
        this.jsonLength = jsonLength;
        this.binary = binary;
    }

    /** @param inBinary whether an output of that name is wanted in binary */
    static InferAnswer of(InferResponse response, Predicate<String> inBinary) {
        List<ByteBuffer> tail = new ArrayList<>(0);
        ByteArrayBuilder bytes = new ByteArrayBuilder();
        try (JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), bytes)) {
            json.writeStartObject();
            json.writeStringProperty("model_name", response.modelName());
            json.writeStringProperty("model_version", response.modelVersion());
            String id = response.id();
            if (id != null) {
                json.writeStringProperty("id", id);
            }
            json.writeArrayPropertyStart("outputs");
            for (InferResponse.Tensor tensor : response.outputs()) {
                write(tensor, inBinary.test(tensor.name()), json, tail);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        int jsonLength = bytes.size();
        for (ByteBuffer tensor : tail) {
            bytes.write(tensor.array(), tensor.arrayOffset() + tensor.position(), tensor.remaining());
        }
        return new InferAnswer(bytes.toByteArray(), jsonLength, !tail.isEmpty());
    }

    private static void write(
            InferResponse.Tensor tensor, boolean inBinary, JsonGenerator json, List<ByteBuffer> tail) {
        json.writeStartObject();
        json.writeStringProperty("name", tensor.name());
        json.writeStringProperty("datatype", tensor.datatype().name());
        json.writeArrayPropertyStart("shape");
        for (int size : tensor.shape()) {
            json.writeNumber(size);
        }
        json.writeEndArray();
        if (inBinary) {
            ByteBuffer bytes = RawTensors.encode(tensor);
            tail.add(bytes);
            json.writeObjectPropertyStart("parameters");
            json.writeNumberProperty("binary_data_size", bytes.remaining());
            json.writeEndObject();
        } else {
            json.writeName("data");
            data(tensor, json);
        }
        json.writeEndObject();
    }

    private static void data(InferResponse.Tensor tensor, JsonGenerator json) {
        json.writeStartArray();
        switch (tensor.data()) {
            case float[] values -> {
                for (float value : values) {
                    json.writeNumber(value);
                }
            }
            case String[] texts -> {
                for (String text : texts) {
                    json.writeString(text);
                }
            }
            default ->
                throw new IllegalStateException("output '" + tensor.name() + "' is kept as "
                        + tensor.data().getClass().getSimpleName());
        }
        json.writeEndArray();
    }

    /** @param accepted the request's {@code Accept-Encoding}; may be empty */
    void send(HttpServletResponse response, String accepted) throws IOException {
        byte[] sent = body;
        Compression compression = Compression.preferred(accepted, body.length);
        if (compression != Compression.IDENTITY) {
            sent = compression.compress(body);
            response.setHeader(HttpHeaders.CONTENT_ENCODING, compression.coding());
        }
        if (!accepted.isEmpty()) {
            response.setHeader(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING);
        }
        response.setContentType(binary ? MediaType.APPLICATION_OCTET_STREAM_VALUE : MediaType.APPLICATION_JSON_VALUE);
        if (binary) {
            response.setHeader(Body.JSON_LENGTH, Integer.toString(jsonLength));
        }
        response.setContentLength(sent.length);
        response.getOutputStream().write(sent);
    }
}
