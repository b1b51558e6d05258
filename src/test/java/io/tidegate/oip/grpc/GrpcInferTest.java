package io.tidegate.oip.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.tidegate.oip.grpc.proto.InferTensorContents;
import io.tidegate.oip.grpc.proto.ModelInferRequest;
import io.tidegate.oip.grpc.proto.ModelInferRequest.InferRequestedOutputTensor;
import io.tidegate.oip.grpc.proto.ModelInferResponse;
import io.tidegate.oip.grpc.proto.ModelInferResponse.InferOutputTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;

/** Answers, against those over HTTP, which are tested against the network. */
class GrpcInferTest extends GrpcServer {

    private static final float[] TWO = {1, 2, 0.5f, -4, 3, -4, 11, 6};

    @Autowired
    private MeterRegistry meters;

    @Test
    void theAnswerIsTheSameAsOverHttp() {
        JsonNode http = json(
                post(
                        "/v2/models/" + CLASSIFIER + "/infer",
                        "{\"inputs\":[{\"name\":\"input\",\"shape\":[2,2,2],\"datatype\":\"FP32\",\"data\":[1,2,0.5,-4,3,-4,11,6]}]}"));

        ModelInferResponse answer =
                stub().modelInfer(raw(List.of(2L, 2L, 2L), TWO).setId("a-1").build());

        assertThat(answer.getModelName()).isEqualTo(CLASSIFIER);
        assertThat(answer.getModelVersion()).isEqualTo("1");
        assertThat(answer.getId()).isEqualTo("a-1");
        assertThat(answer.getOutputsList())
                .extracting(InferOutputTensor::getName, InferOutputTensor::getDatatype, InferOutputTensor::getShapeList)
                .containsExactly(tuple("probabilities", "FP32", List.of(2L, 3L)), tuple("label", "BYTES", List.of(2L)));
        JsonNode probabilities = http.get("outputs").get(0).get("data");
        float[] values = floats(answer, "probabilities");
        assertThat(values).hasSize(6);
        for (int k = 0; k < values.length; k++) {
            assertThat(values[k]).isEqualTo(probabilities.get(k).floatValue());
        }
        assertThat(texts(answer, "label"))
                .containsExactly(
                        http.get("outputs").get(1).get("data").get(0).asString(),
                        http.get("outputs").get(1).get("data").get(1).asString());
    }

    @Test
    void typedAndRawDataGiveTheSame() {
        ModelInferResponse raw = stub().modelInfer(raw(List.of(2L, 2L, 2L), TWO).build());
        assertThat(stub().modelInfer(typed(List.of(2L, 2L, 2L), TWO).build())).isEqualTo(raw);
    }

    @ParameterizedTest
    @ValueSource(strings = {"FP16", "BF16", "FP64"})
    void fractionsOfOtherWidthsAreConverted(String datatype) {
        ByteBuffer buffer = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : TWO) { // all of them are numbers that each of the formats can hold
            switch (datatype) {
                case "FP16" -> buffer.putShort(Float.floatToFloat16(value));
                case "BF16" -> buffer.putShort((short) (Float.floatToIntBits(value) >>> 16));
                default -> buffer.putDouble(value);
            }
        }
        ModelInferRequest request = ModelInferRequest.newBuilder()
                .setModelName(CLASSIFIER)
                .addInputs(input("input", datatype, List.of(2L, 2L, 2L)))
                .addRawInputContents(ByteString.copyFrom(buffer.flip()))
                .build();

