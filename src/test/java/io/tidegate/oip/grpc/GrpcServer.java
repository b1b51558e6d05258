package io.tidegate.oip.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.tidegate.checkpoint.Checkpoint;
import io.tidegate.checkpoint.CheckpointWriter;
import io.tidegate.core.cell.CellType;
import io.tidegate.oip.grpc.proto.GRPCInferenceServiceGrpc;
import io.tidegate.oip.grpc.proto.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import io.tidegate.oip.grpc.proto.InferParameter;
import io.tidegate.oip.grpc.proto.InferTensorContents;
import io.tidegate.oip.grpc.proto.ModelInferRequest;
import io.tidegate.oip.grpc.proto.ModelInferRequest.InferInputTensor;
import io.tidegate.oip.grpc.proto.ModelInferResponse;
import io.tidegate.registry.ModelRegistry;
import io.tidegate.testkit.ServiceTest;
import io.tidegate.testkit.Uploads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;

/** A real server with small models and small limits, and a client made from this project's own description of the service. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "tidegate.engine=reference",
            "tidegate.limits.max-body=100KB",
            "tidegate.limits.max-batch=8",
            "tidegate.limits.max-steps=1000",
            "tidegate.limits.max-working-set=1MB"
        })
abstract class GrpcServer extends ServiceTest {

    /** Features [2] → 3 labels. */
    static final String CLASSIFIER = "grpc-classifier";

    /** Characters. */
    static final String LANGUAGE_MODEL = "grpc-language-model";

    @Autowired
    GrpcServerLifecycle server;

    @Autowired
    ModelRegistry registry;

    private ManagedChannel channel;

    @BeforeEach
    void connect() throws IOException {
        publishOnce(CLASSIFIER, Uploads.classifier(CLASSIFIER, CellType.WM, 2, false, 3));
        publishOnce(LANGUAGE_MODEL, Uploads.languageModel(LANGUAGE_MODEL, CellType.LSTM, 4));
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
                .usePlaintext()
                .maxInboundMessageSize(64 << 20)
                .build();
    }

    @AfterEach
    void disconnect() {
        channel.shutdownNow();
    }

    private void publishOnce(String name, Uploads.Model model) throws IOException {
        if (registry.knows(name)) {
            return;
        }
        CheckpointWriter.Encoded files = model.files();
        Path staging = registry.newStaging();
        Files.write(staging.resolve(Checkpoint.MODEL_FILE), files.modelJson());
        Files.write(staging.resolve(Checkpoint.WEIGHTS_FILE), files.weights());
        registry.publish(name, staging);
        registry.discard(staging);
    }

    ManagedChannel channel() {
        return channel;
    }

    GRPCInferenceServiceBlockingStub stub() {
        return GRPCInferenceServiceGrpc.newBlockingStub(channel);
    }

    /** A request to the classifier whose data is typed. */
    static ModelInferRequest.Builder typed(List<Long> shape, float... values) {
        InferTensorContents.Builder contents = InferTensorContents.newBuilder();
        for (float value : values) {
            contents.addFp32Contents(value);
        }
        return ModelInferRequest.newBuilder()
                .setModelName(CLASSIFIER)
                .addInputs(input("input", "FP32", shape).setContents(contents));
    }

    /** The same with raw data. */
    static ModelInferRequest.Builder raw(List<Long> shape, float... values) {
        return ModelInferRequest.newBuilder()
                .setModelName(CLASSIFIER)
                .addInputs(input("input", "FP32", shape))
                .addRawInputContents(bytes(values));
    }

    static InferInputTensor.Builder input(String name, String datatype, List<Long> shape) {
        return InferInputTensor.newBuilder().setName(name).setDatatype(datatype).addAllShape(shape);
    }

    static ByteString bytes(float... values) {
        ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(values);
        return ByteString.copyFrom(buffer);
    }

    static ModelInferRequest.Builder text(String... texts) {
        InferTensorContents.Builder contents = InferTensorContents.newBuilder();
        for (String text : texts) {
            contents.addBytesContents(ByteString.copyFromUtf8(text));
        }
        return ModelInferRequest.newBuilder()
                .setModelName(LANGUAGE_MODEL)
                .addInputs(input("text", "BYTES", List.of((long) texts.length)).setContents(contents));
    }

    /** One step, of one row, of a live sequence. */
    static ModelInferRequest.Builder step(Object id, boolean start, boolean end, float a, float b) {
        return raw(List.of(1L, 1L, 2L), a, b)
                .putParameters("sequence_id", parameter(id))
                .putParameters("sequence_start", parameter(start))
                .putParameters("sequence_end", parameter(end));
    }

    static InferParameter parameter(Object value) {
        InferParameter.Builder parameter = InferParameter.newBuilder();
        return switch (value) {
            case Boolean flag -> parameter.setBoolParam(flag).build();
            case String text -> parameter.setStringParam(text).build();
            case Long number -> parameter.setInt64Param(number).build();
            case Double number -> parameter.setDoubleParam(number).build();
            default -> throw new IllegalArgumentException(value.toString());
        };
    }

    static InferParameter unsigned(long bits) {
        return InferParameter.newBuilder().setUint64Param(bits).build();
    }

    static float[] floats(ModelInferResponse response, String output) {
        ByteBuffer buffer = raw(response, output).order(ByteOrder.LITTLE_ENDIAN);
        float[] values = new float[buffer.remaining() / 4];
        buffer.asFloatBuffer().get(values);
        return values;
    }

    static List<String> texts(ModelInferResponse response, String output) {
        ByteBuffer buffer = raw(response, output).order(ByteOrder.LITTLE_ENDIAN);
        List<String> texts = new ArrayList<>();
        while (buffer.hasRemaining()) {
            byte[] text = new byte[buffer.getInt()];
            buffer.get(text);
            texts.add(new String(text, StandardCharsets.UTF_8));
        }
        return texts;
    }

    private static ByteBuffer raw(ModelInferResponse response, String output) {
        for (int k = 0; k < response.getOutputsCount(); k++) {
            if (response.getOutputs(k).getName().equals(output)) {
                assertThat(response.getOutputs(k).hasContents()).isFalse();
                return response.getRawOutputContents(k).asReadOnlyByteBuffer();
            }
        }
        throw new AssertionError("no output " + output);
    }

    static void assertRefused(Callable<?> call, Status.Code code, String message) {
        StatusRuntimeException refused = catchThrowableOfType(StatusRuntimeException.class, call::call);
        assertThat(refused).isNotNull();
        assertThat(refused.getStatus().getDescription()).contains(message);
        assertThat(refused.getStatus().getCode()).isEqualTo(code);
    }
}
