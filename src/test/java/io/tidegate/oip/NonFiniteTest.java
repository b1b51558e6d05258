package io.tidegate.oip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.tidegate.checkpoint.Checkpoint;
import io.tidegate.checkpoint.CheckpointWriter;
import io.tidegate.checkpoint.ModelDescriptor;
import io.tidegate.checkpoint.ModelInput;
import io.tidegate.checkpoint.ModelOutput;
import io.tidegate.checkpoint.Provenance;
import io.tidegate.checkpoint.Scale;
import io.tidegate.core.cell.CellType;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.Weights;
import io.tidegate.oip.grpc.proto.GRPCInferenceServiceGrpc;
import io.tidegate.oip.grpc.proto.InferParameter;
import io.tidegate.oip.grpc.proto.InferTensorContents;
import io.tidegate.oip.grpc.proto.ModelInferRequest;
import io.tidegate.oip.grpc.proto.ModelInferRequest.InferInputTensor;
import io.tidegate.oip.grpc.proto.ModelInferRequest.InferRequestedOutputTensor;
import io.tidegate.oip.grpc.proto.ModelInferResponse;
import io.tidegate.registry.ModelRegistry;
import io.tidegate.testkit.ServiceTest;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What isn't a finite number, going in and coming out, over each transport. The models' heads are so large that their outputs
 * overflow FP32 for large inputs, and not for small ones.
 */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {"tidegate.engine=fused", "tidegate.batching.max-delay=2ms"})
class NonFiniteTest extends ServiceTest {

    private static final String VALUES = "overflowing-values", LABELS = "overflowing-labels";
    private static final String TEXT = "overflowing-text";
    private static final int H = 8;

    private static final float HEALTHY = 0.05f, POISON = 8;

    /** Refuses what Python and Triton write and JSON doesn't know: {@code NaN}, {@code Infinity}. */
    private static final JsonMapper STRICT = JsonMapper.builder()
            .disable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    @Autowired
    ModelRegistry registry;

    @Autowired
    GrpcServerLifecycle grpc;

    private ManagedChannel channel;

    @BeforeEach
    void start() throws IOException {
        ModelInput number = new ModelInput.Features(1, Scale.NONE);
        publishOnce(VALUES, number, new ModelOutput.Values(2, Scale.NONE), 3.3e38, -3.3e38);
        publishOnce(LABELS, number, new ModelOutput.Labels(List.of("ebb", "flood")), 3.3e38, 3.3e38);
        publishOnce(TEXT, new ModelInput.Characters("ab"), new ModelOutput.NextCharacter(), 3.3e38, 3.3e38);
        channel = NettyChannelBuilder.forAddress("127.0.0.1", grpc.getPort())
                .usePlaintext()
                .build();
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
    }

    /** Gates half open, candidates as large as the input; output k is {@code heads[k]} times the hidden units' sum. */
    private void publishOnce(String name, ModelInput input, ModelOutput output, double... heads) throws IOException {
        if (registry.knows(name)) {
            return;
        }
        LayerConfig layer = new LayerConfig(CellType.LSTM, H, false);
        ModelDescriptor descriptor = new ModelDescriptor(name, input, List.of(layer), output, null, Provenance.NONE);
        Weights weights = Weights.zeros(descriptor.networkConfig(0));
        double[] ih = weights.tensor("weight_ih_l0");
        int inputs = ih.length / (4 * H);
        Arrays.fill(ih, 2 * H * inputs, 3 * H * inputs, input instanceof ModelInput.Characters ? 8 : 1); // of g
        weights.set("weight_ih_l0", ih);
        weights.set(
                "head.weight",
                IntStream.range(0, heads.length * H)
                        .mapToDouble(k -> heads[k / H])
                        .toArray());
        CheckpointWriter.Encoded files = CheckpointWriter.encode(descriptor, weights);
        Path staging = registry.newStaging();
        Files.write(staging.resolve(Checkpoint.MODEL_FILE), files.modelJson());
        Files.write(staging.resolve(Checkpoint.WEIGHTS_FILE), files.weights());
        registry.publish(name, staging);
        registry.discard(staging);
    }

    // --- coming out ---

