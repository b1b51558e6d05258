package io.tidegate.oip.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.stub.StreamObserver;
import io.tidegate.oip.grpc.proto.GRPCInferenceServiceGrpc;
import io.tidegate.oip.grpc.proto.ModelInferRequest;
import io.tidegate.oip.grpc.proto.ModelStreamInferResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Live sequences over one stream, many steps of each on their way at the same time. */
class GrpcStreamTest extends GrpcServer {

    private static final int SEQUENCES = 20, STEPS = 15;

    @Test
    void pipelinedStepsGiveWhatTheWholeGives() throws Exception {
        List<ModelInferRequest> requests = new ArrayList<>();
        for (int t = 0; t < STEPS; t++) {
            for (int s = 0; s < SEQUENCES; s++) {
                requests.add(step("stream-" + s, t == 0, t == STEPS - 1, value(s, 2 * t), value(s, 2 * t + 1))
                        .setId(s + "/" + t)
                        .build());
            }
        }
        List<ModelStreamInferResponse> answers = stream(requests);

        assertThat(answers)
                .extracting(ModelStreamInferResponse::getErrorMessage)
                .containsOnly("");
        assertThat(answers)
                .extracting(answer -> answer.getInferResponse().getId())
                .containsExactlyElementsOf(
                        requests.stream().map(ModelInferRequest::getId).toList());
        for (int t = 0; t < STEPS; t++) {
            for (int s = 0; s < SEQUENCES; s++) {
                float[] values = new float[2 * (t + 1)];
                for (int k = 0; k < values.length; k++) {
                    values[k] = value(s, k);
                }
                assertThat(floats(answers.get(t * SEQUENCES + s).getInferResponse(), "probabilities"))
                        .as("sequence %d after step %d", s, t)
                        .isEqualTo(floats(
                                stub().modelInfer(raw(List.of(1L, t + 1L, 2L), values)
                                        .build()),
                                "probabilities"));
            }
        }
    }

    private static float value(int sequence, int k) {
        return (float) Math.sin(sequence + 0.7 * k) * 3;
    }

    @Test
    void whatIsWrongWithOneRequestIsSaidInItsPlace() throws Exception {
        List<ModelStreamInferResponse> answers = stream(List.of(
                step("wrong-1", false, false, 1, 2).setId("unknown").build(),
                raw(List.of(1L, 1L, 2L), 1, 2).setId("whole").build(),
                raw(List.of(1L, 1L, 2L), 1).setId("short").build(),
                raw(List.of(1L, 1L, 2L), 1, 2)
                        .setModelName("nobody")
                        .setId("nobody")
                        .build()));

        assertThat(answers)
                .extracting(answer -> answer.getInferResponse().getId())
                .containsExactly("unknown", "whole", "short", "nobody");
        assertThat(answers.get(0).getErrorMessage()).startsWith("sequence_unknown: ");
        assertThat(answers.get(1).getErrorMessage()).isEmpty();
        assertThat(answers.get(1).getInferResponse())
                .isEqualTo(stub().modelInfer(
                                raw(List.of(1L, 1L, 2L), 1, 2).setId("whole").build()));
        assertThat(answers.get(2).getErrorMessage()).startsWith("unexpected size for input 'input'");
        assertThat(answers.get(3).getErrorMessage()).isEqualTo("Request for unknown model: 'nobody' is not found");
    }

    /** A pipelining client whose third step is wrong: what it had sent behind that one doesn't run over the hole. */
    @Test
    void stepsBehindOneThatFailedWaitUntilItIsSentRight() throws Exception {
        List<ModelStreamInferResponse> answers = stream(List.of(
                step("hole", true, false, 1, 2).setId("1").build(),
                step("hole", false, false, 3, 4).setId("2").build(),
                step("hole", false, false, Float.NaN, 6).setId("3").build(),
                step("hole", false, false, 7, 8).setId("4").build(),
                step("hole", false, true, 9, 10).setId("5").build(),
                step("hole", false, false, 5, 6).setId("3").build(),
                step("hole", false, false, 7, 8).setId("4").build(),
                step("hole", false, true, 9, 10).setId("5").build()));

        assertThat(answers.get(2).getErrorMessage()).startsWith("input 'input': expected numbers");
        assertThat(answers.subList(3, 5))
                .allMatch(answer -> answer.getErrorMessage().startsWith("sequence_gap: "));
        assertThat(floats(answers.getLast().getInferResponse(), "probabilities"))
                .isEqualTo(floats(
                        stub().modelInfer(raw(List.of(1L, 5L, 2L), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
                                .build()),
                        "probabilities"));
    }

    private List<ModelStreamInferResponse> stream(List<ModelInferRequest> requests) throws Exception {
        List<ModelStreamInferResponse> answers = new ArrayList<>();
        CompletableFuture<List<ModelStreamInferResponse>> all = new CompletableFuture<>();
        StreamObserver<ModelInferRequest> call = GRPCInferenceServiceGrpc.newStub(channel())
                .modelStreamInfer(new StreamObserver<>() {
                    @Override
                    public void onNext(ModelStreamInferResponse answer) {
                        answers.add(answer);
                    }

                    @Override
                    public void onError(Throwable t) {
                        all.completeExceptionally(t);
                    }

                    @Override
                    public void onCompleted() {
                        all.complete(answers);
                    }
                });
        requests.forEach(call::onNext);
        call.onCompleted();
        return all.get(120, TimeUnit.SECONDS);
    }
}
