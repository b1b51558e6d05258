package io.tidegate.oip.rest;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.inference.InvalidInputException;
import io.tidegate.oip.ModelConfiguration;
import io.tidegate.oip.ModelMetadata;
import io.tidegate.oip.Repository;
import io.tidegate.oip.rest.OipSchemas.NeedsModel;
import io.tidegate.platform.TidegateProperties;
import io.tidegate.registry.RegistryException;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** What a model's version says of itself. */
@RestController
@Tag(name = OipServerController.TAG)
class OipModelController {

    static final String MODEL = "/v2/models/{model}", VERSION = MODEL + "/versions/{version:[0-9]+}";

    private final OipVersions versions;
    private final Repository repository;
    private final TidegateProperties properties;

    OipModelController(OipVersions versions, Repository repository, TidegateProperties properties) {
        this.versions = versions;
        this.repository = repository;
        this.properties = properties;
    }

    @GetMapping({MODEL, VERSION})
    @Operation(operationId = "modelMetadata", summary = "A model's versions, and the tensors that it takes and gives")
    @NeedsModel
    @ApiResponse(
            responseCode = "200",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = ModelMetadata.class)))
    ResponseEntity<ModelMetadata> metadata(
            @Parameter(example = OipExamples.MODEL) @PathVariable String model,
            @Parameter(example = "1", schema = @Schema(implementation = Integer.class))
                    @PathVariable(required = false)
                    @Nullable
                    String version,
            HttpServletRequest request) {
        return json(repository.metadata(versions.find(model, version, request)));
    }

    @GetMapping({MODEL + "/config", VERSION + "/config"})
    @Operation(
            operationId = "modelConfig",
            summary =
                    "Every tensor that a model takes and gives, also those that a request may leave out, and how requests"
                            + " are run together")
    @NeedsModel
    @ApiResponse(
            responseCode = "200",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = ModelConfiguration.class)))
    ResponseEntity<ModelConfiguration> configuration(
            @Parameter(example = OipExamples.MODEL) @PathVariable String model,
            @Parameter(example = "1", schema = @Schema(implementation = Integer.class))
                    @PathVariable(required = false)
                    @Nullable
                    String version,
            HttpServletRequest request) {
        return json(ModelConfiguration.of(versions.find(model, version, request), properties));
    }

    @GetMapping({MODEL + "/ready", VERSION + "/ready"})
    @Operation(
            operationId = "modelReady",
            summary = "Whether a model answers",
            description = "The answer's body is empty.")
    @ApiResponse(responseCode = "200", description = "It does")
    @ApiResponse(
            responseCode = "400",
            description = "It doesn't, or there is no such model",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = OipSchemas.ErrorBody.class)))
    void ready(
            @Parameter(example = OipExamples.MODEL) @PathVariable String model,
            @Parameter(example = "1", schema = @Schema(implementation = Integer.class))
                    @PathVariable(required = false)
                    @Nullable
                    String version,
            HttpServletRequest request) {
        if (!answers(model, version, request)) {
            throw new InvalidInputException("", "Model version not ready");
        }
    }

    /** As in Triton, a model that isn't there isn't ready. */
    private boolean answers(String model, @Nullable String version, HttpServletRequest request) {
        try {
            return versions.find(model, version, request).answers();
        } catch (RegistryException.NotFound e) {
            return false;
        }
    }

    private static <T> ResponseEntity<T> json(T body) {
        return ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(body);
    }
}
