package io.tidegate.training.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.training.jobs.JobEvent.Point;
import io.tidegate.training.jobs.JobRequest.Publish;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** What a job store does, on whichever database. */
abstract class JobStoreContract {

    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.678Z");

    private final List<String> queued = new ArrayList<>();
    private JobStore store;

    abstract DataSource database();

    @BeforeEach
    void open() {
        DataSource database = database();
        store = new JobStore(
                JdbcClient.create(database),
                new TransactionTemplate(new JdbcTransactionManager(database)),
                (job, execution) -> queued.add(job + "." + execution),
                Clock.fixed(NOW, ZoneOffset.UTC));
    }

    @Test
    void aJobComesBackAsItWasSubmitted() {
        JobRequest request = request("adding");
        Job job = insert(request, null);
        assertThat(store.job(job.id())).isEqualTo(job);
        assertThat(job.request()).isEqualTo(request);
        assertThat(job.status()).isEqualTo(JobStatus.QUEUED);
        assertThat(job.createdAt()).isEqualTo(NOW);
        assertThat(store.transitions(job.id()))
                .containsExactly(new JobEvent.Transition(1, NOW, JobStatus.QUEUED, "submitted"));
        assertThat(queued).containsExactly(job.id() + ".1");
    }

    @Test
    void aWorkerThatLostItsJobWritesNothing() {
        String id = insert(request("adding"), null).id();
        Job first = store.claim(id, 1, "one").orElseThrow();
        run(id, first.fence());
        Job second = store.claim(id, 1, "two").orElseThrow();
        assertThat(second.status()).isEqualTo(JobStatus.QUEUED);
        assertThat(second.lost()).isEqualTo(1);
        assertThat(store.control(id, first.fence()).held()).isFalse();
        boolean written = store.fenced(id, first.fence(), change -> change.become(JobStatus.SUCCEEDED, "mine"));
        assertThat(written).isFalse();
        assertThat(store.dropPointsAfter(id, first.fence(), 0)).isFalse();
        assertThat(store.job(id)).isEqualTo(second);
        assertThat(run(id, second.fence())).isTrue();
        assertThat(store.transitions(id).stream().map(JobEvent.Transition::reason))
                .containsExactly("submitted", "begins", "worker one was lost", "begins");
    }

    @Test
    void anEntryOfTheQueueThatIsNotTheJobsAnyMoreClaimsNothing() {
        String id = insert(request("adding"), null).id();
        store.change(id, change -> change.execution++);
        assertThat(queued).containsExactly(id + ".1", id + ".2");
        assertThat(store.claim(id, 1, "one")).isEmpty();
        assertThat(store.claim(id, 2, "two")).isPresent();
        store.change(id, change -> change.become(JobStatus.CANCELLED, "enough"));
        assertThat(store.claim(id, 2, "two")).isEmpty();
    }

    @Test
    void eventsAreNumberedThroughAndNoNumberComesTwice() {
        String id = insert(request("adding"), null).id();
        long fence = store.claim(id, 1, "one").orElseThrow().fence();
        run(id, fence);
        store.fenced(id, fence, change -> IntStream.range(0, 4).forEach(k -> change.point(point(k))));
        store.change(id, change -> change.note("somebody looked"));
        assertThat(store.dropPointsAfter(id, fence, 4)).isTrue();
        store.fenced(id, fence, change -> change.point(point(9)));
        assertThat(store.events(id, 0, 100).stream().map(JobEvent::number)).containsExactly(1L, 2L, 3L, 4L, 7L, 8L);
        assertThat(store.events(id, 3, 2).stream().map(JobEvent::number)).containsExactly(4L, 7L);
        assertThat(store.points(id)).containsExactly(point(0), point(1), point(9));
    }

