package io.tidegate.benchmark;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.tidegate.oip.grpc.proto.GRPCInferenceServiceGrpc;
import io.tidegate.oip.grpc.proto.InferParameter;
import io.tidegate.oip.grpc.proto.ModelInferRequest;
import io.tidegate.oip.grpc.proto.ModelStreamInferResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Steps of live sequences over gRPC streams, closed loop: an answer brings the next request. */
final class StreamLoad implements AutoCloseable {

    private static final int STREAMS = 16;

    /** @param latencies in nanoseconds, at the client */
    record Result(double perSecond, Histogram latencies) {
        double micros(double percentile) {
            return latencies.getValueAtPercentile(percentile) / 1e3;
        }
    }

    private final ManagedChannel channel;
    private final ModelInferRequest step, start;

    StreamLoad(int port, String model, int features) {
        channel = NettyChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .directExecutor()
                .build();
        ByteBuffer x = ByteBuffer.allocate(4 * features).order(ByteOrder.LITTLE_ENDIAN);
        for (int d = 0; d < features; d++) {
            x.putFloat(0.1f * d);
        }
        step = ModelInferRequest.newBuilder()
                .setModelName(model)
                .addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                        .setName("input")
                        .setDatatype("FP32")
                        .addShape(1)
                        .addShape(1)
                        .addShape(features))
                .addRawInputContents(ByteString.copyFrom(x.flip()))
                .build();
        start = step.toBuilder()
                .putParameters(
                        "sequence_start",
                        InferParameter.newBuilder().setBoolParam(true).build())
                .build();
    }

    /** Begins the sequences {@code from} to {@code to}, without the latter. */
    void begin(long from, long to) {
        run(start, from, to, 1024, Long.MAX_VALUE);
    }

    /**
     * Steps sequences chosen at random.
     *
     * @param atOnce requests under way
     */
    Result steps(LongSupplier sequence, int atOnce, double seconds) {
        return run(step, sequence, atOnce, System.nanoTime() + (long) (seconds * 1e9));
    }

    private void run(ModelInferRequest request, long from, long to, int atOnce, long until) {
        long[] next = {from};
        run(request, () -> next[0] < to ? next[0]++ : -1, atOnce, until);
    }

    /** @param sequences gives the next one, -1 when there is none left; asked by one thread at a time */
    private Result run(ModelInferRequest request, LongSupplier sequences, int atOnce, long until) {
        long began = System.nanoTime();
        List<OneStream> streams = new ArrayList<>();
        for (int k = 0; k < STREAMS; k++) {
            streams.add(new OneStream(request, sequences, until));
        }
        for (int k = 0; k < atOnce; k++) {
            streams.get(k % STREAMS).send();
        }
        Histogram all = new Histogram(3);
        streams.forEach(stream -> all.add(stream.latencies()));
        return new Result(all.getTotalCount() / ((System.nanoTime() - began) / 1e9), all);
    }

    private final class OneStream implements StreamObserver<ModelStreamInferResponse> {
        private final ModelInferRequest request;
        private final LongSupplier sequences;
        private final long until;
        private final Histogram latencies = new Histogram(3);
        private final Queue<Long> sent = new ArrayDeque<>(); // when; answers come in order
        private final CountDownLatch done = new CountDownLatch(1);
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        private final StreamObserver<ModelInferRequest> server;
        private boolean ending;

        OneStream(ModelInferRequest request, LongSupplier sequences, long until) {
            this.request = request;
            this.sequences = sequences;
            this.until = until;
            this.server = GRPCInferenceServiceGrpc.newStub(channel).modelStreamInfer(this);
        }

        synchronized void send() {
            long sequence;
            synchronized (sequences) {
                sequence = System.nanoTime() < until ? sequences.getAsLong() : -1;
            }
            if (sequence >= 0) {
                sent.add(System.nanoTime());
                server.onNext(request.toBuilder()
                        .putParameters(
                                "sequence_id",
                                InferParameter.newBuilder()
                                        .setInt64Param(sequence + 1)
                                        .build())
                        .build());
            } else if (sent.isEmpty() && !ending) {
                ending = true;
                server.onCompleted();
            }
        }

        @Override
        public synchronized void onNext(ModelStreamInferResponse answer) {
            latencies.recordValue(System.nanoTime() - sent.remove());
            if (!answer.getErrorMessage().isEmpty()) {
                throw new IllegalStateException(answer.getErrorMessage());
            }
            send();
        }

        @Override
        public void onError(Throwable t) {
            failure.set(t);
            done.countDown();
        }

        @Override
        public void onCompleted() {
            done.countDown();
        }

        Histogram latencies() {
            send(); // ends a stream that never had a request
            try {
                if (!done.await(20, TimeUnit.MINUTES)) {
                    throw new IllegalStateException("a stream didn't end");
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            Throwable why = failure.get();
            if (why != null) {
                throw new IllegalStateException("a stream failed", why);
            }
            return latencies;
        }
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
