package io.tidegate.oip.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.tidegate.inference.Caller;
import io.tidegate.inference.Failure;
import io.tidegate.inference.RefusedException;
import io.tidegate.oip.grpc.proto.GRPCInferenceServiceGrpc;
import io.tidegate.oip.grpc.proto.GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase;
import io.tidegate.oip.grpc.proto.InferParameter;
import io.tidegate.oip.grpc.proto.ModelInferRequest;
import io.tidegate.oip.grpc.proto.ModelInferResponse;
import io.tidegate.oip.grpc.proto.ModelStreamInferResponse;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Streams over a real connection, to a model whose answers come when the test says so. */
class StreamCallTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Answers by the request's id; what isn't there is answered at once. */
    private final Map<String, CompletableFuture<ModelInferResponse>> held = new ConcurrentHashMap<>();

    private final Queue<String> started = new ConcurrentLinkedQueue<>();
    private final Map<String, Caller> callers = new ConcurrentHashMap<>();
    private final Map<StreamCall, Boolean> open = new ConcurrentHashMap<>();
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicInteger mostUnderWay = new AtomicInteger();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private Server server;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws Exception {
        GRPCInferenceServiceImplBase service = new GRPCInferenceServiceImplBase() {
            @Override
            public StreamObserver<ModelInferRequest> modelStreamInfer(StreamObserver<ModelStreamInferResponse> client) {
                StreamCall call = new StreamCall(
                        (ServerCallStreamObserver<ModelStreamInferResponse>) client,
                        StreamCallTest.this::answer,
                        threads,
                        1 << 20,
                        open::remove);
                open.put(call, true);
                call.begin();
                return call;
            }
        };
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(ServerInterceptors.intercept(service, new StreamErrors()))
                .build()
                .start();
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
                .usePlaintext()
                .build();
    }

    @AfterEach
    void stop() throws Exception {
        channel.shutdownNow().awaitTermination(30, TimeUnit.SECONDS);
        server.shutdownNow().awaitTermination(30, TimeUnit.SECONDS);
        held.values().forEach(answer -> answer.cancel(true));
        threads.close();
    }

    private ModelInferResponse answer(ModelInferRequest request, Caller caller) {
        String id = request.getId();
        callers.put(id, caller);
        mostUnderWay.accumulateAndGet(underWay.incrementAndGet(), Math::max);
        started.add(id);
        CompletableFuture<ModelInferResponse> answer = held.get(id);
        ModelInferResponse response =
                answer == null ? ModelInferResponse.newBuilder().setId(id).build() : answer.join();
        underWay.decrementAndGet();
        return response;
    }

    private void hold(String... ids) {
        for (String id : ids) {
            held.put(id, new CompletableFuture<>());
        }
    }

    private void release(String id) {
        held.get(id).complete(ModelInferResponse.newBuilder().setId(id).build());
    }

    private void refuse(String id, String message) {
        held.get(id).completeExceptionally(new RefusedException(Failure.Kind.GONE, message));
    }

    /** The client's side of a stream. */
    private final class Client implements ClientResponseObserver<ModelInferRequest, ModelStreamInferResponse> {
        final List<ModelStreamInferResponse> answers = java.util.Collections.synchronizedList(new ArrayList<>());
        final CompletableFuture<Status> end = new CompletableFuture<>();
        private ClientCallStreamObserver<ModelInferRequest> requests;

        Client(Metadata headers) {
            GRPCInferenceServiceGrpc.newStub(channel)
                    .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                    .modelStreamInfer(this);
        }

        Client() {
            this(new Metadata());
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<ModelInferRequest> requests) {
            this.requests = requests;
        }

        void send(String id, String... sequence) {
            requests.onNext(request(id, sequence).build());
        }

        void start(String id, String sequence) {
            requests.onNext(request(id, sequence)
                    .putParameters(
                            "sequence_start",
                            InferParameter.newBuilder().setBoolParam(true).build())
                    .build());
        }

        private static ModelInferRequest.Builder request(String id, String... sequence) {
            ModelInferRequest.Builder request =
                    ModelInferRequest.newBuilder().setModelName("m").setId(id);
            for (String each : sequence) {
                request.putParameters(
                        "sequence_id",
                        InferParameter.newBuilder().setStringParam(each).build());
            }
            return request;
        }

        List<String> errors() {
            synchronized (answers) {
                return answers.stream()
                        .map(ModelStreamInferResponse::getErrorMessage)
                        .toList();
            }
        }

        @Override
        public void onNext(ModelStreamInferResponse answer) {
            answers.add(answer);
        }

        @Override
        public void onError(Throwable t) {
            end.complete(Status.fromThrowable(t));
        }

        @Override
        public void onCompleted() {
            end.complete(Status.OK);
        }

        List<String> ids() {
            synchronized (answers) {
                return answers.stream()
                        .map(answer -> answer.getInferResponse().getId())
                        .toList();
            }
        }

        Status end() throws Exception {
            return end.get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void requestsRunTogetherAndAnswersComeInTheirOrder() throws Exception {
        hold("a", "b", "c");
        Client client = new Client();
        client.send("a");
        client.send("b");
        client.send("c");
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(started).containsExactlyInAnyOrder("a", "b", "c"));

        release("c");
        release("b");
        release("a");
        client.requests.onCompleted();

        assertThat(client.end().isOk()).isTrue();
        assertThat(client.ids()).containsExactly("a", "b", "c");
        assertThat(open).isEmpty();
    }

    @Test
    void stepsOfOneSequenceAreMadeOneAfterTheOtherAndThoseOfOthersBesideThem() throws Exception {
        hold("x1", "y1");
        Client client = new Client();
        for (int k = 1; k <= 50; k++) {
            client.send("x" + k, "x");
            client.send("y" + k, "y");
        }
        client.requests.onCompleted();
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(started).containsExactlyInAnyOrder("x1", "y1"));
        release("y1");
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(started).contains("y50"));
        assertThat(started).doesNotContain("x2");
        release("x1");

        assertThat(client.end().isOk()).isTrue();
        List<String> made = List.copyOf(started);
        for (String sequence : List.of("x", "y")) {
            assertThat(made.stream().filter(id -> id.startsWith(sequence)))
                    .containsExactlyElementsOf(IntStream.rangeClosed(1, 50)
                            .mapToObj(k -> sequence + k)
                            .toList());
        }
        assertThat(client.ids()).hasSize(100).startsWith("x1", "y1", "x2", "y2");
    }

    @Test
    void aRequestThatFailsIsAnsweredAndTheStreamGoesOn() throws Exception {
        hold("b");
        refuse("b", "sequence_ended: that was it");
        Client client = new Client();
        client.send("a");
        client.send("b", "x");
        client.send("c", "y");
        client.send("d");
        client.requests.onCompleted();

        assertThat(client.end().isOk()).isTrue();
        assertThat(client.ids()).containsExactly("a", "b", "c", "d");
        assertThat(client.errors()).containsExactly("", "sequence_ended: that was it", "", "");
    }

    @Test
    void noStepIsMadeBehindOneOfItsSequenceThatFailed() throws Exception {
        hold("x1");
        Client client = new Client();
        client.send("x1", "x");
        client.send("x2", "x");
        client.send("y1", "y");
        client.send("x3", "x");
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(started).contains("x1", "y1"));
        refuse("x1", "Request timeout expired");
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(client.ids()).hasSize(4));
        client.send("x4", "x"); // the client may not know yet
        client.requests.onCompleted();

        assertThat(client.end().isOk()).isTrue();
        assertThat(client.ids()).containsExactly("x1", "x2", "y1", "x3", "x4");
        assertThat(client.errors().get(0)).isEqualTo("Request timeout expired");
        assertThat(client.errors().get(2)).isEmpty();
        for (int refused : new int[] {1, 3, 4}) {
            assertThat(client.errors().get(refused))
                    .startsWith("sequence_gap: ")
                    .contains("request id 'x1'");
        }
        assertThat(started).containsExactlyInAnyOrder("x1", "y1");
    }

    @Test
    void theFailedStepSentAgainOrANewBeginningClosesTheGap() throws Exception {
        hold("x1", "y1");
        refuse("x1", "Request timeout expired");
        refuse("y1", "Request timeout expired");
        Client client = new Client();
        client.send("x1", "x");
        client.send("y1", "y");
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(client.ids()).hasSize(2));
        held.clear();
        client.send("x2", "x");
        client.send("x1", "x");
        client.send("x2", "x");
        client.start("y2", "y");
        client.send("y3", "y");
        client.requests.onCompleted();

        assertThat(client.end().isOk()).isTrue();
        assertThat(client.ids()).containsExactly("x1", "y1", "x2", "x1", "x2", "y2", "y3");
        assertThat(client.errors().get(2)).startsWith("sequence_gap: ");
        assertThat(client.errors().subList(3, 7)).containsOnly("");
    }

    @Test
    void aStepWithoutAnIdIsNeverTheFailedOneAgain() throws Exception {
        hold("");
        refuse("", "Request timeout expired");
        Client client = new Client();
        client.send("", "x");
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(client.ids()).hasSize(1));
        held.clear();
        client.send("", "x");
        client.requests.onCompleted();

        assertThat(client.end().isOk()).isTrue();
        assertThat(client.errors().get(1)).startsWith("sequence_gap: ");
    }

    @Test
    void aRequestThatFailsEndsTheStreamWhereTheClientWantsIt() throws Exception {
        hold("a", "b", "c");
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of("triton_grpc_error", Metadata.ASCII_STRING_MARSHALLER), "true");
        Client client = new Client(headers);
        client.send("a");
        client.send("b");
        client.send("c");
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(started).contains("a", "b", "c"));
        refuse("b", "sequence_ended: that was it");
        release("a");

        assertThat(client.end().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(client.end().getDescription()).isEqualTo("sequence_ended: that was it");
        assertThat(client.ids()).containsExactly("a");
        assertThat(callers.get("c").gone().getAsBoolean()).isTrue();
    }

    @Test
    void anErrorIsAnAnswerToo() throws Exception {
        hold("a");
        held.get("a").completeExceptionally(new StackOverflowError());
        Client client = new Client();
        client.send("a");
        client.requests.onCompleted();

        assertThat(client.end().isOk()).isTrue();
        assertThat(client.answers.get(0).getErrorMessage())
                .isEqualTo("the server failed at this request; its log says why");
    }

    @Test
    void aClientThatGivesUpLeavesNothingBehind() throws Exception {
        hold("a", "b");
        Client client = new Client();
        client.send("a", "x");
        client.send("b", "x");
        client.send("c");
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(started).contains("a", "c"));
        assertThat(callers.get("a").gone().getAsBoolean()).isFalse();

        client.requests.cancel("enough", null);
        await().atMost(PATIENCE).until(() -> callers.get("a").gone().getAsBoolean());
        await().atMost(PATIENCE).until(open::isEmpty);
        release("a");
        threads.close(); // waits for what runs

        assertThat(started).doesNotContain("b");
    }

    @Test
    void aFloodIsHeldBack() throws Exception {
        hold("0");
        int all = 3 * StreamCall.MOST_UNANSWERED;
        Client client = new Client();
        for (int k = 0; k < all; k++) {
            client.send(Integer.toString(k));
        }
        client.requests.onCompleted();
        // All but the first are answered, and wait for it to be sent.
        await().atMost(PATIENCE).until(() -> started.size() == StreamCall.MOST_UNANSWERED);
        assertThat(client.answers).isEmpty();
        release("0");

        assertThat(client.end().isOk()).isTrue();
        assertThat(client.ids()).hasSize(all);
        assertThat(client.ids().getLast()).isEqualTo(Integer.toString(all - 1));
    }

    @Test
    void aFloodOfOneSequenceIsHeldBackToo() throws Exception {
        hold("0");
        Client client = new Client();
        for (int k = 0; k < 2000; k++) {
            client.send(Integer.toString(k), "x");
        }
        client.requests.onCompleted();
        await().atMost(PATIENCE).until(() -> started.size() == 1);
        release("0");

        assertThat(client.end().isOk()).isTrue();
        assertThat(client.ids()).hasSize(2000);
        assertThat(mostUnderWay.get()).isEqualTo(1);
    }

    @Test
    void aServerThatStopsAnswersWhatItHasTakenIn() throws Exception {
        hold("a");
        Client client = new Client();
        client.send("a");
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(started).contains("a"));
        open.keySet().forEach(StreamCall::drain);
        client.send("b");
        release("a");

        assertThat(client.end().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(client.ids()).containsExactly("a");
        assertThat(started).containsExactly("a");
    }

    @Test
    void theLastResponseIsMarkedIfAsked() throws Exception {
        Client client = new Client();
        client.send("a");
        client.requests.onNext(ModelInferRequest.newBuilder()
                .setId("b")
                .putParameters(
                        "triton_enable_empty_final_response",
                        InferParameter.newBuilder().setBoolParam(true).build())
                .build());
        client.requests.onCompleted();

        assertThat(client.end().isOk()).isTrue();
        assertThat(client.answers.get(0).getInferResponse().getParametersMap()).isEmpty();
        assertThat(client.answers
                        .get(1)
                        .getInferResponse()
                        .getParametersMap()
                        .get("triton_final_response")
                        .getBoolParam())
                .isTrue();
    }
}
