package io.tidegate.oip.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.inference.Runner;
import io.tidegate.oip.ModelStatistics;
import io.tidegate.oip.rest.OipSchemas.NeedsModel;
import io.tidegate.registry.ModelRegistry;
import io.tidegate.registry.ModelVersion;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** The protocol's statistics extension. */
@RestController
@Tag(name = OipServerController.TAG)
class OipStatisticsController {

    record Answer(@JsonProperty("model_stats") List<ModelStatistics> modelStats) {}

    private final OipVersions versions;
    private final ModelRegistry registry;
    private final Runner runner;

    OipStatisticsController(OipVersions versions, ModelRegistry registry, Runner runner) {
        this.versions = versions;
        this.registry = registry;
        this.runner = runner;
    }

    @GetMapping("/v2/models/stats")
    @Operation(
            operationId = "statistics",
            summary = "What each version of each model has done since the server started")
    @ApiResponse(
            responseCode = "200",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = Answer.class)))
    ResponseEntity<Answer> all() {
        return answer(registry.models().stream().flatMap(model -> model.versions().stream()));
    }

    @GetMapping({OipModelController.MODEL + "/stats", OipModelController.VERSION + "/stats"})
    @Operation(
            operationId = "modelStatistics",
            summary = "What a model has done since the server started",
            description = "Of each of its versions where the path names none.")
    @NeedsModel
    @ApiResponse(
            responseCode = "200",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = Answer.class)))
    ResponseEntity<Answer> ofModel(
            @Parameter(example = OipExamples.MODEL) @PathVariable String model,
            @Parameter(example = "1", schema = @Schema(implementation = Integer.class))
                    @PathVariable(required = false)
                    @Nullable
                    String version,
            HttpServletRequest request) {
        ModelVersion found = versions.find(model, version, request);
        boolean one = version != null || model.indexOf('@') >= 0;
        return answer(one ? Stream.of(found) : registry.model(found.name()).versions().stream());
    }

    private ResponseEntity<Answer> answer(Stream<ModelVersion> of) {
        List<ModelStatistics> all = of.map(version -> ModelStatistics.of(version, runner.statistics(version)))
                .toList();
        return ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(new Answer(all));
    }
}
