package io.tidegate.api;

import io.tidegate.training.jobs.JobEvent;
import io.tidegate.training.jobs.JobStore;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * Follows a job's events wherever it runs, by asking the database for those after the last one sent. A thread that mostly
 * sleeps costs little, as it is virtual.
 */
@Component
class JobEventStream {

    private static final Logger log = LoggerFactory.getLogger(JobEventStream.class);

    private static final Duration POLL = Duration.ofMillis(300);
    private static final int PAGE = 500, POLLS_PER_HEARTBEAT = 50;

    private record MetricsData(long step, int epoch, String split, Map<String, Double> values) {}

    private final JobStore store;

    JobEventStream(JobStore store) {
        this.store = store;
    }

    /** @param after the number of the last event that the caller has seen */
    SseEmitter open(String job, long after) {
        SseEmitter emitter = new SseEmitter(0L); // no timeout: it ends with the job
        Thread.ofVirtual().name("job-events").start(() -> follow(job, after, emitter));
        return emitter;
    }

    private void follow(String job, long after, SseEmitter emitter) {
        try {
            long last = after;
            for (int quiet = 0; ; ) {
                boolean ended = store.job(job).status().isFinal(); // before its events are read, so that none is missed
                List<JobEvent> events = store.events(job, last, PAGE);
                for (JobEvent event : events) {
                    send(emitter, event);
                    last = event.number();
                }
                if (events.size() < PAGE) {
                    if (ended) {
                        emitter.complete();
                        return;
                    }
                    quiet = events.isEmpty() ? quiet + 1 : 0;
                    if (quiet >= POLLS_PER_HEARTBEAT) {
                        emitter.send(SseEmitter.event().comment("still here"));
                        quiet = 0;
                    }
                    Thread.sleep(POLL);
                }
            }
        } catch (IOException | IllegalStateException e) {
            log.debug("the reader of job {}'s events has gone: {}", job, e.getMessage());
        } catch (InterruptedException e) {
            emitter.complete();
        } catch (RuntimeException e) {
            log.error("the events of job {} can't be read", job, e);
            emitter.completeWithError(e);
        }
    }

    private static void send(SseEmitter emitter, JobEvent event) throws IOException {
        SseEmitter.SseEventBuilder builder = SseEmitter.event().id(Long.toString(event.number()));
        switch (event) {
            case JobEvent.Transition transition ->
                builder.name("status").data(TrainingViews.transition(transition), MediaType.APPLICATION_JSON);
            case JobEvent.Metrics metrics -> {
                JobEvent.Point point = metrics.point();
                builder.name("metrics")
                        .data(
                                new MetricsData(point.step(), point.epoch(), point.split(), point.values()),
                                MediaType.APPLICATION_JSON);
            }
        }
        emitter.send(builder);
    }
}