        assertThat(stub().modelInfer(request))
                .isEqualTo(stub().modelInfer(raw(List.of(2L, 2L, 2L), TWO).build()));
    }

    @Test
    void doublesComeTypedToo() {
        InferTensorContents.Builder contents = InferTensorContents.newBuilder();
        for (float value : TWO) {
            contents.addFp64Contents(value);
        }
        ModelInferRequest request = ModelInferRequest.newBuilder()
                .setModelName(CLASSIFIER)
                .addInputs(input("input", "FP64", List.of(2L, 2L, 2L)).setContents(contents))
                .build();
        assertThat(stub().modelInfer(request))
                .isEqualTo(stub().modelInfer(raw(List.of(2L, 2L, 2L), TWO).build()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64"})
    void lengthsMayBeIntegersOfAnyWidthTypedOrRaw(String datatype) {
        InferTensorContents contents = switch (datatype) {
            case "INT64" ->
                InferTensorContents.newBuilder()
                        .addInt64Contents(1)
                        .addInt64Contents(2)
                        .build();
            case "UINT64" ->
                InferTensorContents.newBuilder()
                        .addUint64Contents(1)
                        .addUint64Contents(2)
                        .build();
            case "INT8", "INT16", "INT32" ->
                InferTensorContents.newBuilder()
                        .addIntContents(1)
                        .addIntContents(2)
                        .build();
            default ->
                InferTensorContents.newBuilder()
                        .addUintContents(1)
                        .addUintContents(2)
                        .build();
        };
        int width = Integer.parseInt(datatype.replaceAll("\\D", "")) / 8;
        byte[] bytes = new byte[2 * width];
        bytes[0] = 1;
        bytes[width] = 2;

        ModelInferResponse typed = stub().modelInfer(typed(List.of(2L, 2L, 2L), TWO)
                .addInputs(input("lengths", datatype, List.of(2L)).setContents(contents))
                .build());
        ModelInferResponse raw = stub().modelInfer(raw(List.of(2L, 2L, 2L), TWO)
                .addInputs(input("lengths", datatype, List.of(2L)))
                .addRawInputContents(ByteString.copyFrom(bytes))
                .build());

        assertThat(typed).isEqualTo(raw);
        assertThat(floats(typed, "probabilities"))
                .startsWith(floats(
                        stub().modelInfer(raw(List.of(1L, 1L, 2L), 1, 2).build()), "probabilities"));
    }

    @Test
    void textsComeTypedOrRaw() {
        ModelInferResponse typed = stub().modelInfer(text("ab", "b").build());
        ModelInferRequest request = ModelInferRequest.newBuilder()
                .setModelName(LANGUAGE_MODEL)
                .addInputs(input("text", "BYTES", List.of(2L)))
                .addRawInputContents(ByteString.copyFrom(new byte[] {2, 0, 0, 0, 'a', 'b', 1, 0, 0, 0, 'b'}))
                .build();
        assertThat(stub().modelInfer(request)).isEqualTo(typed);
        assertThat(typed.getOutputsList())
                .extracting(InferOutputTensor::getName)
                .containsExactly("log_likelihood", "next_probabilities");
        assertThat(floats(typed, "log_likelihood")[0]).isNegative();
    }

    @Test
    void outputsAreGivenInTheOrderAskedFor() {
        ModelInferResponse answer = stub().modelInfer(raw(List.of(1L, 2L, 2L), 1, 2, 3, 4)
                .addOutputs(InferRequestedOutputTensor.newBuilder().setName("hidden"))
                .addOutputs(InferRequestedOutputTensor.newBuilder().setName("probabilities"))
                .build());
        assertThat(answer.getOutputsList())
                .extracting(InferOutputTensor::getName)
                .containsExactly("hidden", "probabilities");
        assertThat(answer.getOutputs(0).getShapeList()).containsExactly(1L, 2L, 5L);
        assertThat(answer.getRawOutputContents(0).size()).isEqualTo(4 * 2 * 5);
    }

    @Test
    void theLikeliestClassesComeAsTexts() {
        ModelInferRequest.Builder request = raw(List.of(2L, 2L, 2L), TWO);
        float[] probabilities = floats(stub().modelInfer(request.build()), "probabilities");
        ModelInferResponse answer = stub().modelInfer(request.addOutputs(InferRequestedOutputTensor.newBuilder()
                        .setName("probabilities")
                        .putParameters("classification", parameter(1L)))
                .build());

        assertThat(answer.getOutputs(0).getDatatype()).isEqualTo("BYTES");
        List<String> texts = texts(answer, "probabilities");
        assertThat(texts).hasSize(2);
        for (int b = 0; b < 2; b++) {
            int best = 0;
            for (int k = 1; k < 3; k++) {
                best = probabilities[3 * b + k] > probabilities[3 * b + best] ? k : best;
            }
            assertThat(texts.get(b).split(":")[1]).isEqualTo(Integer.toString(best));
        }
    }

    @ParameterizedTest
    @CsvSource({"'', 1", "@latest, ''", "@1, ''"})
    void aVersionIsNamedInEitherWay(String suffix, String version) {
        ModelInferResponse answer = stub().modelInfer(raw(List.of(1L, 1L, 2L), 1, 2)
                .setModelName(CLASSIFIER + suffix)
                .setModelVersion(version)
                .build());
        assertThat(answer.getModelName()).isEqualTo(CLASSIFIER);
        assertThat(answer.getModelVersion()).isEqualTo("1");
    }

    @Test
    void unknownParametersChangeNothing() {
        ModelInferRequest plain = raw(List.of(1L, 1L, 2L), 1, 2).build();
        ModelInferRequest busy = plain.toBuilder()
                .putParameters("flavour", parameter("mint"))
                .putParameters("binary_data_output", parameter(true))
                .putParameters("sequence_id", parameter(0L))
                .putParameters("priority", unsigned(1))
                .putParameters("timeout", parameter(5_000_000L))
                .setInputs(
                        0,
                        plain.getInputs(0).toBuilder()
                                .putParameters("binary_data_size", parameter(8L))
                                .build())
                .build();
        assertThat(stub().modelInfer(busy)).isEqualTo(stub().modelInfer(plain));
    }

    @Test
    void aRequestIsTimed() {
        long before = count("success"), refused = count("client_error");
        stub().modelInfer(raw(List.of(1L, 1L, 2L), 1, 2).build());
        assertRefused(
                () -> stub().modelInfer(raw(List.of(1L, 1L, 2L), 1).build()), Status.Code.INVALID_ARGUMENT, "size");

        assertThat(count("success")).isEqualTo(before + 1);
        assertThat(count("client_error")).isEqualTo(refused + 1);
    }

    private long count(String outcome) {
        Timer timer = meters.find("tidegate.request")
                .tags("model", CLASSIFIER, "version", "1", "outcome", outcome)
                .timer();
        return timer == null ? 0 : timer.count();
    }

    // --- refusals ---

    @Test
    void wrongDataIsRefusedWithTheSameWordsAsOverHttp() {
        invalid(
                raw(List.of(1L, 1L, 2L), 1),
                "unexpected size for input 'input': expected 2 elements of FP32, 4 bytes each, got 4 bytes");
        invalid(
                typed(List.of(1L, 1L, 2L), 1, 2, 3),
                "unexpected size for input 'input': expected 2 elements for shape [1, 1, 2], got 3");
        invalid(
                typed(List.of(1L, 1L, 2L)),
                "unexpected size for input 'input': expected 2 elements for shape [1, 1, 2], got 0");
        invalid(
                raw(List.of(1L, 1L, 3L), 1, 2, 3),
                "unexpected shape for input 'input' for model '" + CLASSIFIER
                        + "'. Expected [-1, -1, 2], got [1, 1, 3]");
        invalid(raw(List.of(1L, -1L, 2L), 1, 2), "input 'input': expected sizes of at least 1, got shape [1, -1, 2]");
        invalid(raw(List.of(), 1, 2), "expected a shape of 1 to 8 sizes, got 0");
        invalid(
                raw(List.of(1L << 31, 1L << 31, 2L), 1, 2),
                "shape [2147483648, 2147483648, 2] causes total element count to exceed maximum size of 9223372036854775807");
        invalid(
                raw(List.of(1L << 40, 1L << 20, 2L), 1, 2),
                "unexpected size for input 'input': expected 2305843009213693952 elements");
        invalid(raw(List.of(1L, 1L, 2L), Float.NaN, 2), "input 'input': expected numbers that FP32 can hold");
        invalid(raw(List.of(9L, 1L, 2L), new float[18]), "tidegate.limits.max-batch");
        invalid(
                ModelInferRequest.newBuilder().setModelName(CLASSIFIER),
                "expected 1 inputs but got 0 inputs for model '" + CLASSIFIER + "'");
    }

    @Test
    void wrongNamesAreRefused() {
        ModelInferRequest.Builder good = raw(List.of(1L, 1L, 2L), 1, 2);
        invalid(
                good.clone().setInputs(0, input("inputs", "FP32", List.of(1L, 1L, 2L))),
                "unexpected inference input 'inputs' for model '" + CLASSIFIER + "'; it takes [input, lengths]");
        invalid(
                good.clone().setInputs(0, input("input", "FLOAT", List.of(1L, 1L, 2L))),
                "expected a datatype of [BOOL, UINT8");
        invalid(
                good.clone().setInputs(0, input("input", "INT32", List.of(1L, 1L, 2L))),
                "inference input 'input' data-type is 'INT32', but model '" + CLASSIFIER + "' expects 'FP32'");
        invalid(
                good.clone().addOutputs(InferRequestedOutputTensor.newBuilder().setName("logits")),
                "unexpected inference output 'logits' for model '" + CLASSIFIER + "'; it gives [probabilities, label");
        invalid(
                good.clone().addInputs(good.getInputs(0)).addRawInputContents(bytes(1, 2)),
                "input 'input' already exists in request");
        InferRequestedOutputTensor label =
                InferRequestedOutputTensor.newBuilder().setName("label").build();
        invalid(good.clone().addOutputs(label).addOutputs(label), "output 'label' already exists in request");
        assertRefused(
                () -> stub().modelInfer(good.clone().setModelName("nobody").build()),
                Status.Code.NOT_FOUND,
                "Request for unknown model: 'nobody' is not found");
        assertRefused(
                () -> stub().modelInfer(good.clone().setModelVersion("99").build()),
                Status.Code.NOT_FOUND,
                "version 99 is not found");
        assertRefused(
                () -> stub().modelInfer(good.clone().setModelVersion("-1").build()),
                Status.Code.NOT_FOUND,
                "a version is a number");
    }

    @Test
    void typedAndRawDataAreNeverMixed() {
        invalid(
                typed(List.of(1L, 1L, 2L), 1, 2).addRawInputContents(bytes(1, 2)),
                "contents field must not be specified when using raw_input_contents for 'input'");
        invalid(
                raw(List.of(1L, 1L, 2L), 1, 2).addRawInputContents(bytes(1, 2)),
                "expected raw_input_contents for each of the 1 inputs of model '" + CLASSIFIER
                        + "' or for none, got 2");
        invalid(
                typed(List.of(1L, 1L, 2L), 1, 2)
                        .setInputs(
                                0,
                                input("input", "FP32", List.of(1L, 1L, 2L))
                                        .setContents(InferTensorContents.newBuilder()
                                                .addFp64Contents(1)
                                                .addFp64Contents(2))),
                "input 'input': expected fp32_contents for FP32, got fp64_contents");
        invalid(
                typed(List.of(1L, 1L, 2L))
                        .setInputs(
                                0,
                                input("input", "FP16", List.of(1L, 1L, 2L))
                                        .setContents(
                                                InferTensorContents.newBuilder().addFp32Contents(1))),
                "expected the data of FP16 in raw_input_contents");
        invalid(
                typed(List.of(1L, 1L, 2L), 1, 2)
                        .addInputs(input("lengths", "INT8", List.of(1L))
                                .setContents(InferTensorContents.newBuilder().addIntContents(300))),
                "input 'lengths': expected whole numbers from -128 to 127, got 300 at element 0");
    }

    @Test
    void textsThatAreNotUtf8AreRefused() {
        ByteString bad = ByteString.copyFrom(new byte[] {(byte) 0xc3, 0x28});
        invalid(
                text("a")
                        .setInputs(
                                0,
                                input("text", "BYTES", List.of(1L))
                                        .setContents(
                                                InferTensorContents.newBuilder().addBytesContents(bad))),
                "input 'text': expected UTF-8, got other bytes in the text at element 0");
    }

    @Test
    void parametersThatWouldChangeTheAnswerAreChecked() {
        ModelInferRequest.Builder good = raw(List.of(1L, 1L, 2L), 1, 2);
        invalid(
                good.clone().putParameters("sequence_id", parameter(1.5)),
                "parameter 'sequence_id': expected an integer");
        invalid(
                good.clone().putParameters("sequence_start", parameter(true)),
                "expected a non-zero or non-empty 'sequence_id'");
        invalid(
                good.clone().putParameters("priority", parameter(-1L)),
                "parameter 'priority': expected an integer of at least 0");
        invalid(
                good.clone().putParameters("triton_final_response", parameter(true)),
                "parameter 'triton_final_response' is reserved");
        invalid(
                good.clone()
                        .setInputs(
                                0,
                                good.getInputs(0).toBuilder().putParameters("shared_memory_region", parameter("shm"))),
                "shared memory isn't served; send the data");
    }

    @Test
    void aMessageOverTheLimitIsRefused() {
        assertRefused(
                () -> stub().modelInfer(
                                raw(List.of(1L, 1L, 2L), new float[30_000]).build()),
                Status.Code.RESOURCE_EXHAUSTED,
                "102400");
    }

    @Test
    void whatAMessageRepeatsOfARequestFitsIntoTrailers() {
        String name = "\u0007é".repeat(20_000);
        assertRefused(
                () -> stub().modelInfer(raw(List.of(1L, 1L, 2L), 1, 2)
                        .setInputs(0, input(name, "FP32", List.of(1L, 1L, 2L)))
                        .build()),
                Status.Code.INVALID_ARGUMENT,
                "unexpected inference input '\u0007é");
    }

    private void invalid(ModelInferRequest.Builder request, String message) {
        assertRefused(() -> stub().modelInfer(request.build()), Status.Code.INVALID_ARGUMENT, message);
    }

    // --- live sequences ---

    @Test
    void aSequenceOfStepsEndsWhereTheWholeDoes() {
        float[] whole = floats(
                stub().modelInfer(raw(List.of(1L, 3L, 2L), 1, 2, 3, 4, 5, 6).build()), "probabilities");

        stub().modelInfer(step(71L, true, false, 1, 2).build());
        stub().modelInfer(step("71", false, false, 3, 4).build()); // the integer and the text that writes it are one id
        ModelInferResponse last = stub().modelInfer(step(71L, false, true, 5, 6).build());

        assertThat(floats(last, "probabilities")).isEqualTo(whole);
        assertRefused(
                () -> stub().modelInfer(step(71L, false, false, 5, 6).build()),
                Status.Code.FAILED_PRECONDITION,
                "sequence_ended: sequence 71 of model");
    }

    @Test
    void aSequenceMustBegin() {
        assertRefused(
                () -> stub().modelInfer(step(72L, false, false, 5, 6).build()),
                Status.Code.INVALID_ARGUMENT,
                "sequence_unknown: inference request for sequence 72 to model '" + CLASSIFIER
                        + "' must specify the START flag on the first request of the sequence");
    }

    @Test
    void idsAbove2To63AreKeptApart() {
        long id = -2; // 2^64 − 2 as the protocol's C++ client sends it
        stub().modelInfer(step(id, true, false, 1, 2).build());
        ModelInferRequest next = raw(List.of(1L, 1L, 2L), 3, 4)
                .putParameters("sequence_id", unsigned(id))
                .build();
        float[] whole =
                floats(stub().modelInfer(raw(List.of(1L, 2L, 2L), 1, 2, 3, 4).build()), "probabilities");

        assertThat(floats(stub().modelInfer(next), "probabilities")).isEqualTo(whole);
        assertRefused(
                () -> stub().modelInfer(step(2L, false, false, 5, 6).build()),
                Status.Code.INVALID_ARGUMENT,
                "sequence_unknown");
        ModelInferResponse byText = stub().modelInfer(
                        step("18446744073709551614", false, true, 3, 4).build());
        assertThat(byText.getOutputsCount()).isEqualTo(2);
    }

    @Test
    void aRepeatedStepIsAnsweredAgainAndAnotherOfItsIdRefused() {
        stub().modelInfer(step(73L, true, false, 1, 2).setId("r1").build());
        ModelInferRequest second = step(73L, false, false, 3, 4).setId("r2").build();
        ModelInferResponse first = stub().modelInfer(second);

        assertThat(stub().modelInfer(second)).isEqualTo(first);
        assertRefused(
                () -> stub().modelInfer(
                                step(73L, false, false, 9, 9).setId("r2").build()),
                Status.Code.ABORTED,
                "request_id_reused");
    }

    @Test
    void aCallWhoseDeadlineIsOverIsGivenUp() {
        assertRefused(
                () -> stub().withDeadlineAfter(1, TimeUnit.NANOSECONDS)
                        .modelInfer(raw(List.of(1L, 1L, 2L), 1, 2).build()),
                Status.Code.DEADLINE_EXCEEDED,
                "");
    }
}
