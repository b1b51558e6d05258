package io.tidegate.api;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.inference.InvalidInputException;
import io.tidegate.training.jobs.JobStore;
import io.tidegate.training.jobs.TrainerCheckpoints;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** What a job leaves while it runs: its learning curve, its events, its checkpoints. */
@RestController
@RequestMapping("/api/v1/training-jobs/{id}")
@Tag(name = "Training")
class TrainingCurveController {

    @Schema(name = "TrainingMetrics")
    record Metrics(List<TrainingViews.MetricPoint> metrics) {}

    @Schema(name = "TrainingCheckpoints")
    record Checkpoints(List<TrainerCheckpoints.Listed> checkpoints) {}

    private final JobStore store;
    private final TrainerCheckpoints checkpoints;
    private final JobEventStream events;

    TrainingCurveController(JobStore store, TrainerCheckpoints checkpoints, JobEventStream events) {
        this.store = store;
        this.checkpoints = checkpoints;
        this.events = events;
    }

    @GetMapping(path = "/metrics", produces = "application/json")
    @Operation(
            operationId = "getTrainingMetrics",
            summary = "The learning curve; as CSV with Accept: text/csv",
            description = "Thinned to about 2,000 points of each name. stepsPerSecond counts the network's time steps.")
    Metrics metrics(@PathVariable String id) {
        return new Metrics(points(id));
    }

    @GetMapping(path = "/metrics", produces = "text/csv")
    @Operation(hidden = true)
    String csv(@PathVariable String id) {
        return "step,epoch,split,name,value\n"
                + points(id).stream()
                        .map(p ->
                                p.step() + "," + p.epoch() + "," + p.split() + "," + p.name() + "," + p.value() + "\n")
                        .collect(Collectors.joining());
    }

    private List<TrainingViews.MetricPoint> points(String id) {
        store.job(id);
        return store.points(id).stream()
                .flatMap(point -> TrainingViews.points(point).stream())
                .toList();
    }

    @GetMapping(path = "/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    @Operation(
            operationId = "streamTrainingEvents",
            summary = "Server-sent events: changes of status and points of the curve",
            description = "Begins with the first event, or after Last-Event-ID; ends when the job has.")
    @ApiResponse(
            responseCode = "200",
            description = "Events named status and metrics, with JSON as their data",
            content = @Content(mediaType = MediaType.TEXT_EVENT_STREAM_VALUE, schema = @Schema(type = "string")))
    SseEmitter events(
            @PathVariable String id,
            @Parameter(description = "The id of the last event seen")
                    @RequestHeader(name = "Last-Event-ID", required = false)
                    @Nullable
                    String lastEventId) {
        store.job(id);
        return events.open(id, after(lastEventId));
    }

    private static long after(@Nullable String lastEventId) {
        if (lastEventId == null || lastEventId.isEmpty()) {
            return 0;
        }
        if (!lastEventId.matches("[0-9]{1,18}")) {
            throw new InvalidInputException(
                    "", "Last-Event-ID: expected the id of an event of this job, a number, got '" + lastEventId + "'");
        }
        return Long.parseLong(lastEventId);
    }

    @GetMapping(path = "/checkpoints", produces = "application/json")
    @Operation(operationId = "listTrainingCheckpoints", summary = "The job's checkpoints, the newest first")
    Checkpoints checkpoints(@PathVariable String id) throws IOException {
        store.job(id);
        return new Checkpoints(checkpoints.list(id));
    }
}
