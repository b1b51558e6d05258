package io.tidegate.api;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.inference.InvalidInputException;
import io.tidegate.training.jobs.Job;
import io.tidegate.training.jobs.JobDraft;
import io.tidegate.training.jobs.JobStatus;
import io.tidegate.training.jobs.JobStore;
import io.tidegate.training.jobs.TrainingJobs;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Submits, lists, shows and steers training jobs. */
@RestController
@RequestMapping("/api/v1/training-jobs")
@Tag(name = "Training")
class TrainingJobsController {

    private static final int LONGEST_PAGE = 500;

    /** @param next the {@code after} of the next page; null on the last one */
    @Schema(name = "TrainingJobList")
    record JobList(
            List<TrainingViews.JobSummary> jobs, @Nullable String next) {}

    private final TrainingJobs jobs;
    private final JobStore store;
    private final JsonBody json;

    TrainingJobsController(TrainingJobs jobs, JobStore store, JsonBody json) {
        this.jobs = jobs;
        this.store = store;
        this.json = json;
    }

    @PostMapping(produces = "application/json")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @Operation(
            operationId = "submitTrainingJob",
            summary = "Train a model",
            description =
                    "Answers at once; the job runs when a worker is free, and its best weights become a new version.",
            requestBody =
                    @RequestBody(
                            required = true,
                            content =
                                    @Content(
                                            mediaType = "application/json",
                                            schema = @Schema(implementation = TrainingViews.Request.class))))
    @ApiResponse(responseCode = "202", description = "Accepted; Location is the job")
    @ApiResponse(responseCode = "409", description = "The Idempotency-Key came with another request before")
    @ApiResponse(responseCode = "429", description = "As many jobs wait as may")
    ResponseEntity<TrainingViews.JobView> submit(
            @Parameter(description = "The same key with the same body gives the same job, however often it is sent")
                    @RequestHeader(name = IdempotencyKey.HEADER, required = false)
                    @Nullable
                    String idempotencyKey,
            @Parameter(hidden = true) HttpServletRequest request)
            throws IOException {
        IdempotencyKey.requireGood(idempotencyKey);
        Job job = jobs.submit(json.read(request.getInputStream(), JobDraft.class), idempotencyKey, null);
        return ResponseEntity.accepted()
                .location(URI.create("/api/v1/training-jobs/" + job.id()))
                .body(view(job));
    }

    @GetMapping(produces = "application/json")
    @Operation(operationId = "listTrainingJobs", summary = "Jobs, the newest first")
    JobList list(
            @RequestParam(required = false) @Nullable String status,
            @RequestParam(defaultValue = "50") int limit,
            @Parameter(description = "The id of the last job of the page before")
                    @RequestParam(required = false)
                    @Nullable
                    String after) {
        Page.requireLimit(limit, LONGEST_PAGE);
        Page<Job> page = Page.of(store.list(status(status), limit + 1, after), limit, Job::id);
        return new JobList(page.shown().stream().map(TrainingViews::summary).toList(), page.next());
    }

    private static @Nullable JobStatus status(@Nullable String name) {
        if (name == null) {
            return null;
        }
        return Arrays.stream(JobStatus.values())
                .filter(status -> status.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new InvalidInputException(
                        "",
                        "query parameter status: expected one of " + Arrays.toString(JobStatus.values()) + ", got '"
                                + name + "'"));
    }

    @GetMapping(path = "/{id}", produces = "application/json")
    @Operation(operationId = "getTrainingJob", summary = "A job's status, progress, best metrics and result")
    TrainingViews.JobView get(@PathVariable String id) {
        return view(store.job(id));
    }

    @PostMapping(path = "/{id}/pause", produces = "application/json")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @Operation(operationId = "pauseTrainingJob", summary = "Stop a running job where it is, to go on later")
    @ApiResponse(responseCode = "202", description = "It will be PAUSED after its current update")
    @ApiResponse(responseCode = "409", description = "It isn't running")
    TrainingViews.JobView pause(@PathVariable String id) {
        return view(jobs.pause(id));
    }

    @PostMapping(path = "/{id}/resume", produces = "application/json")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @Operation(operationId = "resumeTrainingJob", summary = "Let a paused job go on")
    @ApiResponse(responseCode = "202", description = "It will be RUNNING once a worker has taken it up")
    @ApiResponse(responseCode = "409", description = "It isn't paused")
    TrainingViews.JobView resume(@PathVariable String id) {
        return view(jobs.resume(id));
    }

    @PostMapping(path = "/{id}/cancel", produces = "application/json")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @Operation(operationId = "cancelTrainingJob", summary = "End a job")
    @ApiResponse(responseCode = "202", description = "It is CANCELLED, or will be after its current update")
    @ApiResponse(responseCode = "409", description = "It has ended already")
    TrainingViews.JobView cancel(@PathVariable String id) {
        return view(jobs.cancel(id));
    }

    private TrainingViews.JobView view(Job job) {
        return TrainingViews.job(job, store.transitions(job.id()));
    }
}
