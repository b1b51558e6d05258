package io.tidegate.oip.rest;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.oip.IndexEntry;
import io.tidegate.oip.Repository;
import io.tidegate.oip.rest.OipSchemas.MayRefuse;
import io.tidegate.oip.rest.OipSchemas.NeedsModel;
import io.tidegate.platform.TidegateProperties;
import io.tidegate.platform.TidegateProperties.Limits;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.List;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** The protocol's repository extension: what there is, and what of it is in memory. */
@RestController
@Tag(name = OipServerController.TAG)
class OipRepositoryController {

    private final Repository repository;
    private final Limits limits;

    OipRepositoryController(Repository repository, TidegateProperties properties) {
        this.repository = repository;
        this.limits = properties.limits();
    }

    @PostMapping("/v2/repository/index")
    @Operation(
            operationId = "repositoryIndex",
            summary = "Every version of every model, with its state",
            requestBody =
                    @RequestBody(
                            description = "may be left out",
                            content =
                                    @Content(
                                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                                            schema = @Schema(implementation = OipSchemas.IndexRequest.class),
                                            examples = @ExampleObject(OipExamples.INDEX))))
    @MayRefuse
    @ApiResponse(
            responseCode = "200",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            array = @ArraySchema(schema = @Schema(implementation = IndexEntry.class))))
    ResponseEntity<List<IndexEntry>> index(HttpServletRequest request) throws IOException {
        boolean onlyReady =
                RepositoryRequest.read(Body.of(request, limits).json()).ready();
        List<IndexEntry> entries = repository.index(onlyReady);
        return ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(entries);
    }

    @PostMapping("/v2/repository/models/{name}/load")
    @Operation(
            operationId = "loadModel",
            summary = "Loads a model's latest version and those with an alias",
            description = "Also after a failure or an unload. The answer's body is empty.",
            requestBody =
                    @RequestBody(
                            description = "may be left out",
                            content =
                                    @Content(
                                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                                            schema = @Schema(implementation = OipSchemas.LoadRequest.class),
                                            examples = @ExampleObject(OipExamples.LOAD))))
    @ApiResponse(responseCode = "200", description = "They answer")
    @MayRefuse
    @NeedsModel
    void load(@Parameter(example = OipExamples.MODEL) @PathVariable String name, HttpServletRequest request)
            throws IOException {
        RepositoryRequest.read(Body.of(request, limits).json());
        repository.load(name);
    }

    @PostMapping("/v2/repository/models/{name}/unload")
    @Operation(
            operationId = "unloadModel",
            summary = "Takes a model out of memory, once the requests in it are done",
            description = "It stays published, and is refused until it is loaded again. The answer's body is empty.",
            requestBody =
                    @RequestBody(
                            description = "may be left out",
                            content =
                                    @Content(
                                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                                            schema = @Schema(implementation = OipSchemas.LoadRequest.class),
                                            examples = @ExampleObject(OipExamples.LOAD))))
    @ApiResponse(responseCode = "200", description = "It is refused from now on")
    @MayRefuse
    @NeedsModel
    void unload(@Parameter(example = OipExamples.MODEL) @PathVariable String name, HttpServletRequest request)
            throws IOException {
        RepositoryRequest.read(Body.of(request, limits).json());
        repository.unload(name);
    }
}
