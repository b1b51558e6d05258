package io.tidegate.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tidegate.core.cell.CellType;
import io.tidegate.core.engine.Batch;
import io.tidegate.core.engine.ForwardingNetwork;
import io.tidegate.core.engine.LoadedNetwork;
import io.tidegate.core.engine.Output;
import io.tidegate.core.engine.Outputs;
import io.tidegate.core.engine.ReferenceEngine;
import io.tidegate.core.engine.States;
import io.tidegate.core.network.InputConfig;
import io.tidegate.core.network.NetworkConfig;
import io.tidegate.platform.TidegateProperties.Batching;
import io.tidegate.testkit.RandomNetworks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class BatcherTest {

    private static final NetworkConfig CONFIG =
            RandomNetworks.config(new InputConfig.Features(3), CellType.WM, 2, false);

    private final RandomNetworks random = new RandomNetworks(7);
    private final Gated network = new Gated(new ReferenceEngine().load(CONFIG, random.weights(CONFIG)));
    private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();

    @AfterEach
    void close() {
        network.open();
        callers.shutdownNow();
        network.close();
    }

    @Test
    void aSingleCallersRequestRunsInItsOwnThreadAsItCame() {
        Batcher batcher = batcher(new Batching(64, Duration.ZERO, 10), 1);
        Batch batch = random.batch(CONFIG, 3, 9);
        Outputs outputs = batcher.run(batch, network.zeroStates(3), Set.of(Output.LOGITS), Caller.PATIENT);
        assertThat(outputs.logits()).isEqualTo(alone(batch).logits());
        assertThat(network.threads).containsExactly(Thread.currentThread());
        assertThat(network.batches).containsExactly(batch);
    }

    @Test
    void whatWaitsMeanwhileRunsTogether() throws Exception {
        Batcher batcher = batcher(new Batching(64, Duration.ZERO, 100), 1);
        network.shut();
        List<Future<Outputs>> answers = new ArrayList<>();
        List<Batch> batches = new ArrayList<>();
        for (int k = 0; k < 20; k++) {
            Batch batch = random.batch(CONFIG, 1, 1 + k % 4);
            batches.add(batch);
            answers.add(submit(batcher, batch, Caller.PATIENT));
            awaitWaiting(batcher, k);
        }
        network.open();
        for (int k = 0; k < 20; k++) {
            assertThat(answers.get(k).get().logits())
                    .isEqualTo(alone(batches.get(k)).logits());
        }
        assertThat(network.batches).extracting(Batch::sequences).containsExactly(1, 19);
        assertThat(batcher.waiting()).isZero();
    }

    @Test
    void aSecondRunBeginsWhenEnoughWaitForIt() throws Exception {
        Batcher batcher = batcher(new Batching(64, Duration.ZERO, 100), 2);
        List<Future<Outputs>> answers = held(batcher, 8);
        assertThat(network.running).isEqualTo(1);
        answers.add(submit(batcher, random.batch(CONFIG, 1, 2), Caller.PATIENT));
        while (network.running != 2) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        assertThat(batcher.waiting()).isZero();
        openAndAwait(answers);
        assertThat(network.batches).extracting(Batch::sequences).containsExactlyInAnyOrder(1, 8);
    }

    @Test
    void whereRunsHaveFilledALongRequestWaitsForOne() throws Exception {
        Cores cores = new Cores(1);
        Batcher batcher = batcher(network, new Batching(64, Duration.ZERO, 100), cores);
        List<Future<Outputs>> answers = held(batcher, 10);
        openAndAwait(answers);
        network.threads.clear();
        Batch brief = Batch.uniform(new Batch.Input.Features(new float[3], 3), 1);
        Batch lengthy = Batch.uniform(new Batch.Input.Features(new float[60 * 3], 3), 1);
        for (Batch batch : List.of(brief, lengthy, lengthy)) { // each alone, which the second one's run shows
            awaitRest(batcher, cores);
            batcher.run(batch, network.zeroStates(1), Set.of(Output.LOGITS), Caller.PATIENT);
        }
        assertThat(network.threads)
                .extracting(thread -> thread.equals(Thread.currentThread()))
                .containsExactly(true, false, true);
    }

    @Test
    void whatIsBriefIsRunByWhoeverIsThere() throws Exception {
        Batcher batcher = batcher(new Batching(64, Duration.ZERO, 100), 1);
        List<Future<Outputs>> answers = held(batcher, 3);
        openAndAwait(answers);
        assertThat(network.batches).extracting(Batch::sequences).containsExactly(1, 2);
        assertThat(network.threads.get(1)).isEqualTo(network.threads.getFirst());
    }

    /** Whoever looks for what to go on with may find it gone: withdrawn by its caller, or taken by another run. */
    @Test
    void runsAreCountedRightlyWhateverGoesAway() throws Exception {
        for (int round = 0; round < 20; round++) {
            Batcher batcher = batcher(new Batching(64, Duration.ZERO, 10_000), 2);
            List<Callable<Boolean>> calls = new ArrayList<>();
            for (int k = 0; k < 1_000; k++) {
                long patience = k % 4 == 0 ? Long.MAX_VALUE : 1_000L * (k % 50);
                Batch batch = random.batch(CONFIG, 1, 1);
                calls.add(() -> {
                    Caller caller = new Caller(0, patience, Long.MAX_VALUE, () -> false);
                    try {
                        batcher.run(batch, network.zeroStates(1), Set.of(Output.LOGITS), caller);
                        return true;
                    } catch (RefusedException e) {
                        return false;
                    }
                });
            }
            int answered = 0;
            for (Future<Boolean> answer : callers.invokeAll(calls)) {
                answered += answer.get() ? 1 : 0;
            }
            assertThat(answered).isGreaterThanOrEqualTo(250);
            assertThat(batcher.waiting()).isZero();
            while (!batcher.idle()) { // those who ran may still be on their way out
                TimeUnit.MILLISECONDS.sleep(1);
            }
        }
    }

    /** Two networks on one core: the second one's request isn't kept waiting, but it doesn't take the request's thread. */
    @Test
    void halfOfTheCoresComputeInRequestsOwnThreads() throws Exception {
        Cores cores = new Cores(2);
        Gated other = new Gated(new ReferenceEngine().load(CONFIG, random.weights(CONFIG)));
        network.shut();
        Future<Outputs> first = submit(
                batcher(network, new Batching(64, Duration.ZERO, 10), cores),
                random.batch(CONFIG, 1, 2),
                Caller.PATIENT);
        while (network.running == 0) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        batcher(other, new Batching(64, Duration.ZERO, 10), cores)
                .run(random.batch(CONFIG, 1, 2), other.zeroStates(1), Set.of(Output.LOGITS), Caller.PATIENT);
        assertThat(other.threads).hasSize(1).doesNotContain(Thread.currentThread());
        network.open();
        first.get();
        assertThat(network.threads.getFirst().isVirtual()).isTrue();
        other.close();
    }

    @Test
    void aRunTakesNoMoreThanTheLargestBatch() throws Exception {
        Batcher batcher = batcher(new Batching(8, Duration.ZERO, 100), 1);
        List<Future<Outputs>> answers = held(batcher, 21);
        openAndAwait(answers);
        assertThat(network.batches).extracting(Batch::sequences).containsExactly(1, 8, 8, 4);
    }

    @Test
    void aDelayFillsABatchWhoseCallersComeOneByOne() throws Exception {
        Batcher batcher = batcher(new Batching(4, Duration.ofSeconds(30), 100), 1);
        List<Future<Outputs>> answers = new ArrayList<>();
        for (int k = 0; k < 4; k++) {
            answers.add(submit(batcher, random.batch(CONFIG, 1, 2), Caller.PATIENT));
        }
        for (Future<Outputs> answer : answers) {
            answer.get();
        }
        assertThat(network.batches).extracting(Batch::sequences).containsExactly(4);
    }

    @Test
    void oneBadRequestNeverFailsItsNeighbours() throws Exception {
        Batcher batcher = batcher(new Batching(64, Duration.ZERO, 100), 1);
        network.shut();
        Future<Outputs> first = submit(batcher, random.batch(CONFIG, 1, 2), Caller.PATIENT);
        awaitWaiting(batcher, 0);
        Batch good = random.batch(CONFIG, 1, 5);
        Batch bad = new Batch(new Batch.Input.Features(new float[] {Gated.POISON, 0, 0}, 3), new int[] {0, 1});
        Future<Outputs> goodAnswer = submit(batcher, good, Caller.PATIENT);
        awaitWaiting(batcher, 1);
        Future<Outputs> badAnswer = submit(batcher, bad, Caller.PATIENT);
        awaitWaiting(batcher, 2);
        network.open();
        first.get();
        assertThat(goodAnswer.get().logits()).isEqualTo(alone(good).logits());
        assertThatThrownBy(badAnswer::get)
                .isInstanceOf(ExecutionException.class)
                .hasRootCauseMessage("poison");
        assertThat(submit(batcher, good, Caller.PATIENT).get().logits())
                .isEqualTo(alone(good).logits());
    }

    @Test
    void aCallerWhoGoesAwayFreesHisPlaceAndHarmsNobody() throws Exception {
        Batcher batcher = batcher(new Batching(64, Duration.ZERO, 100), 1);
        network.shut();
        Future<Outputs> first = submit(batcher, random.batch(CONFIG, 1, 2), Caller.PATIENT);
        awaitWaiting(batcher, 0);
        AtomicBoolean gone = new AtomicBoolean();
        Future<Outputs> leaving =
                submit(batcher, random.batch(CONFIG, 1, 2), new Caller(0, Long.MAX_VALUE, Long.MAX_VALUE, gone::get));
        awaitWaiting(batcher, 1);
        Batch staying = random.batch(CONFIG, 2, 3);
        Future<Outputs> stays = submit(batcher, staying, Caller.PATIENT);
        awaitWaiting(batcher, 2);
        gone.set(true);
        assertRefused(leaving, Failure.Kind.CANCELLED);
        awaitWaiting(batcher, 1);
        network.open();
        first.get();
        assertThat(stays.get().logits()).isEqualTo(alone(staying).logits());
        assertThat(network.batches).extracting(Batch::sequences).containsExactly(1, 2);
    }

    @Test
    void aFullQueueRefusesAndSaysWhenToComeBack() throws Exception {
        Batcher batcher = batcher(new Batching(64, Duration.ZERO, 2), 1);
        List<Future<Outputs>> answers = held(batcher, 3);
        assertThatThrownBy(() -> batcher.run(
                        random.batch(CONFIG, 1, 2), network.zeroStates(1), Set.of(Output.LOGITS), Caller.PATIENT))
                .isInstanceOfSatisfying(RefusedException.class, refused -> {
                    assertThat(refused.kind()).isEqualTo(Failure.Kind.UNAVAILABLE);
                    assertThat(refused).hasMessageContaining("Exceeds maximum queue size");
                    assertThat(refused.retryAfter()).isNotNull();
                });
        openAndAwait(answers);
    }

    @Test
    void timeInTheQueueAndDeadlinesAreKept() throws Exception {
        Batcher batcher = batcher(new Batching(64, Duration.ZERO, 100), 1);
        network.shut();
        Future<Outputs> first = submit(batcher, random.batch(CONFIG, 1, 2), Caller.PATIENT);
        awaitWaiting(batcher, 0);
        Future<Outputs> impatient =
                submit(batcher, random.batch(CONFIG, 1, 2), new Caller(0, 1_000_000, Long.MAX_VALUE, () -> false));
        Future<Outputs> late = submit(
                batcher,
                random.batch(CONFIG, 1, 2),
                new Caller(0, Long.MAX_VALUE, System.nanoTime() + 1_000_000, () -> false));
        assertRefused(impatient, Failure.Kind.UNAVAILABLE);
        assertRefused(late, Failure.Kind.DEADLINE);
        network.open();
        first.get();
        assertThat(batcher.waiting()).isZero();
    }

    @Test
    void theHighestPriorityIsServedFirst() throws Exception {
        Batcher batcher = batcher(new Batching(1, Duration.ZERO, 100), 1);
        network.shut();
        List<Future<Outputs>> answers = new ArrayList<>();
        int[] priorities = {0, 0, 9, 1, 0, 2};
        for (int k = 0; k < priorities.length; k++) {
            Batch batch = random.batch(CONFIG, 1, k + 1); // told apart by its length
            answers.add(submit(batcher, batch, new Caller(priorities[k], Long.MAX_VALUE, Long.MAX_VALUE, () -> false)));
            awaitWaiting(batcher, k);
        }
        openAndAwait(answers);
        assertThat(network.batches).extracting(Batch::totalSteps).containsExactly(1, 4, 6, 2, 5, 3);
    }

    @Test
    void aLongSequenceIsSlicedAndOthersGetTheirTurnInBetween() throws Exception {
        Batcher batcher = batcher(new Batching(64, Duration.ZERO, 100), 1);
        Batch longest = random.batch(CONFIG, 2, 5000), brief = random.batch(CONFIG, 1, 3);
        States states = network.zeroStates(2);
        network.shut();
        Future<Outputs> slow =
                callers.submit(() -> batcher.run(longest, states, EnumSet.allOf(Output.class), Caller.PATIENT));
        awaitWaiting(batcher, 0);
        Future<Outputs> fast = submit(batcher, brief, Caller.PATIENT);
        awaitWaiting(batcher, 1);
        network.open();
        fast.get();
        assertThat(slow.isDone()).isFalse();
        Outputs sliced = slow.get();
        States whole = network.zeroStates(2);
        Outputs expected = network.inner.run(longest, whole, EnumSet.allOf(Output.class));
        assertThat(sliced.logits()).isEqualTo(expected.logits());
        assertThat(sliced.stepLogits()).isEqualTo(expected.stepLogits());
        assertThat(sliced.hidden()).isEqualTo(expected.hidden());
        for (int j = 0; j < states.size(); j++) {
            assertThat(states.get(1, j)).isEqualTo(whole.get(1, j));
        }
        assertThat(network.batches.size()).isGreaterThan(4);
    }

    @Test
    void aCallerWhoGoesAwayEndsALongRunBeforeItsNextSlice() throws Exception {
        Batcher batcher = batcher(new Batching(64, Duration.ZERO, 100), 1);
        AtomicBoolean gone = new AtomicBoolean();
        network.shut();
        Future<Outputs> slow = submit(
                batcher, random.batch(CONFIG, 1, 100_000), new Caller(0, Long.MAX_VALUE, Long.MAX_VALUE, gone::get));
        awaitWaiting(batcher, 0);
        gone.set(true);
        network.open();
        assertRefused(slow, Failure.Kind.CANCELLED);
        assertThat(network.batches).hasSizeLessThan(3);
    }

    /** Whoever is in a run, whatever is sliced: each caller gets his own rows, bit for bit those he would get alone. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void everyCallerGetsHisOwnResults(int permits) throws Exception {
        Batcher batcher = batcher(new Batching(16, Duration.ZERO, 10_000), permits);
        SplittableRandom choice = new SplittableRandom(permits);
        List<Callable<Void>> calls = new ArrayList<>();
        for (int k = 0; k < 400; k++) {
            int sequences = choice.nextInt(1, 5);
            Batch batch = random.batch(CONFIG, sequences, choice.nextInt(20) == 0 ? 3000 : choice.nextInt(1, 30));
            Set<Output> wanted =
                    choice.nextBoolean() ? EnumSet.of(Output.LOGITS) : EnumSet.of(Output.STEP_LOGITS, Output.HIDDEN);
            calls.add(() -> {
                States states = network.zeroStates(sequences), expectedStates = network.zeroStates(sequences);
                Outputs outputs = batcher.run(batch, states, wanted, Caller.PATIENT);
                Outputs expected = network.inner.run(batch, expectedStates, wanted);
                assertThat(outputs.logits()).isEqualTo(expected.logits());
                assertThat(outputs.stepLogits()).isEqualTo(expected.stepLogits());
                assertThat(outputs.hidden()).isEqualTo(expected.hidden());
                for (int row = 0; row < sequences; row++) {
                    for (int j = 0; j < states.size(); j++) {
                        assertThat(states.get(row, j)).isEqualTo(expectedStates.get(row, j));
                    }
                }
                return null;
            });
        }
        for (Future<Void> done : callers.invokeAll(calls)) {
            done.get();
        }
        assertThat(batcher.waiting()).isZero();
        assertThat(network.mostAtOnce).isLessThanOrEqualTo(permits);
    }

    /** Requests of two steps each: the network holds the first, and the others wait. */
    private List<Future<Outputs>> held(Batcher batcher, int requests) throws InterruptedException {
        network.shut();
        List<Future<Outputs>> answers = new ArrayList<>();
        for (int k = 0; k < requests; k++) {
            answers.add(submit(batcher, random.batch(CONFIG, 1, 2), Caller.PATIENT));
            awaitWaiting(batcher, k);
        }
        return answers;
    }

    private void openAndAwait(List<Future<Outputs>> answers) throws InterruptedException, ExecutionException {
        network.open();
        for (Future<Outputs> answer : answers) {
            answer.get();
        }
    }

    /** An answer is there before the thread that made it has looked for more to do. */
    private static void awaitRest(Batcher batcher, Cores cores) throws InterruptedException {
        while (!batcher.idle() || !cores.tryToLead()) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        cores.led();
    }

    private Batcher batcher(Batching settings, int cores) {
        return batcher(network, settings, new Cores(cores));
    }

    private static Batcher batcher(LoadedNetwork network, Batching settings, Cores cores) {
        return new Batcher(network, 20_000, settings, new Statistics("test", 1, new SimpleMeterRegistry()), cores);
    }

    private Outputs alone(Batch batch) {
        return network.inner.run(batch, network.zeroStates(batch.sequences()), Set.of(Output.LOGITS));
    }

    private Future<Outputs> submit(Batcher batcher, Batch batch, Caller caller) {
        return callers.submit(
                () -> batcher.run(batch, network.zeroStates(batch.sequences()), Set.of(Output.LOGITS), caller));
    }

    /** Until so many wait, and one runs. */
    private void awaitWaiting(Batcher batcher, int count) throws InterruptedException {
        while (batcher.waiting() != count || network.running == 0) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    private static void assertRefused(Future<Outputs> answer, Failure.Kind kind) {
        assertThatThrownBy(answer::get)
                .cause()
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.kind()).isEqualTo(kind));
    }

    /** A network that can be made to wait, remembers what it ran, and fails at a poisoned value. */
    private static final class Gated extends ForwardingNetwork {

        static final float POISON = 1234;

        final LoadedNetwork inner;
        final List<Batch> batches = new CopyOnWriteArrayList<>();
        final List<Thread> threads = new CopyOnWriteArrayList<>();
        private volatile CountDownLatch gate = new CountDownLatch(0);
        private final Semaphore changing = new Semaphore(1);
        volatile int running;
        volatile int mostAtOnce;

        Gated(LoadedNetwork inner) {
            super(inner);
            this.inner = inner;
        }

        void shut() {
            gate = new CountDownLatch(1);
        }

        void open() {
            gate.countDown();
        }

        private void change(int by) {
            changing.acquireUninterruptibly();
            running += by;
            mostAtOnce = Math.max(mostAtOnce, running);
            changing.release();
        }

        @Override
        public Outputs run(Batch batch, States states, Set<Output> wanted) {
            change(1);
            try {
                gate.await();
                if (batch.input() instanceof Batch.Input.Features features) {
                    for (float value : features.values()) {
                        if (value == POISON) {
                            throw new IllegalArgumentException("poison");
                        }
                    }
                }
                batches.add(batch);
                threads.add(Thread.currentThread());
                return network.run(batch, states, wanted);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            } finally {
                change(-1);
            }
        }
    }
}
