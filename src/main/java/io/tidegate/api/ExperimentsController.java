package io.tidegate.api;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.inference.InvalidInputException;
import io.tidegate.training.experiments.Experiment;
import io.tidegate.training.experiments.ExperimentDraft;
import io.tidegate.training.experiments.ExperimentStore;
import io.tidegate.training.experiments.Experiments;
import io.tidegate.training.experiments.Report;
import io.tidegate.training.experiments.Reports;
import io.tidegate.training.jobs.JobStore;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Compares cells: the same training with each, for each of several seeds. */
@RestController
@RequestMapping("/api/v1/experiments")
@Tag(name = "Experiments")
class ExperimentsController {

    private static final int LONGEST_PAGE = 100;

    /** @param next the {@code after} of the next page; null on the last one */
    @Schema(name = "ExperimentList")
    record ExperimentList(
            List<ExperimentViews.ExperimentView> experiments,
            @Nullable String next) {}

    private final Experiments experiments;
    private final ExperimentStore store;
    private final JobStore jobs;
    private final Reports reports;
    private final JsonBody json;

    ExperimentsController(
            Experiments experiments, ExperimentStore store, JobStore jobs, Reports reports, JsonBody json) {
        this.experiments = experiments;
        this.store = store;
        this.jobs = jobs;
        this.reports = reports;
        this.json = json;
    }

    @PostMapping(produces = "application/json")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @Operation(
            operationId = "submitExperiment",
            summary = "Compare cells on a task",
            description = "Queues a training job for each cell and seed, all or none; the report says what they show.",
            requestBody =
                    @RequestBody(
                            required = true,
                            content =
                                    @Content(
                                            mediaType = "application/json",
                                            schema = @Schema(implementation = ExperimentViews.Request.class))))
    @ApiResponse(responseCode = "202", description = "Accepted; Location is the experiment")
    @ApiResponse(responseCode = "409", description = "The Idempotency-Key came with another request before")
    @ApiResponse(responseCode = "429", description = "There is no room for so many jobs")
    ResponseEntity<ExperimentViews.ExperimentView> submit(
            @Parameter(
                            description =
                                    "The same key with the same body gives the same experiment, however often it is sent")
                    @RequestHeader(name = IdempotencyKey.HEADER, required = false)
                    @Nullable
                    String idempotencyKey,
            @Parameter(hidden = true) HttpServletRequest request)
            throws IOException {
        IdempotencyKey.requireGood(idempotencyKey);
        ExperimentDraft draft = json.read(request.getInputStream(), ExperimentDraft.class);
        Experiment experiment = experiments.submit(draft, idempotencyKey);
        return ResponseEntity.accepted()
                .location(URI.create("/api/v1/experiments/" + experiment.id()))
                .body(view(experiment));
    }

    @GetMapping(produces = "application/json")
    @Operation(operationId = "listExperiments", summary = "Experiments, the newest first")
    ExperimentList list(
            @RequestParam(defaultValue = "20") int limit,
            @Parameter(description = "The id of the last experiment of the page before")
                    @RequestParam(required = false)
                    @Nullable
                    String after) {
        Page.requireLimit(limit, LONGEST_PAGE);
        Page<Experiment> page = Page.of(store.list(limit + 1, after), limit, Experiment::id);
        return new ExperimentList(page.shown().stream().map(this::view).toList(), page.next());
    }

    @GetMapping(path = "/{id}", produces = "application/json")
    @Operation(operationId = "getExperiment", summary = "An experiment's jobs and how far they have come")
    ExperimentViews.ExperimentView get(@PathVariable String id) {
        return view(store.experiment(id));
    }

    @PostMapping(path = "/{id}/cancel", produces = "application/json")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @Operation(operationId = "cancelExperiment", summary = "End those of its jobs that haven't ended")
    @ApiResponse(responseCode = "202", description = "They are CANCELLED, or will be after their current update")
    ExperimentViews.ExperimentView cancel(@PathVariable String id) {
        return view(experiments.cancel(id));
    }

    @GetMapping(path = "/{id}/report")
    @Operation(
            operationId = "getExperimentReport",
            summary = "What the experiment shows, also while it runs",
            description = "html stands alone; csv has every number behind the report, a row each.")
    @ApiResponse(
            responseCode = "200",
            content = {
                @Content(mediaType = "application/json", schema = @Schema(implementation = Report.class)),
                @Content(mediaType = "text/html", schema = @Schema(type = "string")),
                @Content(mediaType = "text/csv", schema = @Schema(type = "string"))
            })
    ResponseEntity<?> report(
            @PathVariable String id,
            @Parameter(description = "json, html or csv") @RequestParam(defaultValue = "json") String format) {
        return switch (format) {
            case "json" ->
                ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(reports.report(id));
            case "html" -> ResponseEntity.ok().contentType(utf8("text/html")).body(reports.html(id));
            case "csv" -> ResponseEntity.ok().contentType(utf8("text/csv")).body(reports.csv(id));
            default ->
                throw new InvalidInputException(
                        "", "query parameter format: expected json, html or csv, got '" + format + "'");
        };
    }

    private static MediaType utf8(String type) {
        return MediaType.parseMediaType(type + ";charset=UTF-8");
    }

    private ExperimentViews.ExperimentView view(Experiment experiment) {
        return ExperimentViews.of(experiment, jobs.ofExperiment(experiment.id()));
    }
}
