package io.tidegate.oip.grpc;

import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.tidegate.inference.Caller;
import io.tidegate.inference.Failure;
import io.tidegate.inference.RefusedException;
import io.tidegate.oip.RequestParameters;
import io.tidegate.oip.grpc.proto.InferParameter;
import io.tidegate.oip.grpc.proto.ModelInferRequest;
import io.tidegate.oip.grpc.proto.ModelInferResponse;
import io.tidegate.oip.grpc.proto.ModelStreamInferResponse;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A stream of requests, under way at the same time and answered in the order in which they came. Those for one live sequence are
 * made one after the other; behind one that failed none is made, as its client may have sent them before it could know.
 *
 * <p>No more is taken in than {@value #MOST_UNANSWERED} requests, or their bytes as many as one request may have, until the client
 * has taken answers; the transport then holds the client back.
 */
final class StreamCall implements StreamObserver<ModelInferRequest> {

    static final int MOST_UNANSWERED = 1024;

    /** Requests that may be on their way in before it is known how large they are: many while they are small. */
    private static final int AHEAD = 32, SMALL = 64 << 10;

    private static final String FINAL_RESPONSE = "triton_final_response";

    /** What a request is answered by, once it is its turn. */
    interface Answers {
        ModelInferResponse answer(ModelInferRequest request, Caller caller);
    }

    /** The live sequence that a request is for. */
    private record Lane(String model, String sequence) {}

    /** A request, until its answer is sent. */
    private static final class Step {
        private final @Nullable Lane lane;
        private @Nullable ModelInferRequest request;
        private @Nullable ModelStreamInferResponse answer;
        private @Nullable StatusRuntimeException failure;
        private long bytes;

        Step(ModelInferRequest request, @Nullable Lane lane) {
            this.request = request;
            this.lane = lane;
            this.bytes = request.getSerializedSize();
        }
    }

    private final ServerCallStreamObserver<ModelStreamInferResponse> client;
    private final Answers answers;
    private final Executor threads;
    private final long mostBytes;
    private final Consumer<StreamCall> onClosed;
    private final Context call = Context.current();
    private final boolean errorsEndIt = StreamErrors.endTheStream();

    /** Nobody waits for answers any more. */
    private volatile boolean closed;

    // Guarded by this object's lock.
    private final Queue<Step> unanswered = new ArrayDeque<>();
    /** Of each sequence with a request under way, those that wait for it. */
    private final Map<Lane, Queue<Step>> waiting = new HashMap<>();

    /** Of sequences with a step that failed, its request's id. Those that failed longest ago are forgotten. */
    private final Map<Lane, String> gaps = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Lane, String> eldest) {
            return size() > MOST_UNANSWERED;
        }
    };

    private int asked;
    private long bytes;
    private long largest;
    private boolean ended;
    private boolean draining;

    StreamCall(
            ServerCallStreamObserver<ModelStreamInferResponse> client,
            Answers answers,
            Executor threads,
            long mostBytes,
            Consumer<StreamCall> onClosed) {
        this.client = client;
        this.answers = answers;
        this.threads = threads;
        this.mostBytes = mostBytes;
        this.onClosed = onClosed;
    }

    /** Takes the first requests in. To be called before the call's handler returns. */
    void begin() {
        client.disableAutoRequest();
        client.setOnReadyHandler(this::send);
        client.setOnCancelHandler(this::close);
        send();
    }

    /** Takes no more requests in; the call ends when those it has are answered. */
    synchronized void drain() {
        draining = true;
        send();
    }

    @Override
    public void onNext(ModelInferRequest request) {
        String sequence = Parameters.sequenceId(request);
        Step step = new Step(request, sequence == null ? null : new Lane(model(request), sequence));
        synchronized (this) {
            asked--;
            if (closed || draining) {
                return;
            }
            unanswered.add(step);
            bytes += step.bytes;
            largest = Math.max(largest, step.bytes);
            askForMore();
            if (step.lane != null) {
                Queue<Step> others = waiting.get(step.lane);
                if (others != null) {
                    others.add(step);
                    return;
                }
                waiting.put(step.lane, new ArrayDeque<>(2));
            }
        }
        threads.execute(() -> run(step));
    }

    private static String model(ModelInferRequest request) {
        String name = request.getModelName();
        int at = name.indexOf('@');
        return at < 0 ? name : name.substring(0, at);
    }

    /** Runs a request, and those of its sequence that came meanwhile. */
    private void run(Step first) {
        Step step = first;
        while (step != null && !closed) {
            step = answer(step);
        }
    }

    private @Nullable Step answer(Step step) {
        ModelInferRequest request = step.request;
        if (request == null) {
            return null; // it was given up
        }
        ModelStreamInferResponse.Builder answer = ModelStreamInferResponse.newBuilder();
        @Nullable StatusRuntimeException failure = null;
        try {
            requireNoGap(step.lane, request);
            ModelInferResponse response =
                    answers.answer(request, Requests.caller(call, () -> closed || call.isCancelled()));
            answer.setInferResponse(asksForFinal(request) ? marked(response) : response);
        } catch (Throwable e) { // an Error too is an answer: the client would wait for ever
            failure = GrpcErrors.of(e);
            answer.setErrorMessage(String.valueOf(failure.getStatus().getDescription()))
                    .setInferResponse(ModelInferResponse.newBuilder().setId(request.getId()));
        }
        return answered(step, answer.build(), failure);
    }

    /** The failed step itself may come again, and a new sequence may begin. */
    private synchronized void requireNoGap(@Nullable Lane lane, ModelInferRequest request) {
        String failed = lane == null ? null : gaps.get(lane);
        boolean again = failed != null && !failed.isEmpty() && failed.equals(request.getId());
        if (failed != null && !again && !Parameters.starts(request)) {
            throw new RefusedException(
                    Failure.Kind.CONFLICT,
                    "sequence_gap: expected a sequence's steps in turn, but one that came before this on the stream failed"
                            + (failed.isEmpty() ? "" : ", of request id '" + failed + "'")
                            + "; nothing was advanced: send that one again with its id, start the sequence anew, or go on"
                            + " without it on another stream");
        }
    }

    private static boolean asksForFinal(ModelInferRequest request) {
        InferParameter parameter = request.getParametersMap().get(RequestParameters.EMPTY_FINAL_RESPONSE);
        return parameter != null && parameter.getBoolParam();
    }

    /** Each request has one response, so it is the last one. */
    private static ModelInferResponse marked(ModelInferResponse response) {
        return response.toBuilder()
                .putParameters(
                        FINAL_RESPONSE,
                        InferParameter.newBuilder().setBoolParam(true).build())
                .build();
    }

    /** @return the next one of its sequence, which may now run */
    private synchronized @Nullable Step answered(
            Step step, ModelStreamInferResponse answer, @Nullable StatusRuntimeException failure) {
        if (step.lane != null && failure == null) {
            gaps.remove(step.lane);
        } else if (step.lane != null) {
            gaps.putIfAbsent(step.lane, answer.getInferResponse().getId());
        }
        step.request = null;
        step.answer = answer;
        step.failure = failure;
        bytes += answer.getSerializedSize() - step.bytes;
        step.bytes = answer.getSerializedSize();
        Step next = next(step.lane);
        send();
        return next;
    }

    private @Nullable Step next(@Nullable Lane lane) {
        Queue<Step> others = lane == null ? null : waiting.get(lane);
        if (lane == null || others == null) {
            return null;
        }
        Step next = others.poll();
        if (next == null) {
            waiting.remove(lane);
        }
        return next;
    }

    /** Sends what may be sent, ends the call if nothing more will be, and takes in as much as there is room for. */
    private synchronized void send() {
        while (!closed && client.isReady()) {
            Step head = unanswered.peek();
            ModelStreamInferResponse answer = head == null ? null : head.answer;
            if (head == null || answer == null) {
                break;
            }
            unanswered.remove();
            bytes -= head.bytes;
            if (head.failure != null && errorsEndIt) {
                close();
                client.onError(head.failure);
                return;
            }
            client.onNext(answer);
        }
        if (!closed && unanswered.isEmpty() && (ended || draining)) {
            close();
            if (ended) {
                client.onCompleted();
            } else {
                client.onError(Status.UNAVAILABLE
                        .withDescription("the server is stopping; what isn't answered was not done")
                        .asRuntimeException());
            }
            return;
        }
        askForMore();
    }

    private void askForMore() {
        if (closed || draining || ended) {
            return;
        }
        int ahead = largest == 0 || largest > SMALL ? 1 : AHEAD;
        int room = bytes >= mostBytes ? 0 : Math.min(ahead, MOST_UNANSWERED - unanswered.size()) - asked;
        if (room > 0 && (room > ahead / 2 || asked == 0)) { // not one by one
            asked += room;
            client.request(room);
        }
    }

    @Override
    public synchronized void onCompleted() {
        ended = true;
        send();
    }

    /** The client has given the call up, or can't be reached any more. */
    @Override
    public void onError(Throwable t) {
        close();
    }

    /** Lets go of everything: what hasn't begun won't, and what runs learns that nobody waits for it. */
    private synchronized void close() {
        closed = true;
        unanswered.clear();
        waiting.clear();
        gaps.clear();
        onClosed.accept(this);
    }
}