    @Test
    void whatTheStateMachineForbidsChangesNothing() {
        String id = insert(request("adding"), null).id();
        assertThatThrownBy(() -> store.change(id, change -> {
                    change.note("before");
                    change.become(JobStatus.PAUSED, "no");
                }))
                .hasMessageContaining("QUEUED can't become PAUSED");
        assertThat(store.transitions(id)).hasSize(1);
    }

    @Test
    void allThatAJobBecomesIsKept() {
        String id = insert(request("adding"), null).id();
        long fence = store.claim(id, 1, "one").orElseThrow().fence();
        run(id, fence);
        store.fenced(id, fence, change -> {
            change.progress = new Job.Progress(2, 30, 100, 0.3, 12.5);
            change.metrics = new TreeMap<>(Map.of("validation.loss", 0.1));
            change.published = new Job.Published(3, "ab");
            change.wanted = Job.Wanted.CANCEL;
            change.engine = "fused/3 java=25";
            change.fail(JobError.diverged("at update 30"));
        });
        Job job = store.job(id);
        assertThat(job.progress()).isEqualTo(new Job.Progress(2, 30, 100, 0.3, 12.5));
        assertThat(job.metrics()).isEqualTo(Map.of("validation.loss", 0.1));
        assertThat(job.published()).isEqualTo(new Job.Published(3, "ab"));
        assertThat(job.wanted()).isEqualTo(Job.Wanted.CANCEL);
        assertThat(job.engine()).isEqualTo("fused/3 java=25");
        assertThat(job.error()).isEqualTo(JobError.diverged("at update 30"));
        assertThat(store.counts()).isEqualTo(Map.of(JobStatus.FAILED, 1L));
    }

    @Test
    void pagesAreTheNewestFirst() {
        List<String> ids = IntStream.range(0, 5)
                .mapToObj(_ -> insert(request("adding"), null).id())
                .toList()
                .reversed();
        store.change(ids.get(1), change -> change.become(JobStatus.CANCELLED, "enough"));
        assertThat(store.list(null, 2, null).stream().map(Job::id)).isEqualTo(ids.subList(0, 2));
        assertThat(store.list(null, 9, ids.get(1)).stream().map(Job::id)).isEqualTo(ids.subList(2, 5));
        assertThat(store.list(JobStatus.CANCELLED, 9, null).stream().map(Job::id))
                .containsExactly(ids.get(1));
        assertThatThrownBy(() -> store.list(null, 1, "nobody")).isInstanceOf(JobException.NotFound.class);
    }

    @Test
    void ofManyWithOneIdempotencyKeyOneGetsIn() throws Exception {
        List<Callable<Boolean>> calls = new ArrayList<>();
        for (int k = 0; k < 8; k++) {
            calls.add(() -> {
                try {
                    insert(request("adding"), "key");
                    return true;
                } catch (DuplicateKeyException e) {
                    return false;
                }
            });
        }
        int in = 0;
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Boolean> inserted : callers.invokeAll(calls)) {
                in += inserted.get() ? 1 : 0;
            }
        }
        assertThat(in).isEqualTo(1);
        assertThat(store.submittedWith("key").orElseThrow().digest()).isEqualTo("digest");
        assertThat(store.list(null, 100, null)).hasSize(1);
    }

    private Job insert(JobRequest request, String key) {
        return store.insert(new JobStore.Submission(UUID.randomUUID().toString(), request, key, "digest", null));
    }

    private boolean run(String id, long fence) {
        return store.fenced(id, fence, change -> change.become(JobStatus.RUNNING, "begins"));
    }

    private static Point point(long step) {
        return new Point(0, step, "train", new TreeMap<>(Map.of("loss", 1.5, "learningRate", 1e-3)));
    }

    private static JobRequest request(String recipe) {
        return new JobRequest(
                recipe,
                recipe + "-wm",
                "wm",
                7,
                "quick",
                new TreeMap<>(Map.of("learningRate", 0.25, "schedule", "cosine")),
                null,
                new Publish("champion", Publish.When.BETTER));
    }
}