    @Test
    void jsonSpellsAnOverflowAsTextAndKeepsTheRowsBesideIt() {
        JsonNode both = inferJson(VALUES, HEALTHY, POISON, HEALTHY / 2);
        assertThat(data(both, "values").subList(2, 4))
                .extracting(JsonNode::toString)
                .containsExactly("\"Infinity\"", "\"-Infinity\"");
        assertThat(data(both, "values").subList(0, 2)).isEqualTo(data(inferJson(VALUES, HEALTHY), "values"));
        assertThat(data(both, "values").subList(4, 6)).isEqualTo(data(inferJson(VALUES, HEALTHY / 2), "values"));

        JsonNode labels = inferJson(LABELS, POISON, HEALTHY);
        assertThat(data(labels, "probabilities"))
                .extracting(JsonNode::asString)
                .containsExactly("NaN", "NaN", "0.5", "0.5");
        assertThat(data(labels, "label"))
                .as("none is the most probable where none has a probability")
                .extracting(JsonNode::asString)
                .containsExactly("", "ebb");
    }

    @Test
    void classificationSpellsItLikewise() {
        String body = json(new float[] {POISON, HEALTHY})
                .replace(
                        "\"inputs\"",
                        "\"outputs\": [{\"name\": \"probabilities\", \"parameters\": {\"classification\": 1}}], \"inputs\"");
        assertThat(data(STRICT.readTree(answered(post(path(LABELS), body))), "probabilities"))
                .extracting(JsonNode::asString)
                .containsExactly("NaN:0:ebb", "0.500000:0:ebb");
    }

    @Test
    void binaryAndGrpcGiveTheSameBits() {
        for (String model : List.of(VALUES, LABELS)) {
            String output = model.equals(VALUES) ? "values" : "probabilities";
            float[] json = floats(data(inferJson(model, HEALTHY, POISON, HEALTHY / 2), output));
            assertThat(binary(model, output, HEALTHY, POISON, HEALTHY / 2)).isEqualTo(json);
            assertThat(overGrpc(model, output, HEALTHY, POISON, HEALTHY / 2)).isEqualTo(json);
            assertThat(json[2] + json[3]).isNaN();
        }
    }

    /** Many requests at once, which are run together: those that overflow don't touch the others. */
    @Test
    void aRequestIsUntouchedByOneThatOverflowsInTheSameRun() throws Exception {
        List<float[]> alone = new ArrayList<>();
        for (int k = 0; k < 40; k++) {
            alone.add(binary(VALUES, "values", k * 0.01f));
        }
        List<Callable<float[]>> together = new ArrayList<>();
        for (int k = 0; k < 40; k++) {
            float value = k * 0.01f;
            together.add(() -> binary(VALUES, "values", value));
            together.add(() -> overGrpc(VALUES, "values", POISON));
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<float[]>> answers = threads.invokeAll(together);
            for (int k = 0; k < 40; k++) {
                assertThat(answers.get(2 * k).get()).isEqualTo(alone.get(k));
                assertThat(answers.get(2 * k + 1).get())
                        .containsExactly(Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY);
            }
        }
    }

    @Test
    void aLiveSequenceGoesOnAfterAnOutputThatOverflowed() {
        List<String> steps = new ArrayList<>();
        for (float x : new float[] {HEALTHY, POISON, -POISON, 0, 0}) {
            steps.add(data(
                            STRICT.readTree(answered(
                                    post(path(VALUES), step(json(new float[] {x}), "live", steps.isEmpty())))),
                            "values")
                    .getFirst()
                    .asString());
        }
        float[] whole = binary(VALUES, "values", new long[] {1, 5, 1}, HEALTHY, POISON, -POISON, 0, 0);
        assertThat(steps.get(1)).isEqualTo("Infinity");
        assertThat(steps.get(4)).isEqualTo(Float.toString(whole[0]));
        assertThat(whole[0]).isFinite();
    }

    @Test
    void ourOwnApiSpellsItLikewise() {
        String body = "{\"sequences\": [[[" + POISON + "]], [[" + HEALTHY + "]]]}";
        JsonNode answer = STRICT.readTree(answered(post("/api/v1/models/" + LABELS + "/predict", body)));
        assertThat(answer.at("/predictions/0/scores/ebb").asString()).isEqualTo("NaN");
        assertThat(answer.at("/predictions/0/label").asString()).isEmpty();
        assertThat(answer.at("/predictions/1/label").asString()).isEqualTo("ebb");
        assertThat(STRICT.readTree(answered(post("/api/v1/models/" + VALUES + "/predict", body)))
                        .at("/predictions/0/values/0")
                        .asString())
                .isEqualTo("Infinity");
    }

