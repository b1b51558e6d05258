package io.tidegate.oip.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.oip.ModelStatistics;
import io.tidegate.oip.Repository;
import io.tidegate.oip.rest.OipSchemas.NeedsModel;
import io.tidegate.registry.ModelVersion;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
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
    private final Repository repository;

    OipStatisticsController(OipVersions versions, Repository repository) {
        this.versions = versions;
        this.repository = repository;
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
        return answer(repository.statistics());
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
        return answer(repository.statistics(found, model, version != null));
    }

    private static ResponseEntity<Answer> answer(List<ModelStatistics> all) {
        return ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(new Answer(all));
    }
}
