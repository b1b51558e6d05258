package io.tidegate.oip.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.Status;
import io.micrometer.core.instrument.MeterRegistry;
import io.tidegate.core.engine.Engines;
import io.tidegate.oip.grpc.proto.GRPCInferenceServiceGrpc;
import io.tidegate.oip.grpc.proto.GRPCInferenceServiceGrpc.GRPCInferenceServiceFutureStub;
import io.tidegate.oip.grpc.proto.ModelInferRequest;
import io.tidegate.oip.grpc.proto.ModelInferResponse;
import io.tidegate.oip.grpc.proto.ModelStatistics;
import io.tidegate.oip.grpc.proto.ModelStatisticsRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.test.context.TestPropertySource;

/** Calls that are given up, by their deadline or by their client, while they wait and while they run. */
@TestPropertySource(properties = "tidegate.limits.max-steps=5000")
@Import(GrpcDeadlineTest.Gate.class)
class GrpcDeadlineTest extends GrpcServer {

    @TestConfiguration
    static class Gate {
        @Bean
        static GatedEngine gatedEngine() {
            return new GatedEngine();
        }

        @Bean
        @Primary
        static Engines.Selection gated(GatedEngine engine) {
            return new Engines.Selection(engine, "gated for tests", List.of());
        }
    }

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Runs that begin at once; of those behind them fewer than eight wait for one to end. */
    private static final int PLACES = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

    private static final int LONG = 2500; // steps, of which a run makes at most 1,024

    @Autowired
    GatedEngine engine;

    @Autowired
    MeterRegistry meters;

    private final List<ListenableFuture<ModelInferResponse>> running = new ArrayList<>();

    /** Lets requests take those places, so that those behind them wait. */
    @BeforeEach
    void takeAllPlaces() {
        engine.shut();
        for (int k = 0; k < PLACES; k++) {
            running.add(calls().modelInfer(request(1, k)));
            int taken = k + 1;
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(engine.atTheGate()).isEqualTo(taken));
        }
    }

    @AfterEach
    void open() {
        engine.open();
    }

    private GRPCInferenceServiceFutureStub calls() {
        return GRPCInferenceServiceGrpc.newFutureStub(channel());
    }

    private static ModelInferRequest request(int steps, float first) {
        float[] values = new float[2 * steps];
        for (int k = 0; k < values.length; k++) {
            values[k] = (float) Math.sin(first + 0.3 * k);
        }
        return raw(List.of(1L, (long) steps, 2L), values).build();
    }

    private void awaitWaiting(int requests) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(meters.get("tidegate.queue.requests")
                                .tag("model", CLASSIFIER)
                                .gauge()
                                .value())
                        .isEqualTo(requests));
    }

    private long failed() {
        ModelStatistics counted = stub().modelStatistics(
                        ModelStatisticsRequest.newBuilder().setName(CLASSIFIER).build())
                .getModelStats(0);
        return counted.getInferenceStats().getFail().getCount();
    }

    private void awaitFailed(long count) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(failed()).isEqualTo(count));
    }

    private static void assertGivenUp(ListenableFuture<?> call, Status.Code code) throws Exception {
        try {
            call.get(60, TimeUnit.SECONDS);
            throw new AssertionError("it was answered");
        } catch (ExecutionException e) {
            assertThat(Status.fromThrowable(e.getCause()).getCode()).isEqualTo(code);
        }
    }

    /** What a request gets that has the server for itself. */
    private void assertUnharmed(ListenableFuture<ModelInferResponse> call, ModelInferRequest request) throws Exception {
        ModelInferResponse answer = call.get(60, TimeUnit.SECONDS);
        assertThat(answer).isEqualTo(stub().modelInfer(request));
    }

    private void assertThoseInTheirPlacesUnharmed() throws Exception {
        for (int k = 0; k < PLACES; k++) {
            assertUnharmed(running.get(k), request(1, k));
        }
    }

    @Test
    void aDeadlineEndsACallThatWaits() throws Exception {
        long before = failed();
        ModelInferRequest stays = request(3, 50);
        ListenableFuture<ModelInferResponse> mate = calls().modelInfer(stays);
        awaitWaiting(1);
        ListenableFuture<ModelInferResponse> late =
                calls().withDeadlineAfter(500, TimeUnit.MILLISECONDS).modelInfer(request(3, 60));

        assertGivenUp(late, Status.Code.DEADLINE_EXCEEDED);
        awaitFailed(before + 1);
        awaitWaiting(1);
        engine.open();
        assertUnharmed(mate, stays);
        assertThoseInTheirPlacesUnharmed();
    }

    @Test
    void aClientThatCancelsACallThatWaitsFreesItsPlace() throws Exception {
        long before = failed();
        ModelInferRequest stays = request(3, 50);
        ListenableFuture<ModelInferResponse> mate = calls().modelInfer(stays),
                leaving = calls().modelInfer(request(3, 60));
        awaitWaiting(2);
        leaving.cancel(true);

        awaitWaiting(1);
        awaitFailed(before + 1);
        engine.open();
        assertUnharmed(mate, stays);
        assertThoseInTheirPlacesUnharmed();
    }

    /** In runs of two until one is given up, and alone from then on. */
    @Test
    void aDeadlineEndsACallThatRuns() throws Exception {
        long before = failed();
        ModelInferRequest stays = request(LONG, 50);
        ListenableFuture<ModelInferResponse> mate = calls().modelInfer(stays);
        ListenableFuture<ModelInferResponse> late =
                calls().withDeadlineAfter(3, TimeUnit.SECONDS).modelInfer(request(LONG, 60));
        firstRunOfBoth();

        assertGivenUp(late, Status.Code.DEADLINE_EXCEEDED);
        letTheServerNotice();
        engine.open();
        ModelInferResponse answer = mate.get(60, TimeUnit.SECONDS);
        awaitFailed(before + 1);
        assertThat(engine.rows().subList(PLACES, PLACES + 3)).containsExactly(2, 2, 1);
        assertThat(answer).isEqualTo(stub().modelInfer(stays));
        assertThoseInTheirPlacesUnharmed();
    }

    @Test
    void aClientThatCancelsACallThatRunsFreesItsPlace() throws Exception {
        long before = failed();
        ModelInferRequest stays = request(LONG, 50);
        ListenableFuture<ModelInferResponse> mate = calls().modelInfer(stays),
                leaving = calls().modelInfer(request(LONG, 60));
        firstRunOfBoth();
        leaving.cancel(true);
        letTheServerNotice();
        engine.open();
        ModelInferResponse answer = mate.get(60, TimeUnit.SECONDS);
        awaitFailed(before + 1);
        assertThat(engine.rows().subList(PLACES, PLACES + 3)).containsExactly(2, 2, 1);
        assertThat(answer).isEqualTo(stub().modelInfer(stays));
        assertThoseInTheirPlacesUnharmed();
    }

    /** Nothing shows that it has: the thread that waits looks every 20 ms. */
    private static void letTheServerNotice() {
        await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
    }

    /** Both wait; then they run together, and stand at the gate of their second run. */
    private void firstRunOfBoth() {
        awaitWaiting(2);
        engine.let(PLACES);
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(engine.rows()).hasSize(PLACES);
            assertThat(engine.atTheGate()).isEqualTo(1);
        });
        engine.let(1);
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(engine.rows()).hasSize(PLACES + 1);
            assertThat(engine.atTheGate()).isEqualTo(1);
        });
    }
}