    @Test
    void aTextIsScoredButNotWrittenOnWhereNoCharacterHasAProbability() {
        String input =
                "{\"inputs\": [{\"name\": \"text\", \"shape\": [1], \"datatype\": \"BYTES\", \"data\": [\"ab\"]}]}";
        JsonNode scored = STRICT.readTree(answered(post(path(TEXT), input)));
        assertThat(data(scored, "log_likelihood"))
                .extracting(JsonNode::asString)
                .containsExactly("NaN");
        HttpResponse<String> written = post("/v2/models/" + TEXT + "/generate", "{\"text_input\": \"ab\"}");
        assertThat(written.statusCode()).isEqualTo(400);
        assertThat(json(written).get("error").asString()).contains("model '" + TEXT + "' overflow", "got Infinity");
    }

    // --- going in ---

    @ParameterizedTest
    @ValueSource(strings = {"1e39", "-1e39", "1e400", "3.5e38"})
    void aNumberThatFp32CannotHoldIsRefusedInJson(String number) {
        for (String datatype : List.of("FP32", "FP64")) {
            String body = "{\"inputs\": [{\"name\": \"input\", \"shape\": [1, 1, 1], \"datatype\": \"" + datatype
                    + "\", \"data\": [" + number + "]}]}";
            assertRefused(post(path(VALUES), body), "expected numbers that FP32 can hold");
        }
        assertThat(post("/api/v1/models/" + VALUES + "/predict", "{\"sequences\": [[[" + number + "]]]}")
                        .statusCode())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"NaN", "Infinity", "-Infinity", "\"NaN\"", "\"Infinity\"", "null"})
    void noSpellingOfNoNumberIsTakenInJson(String spelling) {
        assertRefused(post(path(VALUES), json(new float[] {1}).replace("[1.0]", "[" + spelling + "]")), "");
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void noneIsTakenInBinaryOrOverGrpcAndALiveSequenceStaysAsItWas(float value) {
        String id = "poisoned-" + value;
        HttpResponse<byte[]> refused = sendBinary(VALUES, "", new long[] {1, 1, 1}, value);
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(new String(refused.body(), StandardCharsets.UTF_8)).contains("expected numbers that FP32 can hold");
        for (ModelInferRequest.Builder request : List.of(raw(value), typed(value), typed64(value))) {
            StatusRuntimeException thrown = catchThrowableOfType(StatusRuntimeException.class, () -> call(request));
            assertThat(thrown.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(thrown.getStatus().getDescription()).contains("expected numbers that FP32 can hold");
        }

        call(step(raw(0.3f), id, true));
        assertThat(catchThrowableOfType(StatusRuntimeException.class, () -> call(step(raw(value), id, false))))
                .isNotNull();
        float[] next = floats(call(step(raw(0.2f), id, false)));
        assertThat(next).isEqualTo(binary(VALUES, "values", new long[] {1, 2, 1}, 0.3f, 0.2f));
    }

    @Test
    void aDoubleThatFp32CannotHoldIsRefusedOverGrpc() {
        StatusRuntimeException thrown = catchThrowableOfType(StatusRuntimeException.class, () -> call(typed64(1e39)));
        assertThat(thrown.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(thrown.getStatus().getDescription()).contains("expected numbers that FP32 can hold");
    }

    // --- the three transports ---

    private static String path(String model) {
        return "/v2/models/" + model + "/infer";
    }

    /** One step for each of a batch's sequences. */
    private static String json(float[] batch) {
        return "{\"inputs\": [{\"name\": \"input\", \"shape\": [" + batch.length
                + ", 1, 1], \"datatype\": \"FP32\", \"data\": " + Arrays.toString(batch) + "}]}";
    }

    private static String step(String body, String id, boolean start) {
        return "{\"parameters\": {\"sequence_id\": \"" + id + "\", \"sequence_start\": " + start + "},"
                + body.substring(1);
    }

    private JsonNode inferJson(String model, float... batch) {
        return STRICT.readTree(answered(post(path(model), json(batch))));
    }

    private static String answered(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return response.body();
    }

    private static void assertRefused(HttpResponse<String> response, String message) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(STRICT.readTree(response.body()).get("error").asString()).contains(message);
    }

    private static List<JsonNode> data(JsonNode answer, String output) {
        return answer.get("outputs").values().stream()
                .filter(tensor -> tensor.get("name").asString().equals(output))
                .flatMap(tensor -> tensor.get("data").values().stream())
                .toList();
    }

    private static float[] floats(List<JsonNode> numbers) {
        float[] values = new float[numbers.size()];
        for (int k = 0; k < values.length; k++) {
            values[k] = Float.parseFloat(numbers.get(k).asString());
        }
        return values;
    }

    private static byte[] bytes(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    private static float[] floats(ByteBuffer bytes) {
        float[] values = new float[bytes.remaining() / 4];
        bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return values;
    }

    private float[] binary(String model, String output, float... batch) {
        return binary(model, output, new long[] {batch.length, 1, 1}, batch);
    }

    private float[] binary(String model, String output, long[] shape, float... values) {
        HttpResponse<byte[]> response = sendBinary(model, output, shape, values);
        assertThat(response.statusCode()).isEqualTo(200);
        int head = (int) response.headers()
                .firstValueAsLong("Inference-Header-Content-Length")
                .orElseThrow();
        return floats(ByteBuffer.wrap(response.body(), head, response.body().length - head));
    }

    private HttpResponse<byte[]> sendBinary(String model, String output, long[] shape, float... values) {
        String outputs = output.isEmpty() ? "" : "\"outputs\": [{\"name\": \"" + output + "\"}],";
        byte[] head = ("{\"parameters\": {\"binary_data_output\": true}," + outputs
                        + "\"inputs\": [{\"name\": \"input\", \"datatype\": \"FP32\", \"shape\": "
                        + Arrays.toString(shape)
                        + ", \"parameters\": {\"binary_data_size\": " + 4 * values.length + "}}]}")
                .getBytes(StandardCharsets.UTF_8);
        return sendForBytes(HttpRequest.newBuilder(uri(path(model)))
                .header("Inference-Header-Content-Length", Integer.toString(head.length))
                .POST(BodyPublishers.concat(
                        BodyPublishers.ofByteArray(head), BodyPublishers.ofByteArray(bytes(values)))));
    }

    private float[] overGrpc(String model, String output, float... batch) {
        return floats(call(raw(batch)
                .setModelName(model)
                .addOutputs(InferRequestedOutputTensor.newBuilder().setName(output))));
    }

    private ModelInferResponse call(ModelInferRequest.Builder request) {
        return GRPCInferenceServiceGrpc.newBlockingStub(channel).modelInfer(request.build());
    }

    private static float[] floats(ModelInferResponse answer) {
        return floats(answer.getRawOutputContents(0).asReadOnlyByteBuffer());
    }

    private static ModelInferRequest.Builder raw(float... batch) {
        return request("FP32", InferTensorContents.getDefaultInstance(), batch.length)
                .addRawInputContents(ByteString.copyFrom(bytes(batch)));
    }

    private static ModelInferRequest.Builder typed(float value) {
        return request(
                "FP32", InferTensorContents.newBuilder().addFp32Contents(value).build(), 1);
    }

    private static ModelInferRequest.Builder typed64(double value) {
        return request(
                "FP64", InferTensorContents.newBuilder().addFp64Contents(value).build(), 1);
    }

    private static ModelInferRequest.Builder request(String datatype, InferTensorContents contents, int batch) {
        return ModelInferRequest.newBuilder()
                .setModelName(VALUES)
                .addInputs(InferInputTensor.newBuilder()
                        .setName("input")
                        .setDatatype(datatype)
                        .addAllShape(List.of((long) batch, 1L, 1L))
                        .setContents(contents));
    }

    private static ModelInferRequest.Builder step(ModelInferRequest.Builder request, String id, boolean start) {
        return request.putParameters(
                        "sequence_id",
                        InferParameter.newBuilder().setStringParam(id).build())
                .putParameters(
                        "sequence_start",
                        InferParameter.newBuilder().setBoolParam(start).build());
    }
}
