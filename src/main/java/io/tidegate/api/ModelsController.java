package io.tidegate.api;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.checkpoint.Checkpoint;
import io.tidegate.inference.InvalidInputException;
import io.tidegate.registry.ModelRef;
import io.tidegate.registry.ModelRegistry;
import io.tidegate.registry.ModelVersion;
import io.tidegate.sequences.Sequences;
import jakarta.servlet.http.Part;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RequestPart;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;

/** Lists, shows, publishes and deletes models. */
@RestController
@Tag(name = "Models", description = "Models have numbered versions, which never change, and aliases, which do.")
class ModelsController {

    private final ModelRegistry registry;
    private final Sequences sequences;

    ModelsController(ModelRegistry registry, Sequences sequences) {
        this.registry = registry;
        this.sequences = sequences;
    }

    @Schema(name = "ModelList")
    record ModelList(List<ModelViews.Summary> models) {}

    @GetMapping(path = "/api/v1/models", produces = "application/json")
    @Operation(operationId = "listModels", summary = "Every model with its versions, aliases and state")
    ModelList list() {
        return new ModelList(registry.models().stream().map(ModelViews::summary).toList());
    }

    @GetMapping(path = "/api/v1/models/{model}", produces = "application/json")
    @Operation(operationId = "getModel", summary = "One version's card: what it is, and where it comes from")
    ModelViews.Card card(@PathVariable String model) {
        ModelVersion version = registry.resolve(ModelRef.parse(model));
        return ModelViews.card(registry.model(version.name()), version);
    }

    @PostMapping(
            path = "/api/v1/models/{name}/versions",
            consumes = MediaType.MULTIPART_FORM_DATA_VALUE,
            produces = "application/json")
    @ResponseStatus(HttpStatus.CREATED)
    @Operation(
            operationId = "publishVersion",
            summary = "Upload a checkpoint as the next version",
            description = "Both files are read, checked and loaded before anyone sees the version. With curl: "
                    + "`curl -F model=@model.json -F weights=@weights.safetensors …`")
    @ApiResponse(responseCode = "201", description = "Published; Location is its card")
    ResponseEntity<ModelViews.Card> publish(
            @PathVariable String name,
            @Parameter(description = "model.json", schema = @Schema(type = "string", format = "binary"))
                    @RequestPart("model")
                    Part model,
            @Parameter(description = "weights.safetensors", schema = @Schema(type = "string", format = "binary"))
                    @RequestPart("weights")
                    Part weights)
            throws IOException {
        Path staging = registry.newStaging();
        try {
            save(model, staging.resolve(Checkpoint.MODEL_FILE));
            save(weights, staging.resolve(Checkpoint.WEIGHTS_FILE));
            ModelVersion version = registry.publish(name, staging);
            return ResponseEntity.created(URI.create("/api/v1/models/" + version.name() + "@" + version.number()))
                    .body(ModelViews.card(registry.model(name), version));
        } finally {
            registry.discard(staging);
        }
    }

    private static void save(Part part, Path file) throws IOException {
        try (InputStream in = part.getInputStream()) {
            Files.copy(in, file);
        }
    }

    @DeleteMapping("/api/v1/models/{name}/versions/{version}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @Operation(operationId = "deleteVersion", summary = "Delete a version that no alias points to")
    @ApiResponse(responseCode = "204", description = "Deleted; its number is never used again")
    @ApiResponse(responseCode = "409", description = "An alias points to it, or live sequences began with it")
    void delete(
            @PathVariable String name,
            @PathVariable String version,
            @Parameter(
                            description =
                                    "Delete it though live sequences began with it; they go on in processes that have it in"
                                            + " memory, and are lost with them")
                    @RequestParam(defaultValue = "false")
                    boolean force) {
        ModelVersion found = registry.resolve(ModelRef.of(name, version));
        if (!force) {
            sequences.requireNone(found);
        }
        registry.delete(name, found.number());
    }

    @GetMapping("/api/v1/models/{model}/archive")
    @Operation(
            operationId = "downloadArchive",
            summary = "Download a version: a zip of model.json and weights.safetensors")
    ResponseEntity<StreamingResponseBody> archive(
            @PathVariable String model, @RequestParam(defaultValue = "tidegate") String format) {
        if (!format.equals("tidegate")) {
            throw new InvalidInputException("", "query parameter format: expected tidegate, got '" + format + "'");
        }
        ModelVersion version = registry.resolve(ModelRef.parse(model));
        List<Path> files = registry.files(version);
        return ResponseEntity.ok()
                .header(
                        "Content-Disposition",
                        "attachment; filename=\"" + version.name() + "-" + version.number() + ".zip\"")
                .contentType(MediaType.parseMediaType("application/zip"))
                .body(out -> {
                    try (ZipOutputStream zip = new ZipOutputStream(out)) {
                        for (Path file : files) {
                            zip.putNextEntry(new ZipEntry(file.getFileName().toString()));
                            Files.copy(file, zip);
                            zip.closeEntry();
                        }
                    }
                });
    }
}
