package io.tidegate.api;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.datasets.DatasetSummary;
import io.tidegate.datasets.Datasets;
import io.tidegate.platform.DatasetUploads;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Uploads, lists, shows and deletes datasets. */
@RestController
@RequestMapping(DatasetUploads.PATH)
@Tag(name = "Datasets", description = "Data to train on. An id is sha256:… of the uploaded bytes, or a built-in name.")
class DatasetsController {

    private static final int MOST = 1000;

    private final Datasets datasets;

    DatasetsController(Datasets datasets) {
        this.datasets = datasets;
    }

    /** @param next what {@code after} must be to get the next page; null on the last one */
    @Schema(name = "DatasetList")
    record DatasetList(
            List<DatasetSummary> datasets, @Nullable String next) {}

    /** The parts of an upload, for the description only: they are read as they come. */
    @Schema(name = "DatasetUpload", requiredProperties = "file")
    record UploadForm(
            @Schema(type = "string", format = "binary", description = "The data, gzip or not")
            String file,

            @Schema(
                    type = "string",
                    format = "binary",
                    description = "Labels of IDX images, or the sentences of captioned ones; gzip or not")
            String labels,

            @Schema(
                    description = "Guessed from the file's name or first bytes where absent",
                    allowableValues = {"ndjson", "csv", "text", "idx", "captions"})
            String format,

            @Schema(description = "Shown to people; the file's name where absent")
            String name) {}

    @PostMapping(consumes = MediaType.MULTIPART_FORM_DATA_VALUE, produces = "application/json")
    @Operation(
            operationId = "uploadDataset",
            summary = "Upload a dataset",
            description =
                    "NDJSON, CSV, text, IDX or captioned images, gzip or not, up to `tidegate.limits.max-dataset`. It is checked to its"
                            + " last line before anything is kept. With curl: `curl -F file=@data.ndjson …`",
            requestBody =
                    @RequestBody(
                            required = true,
                            content =
                                    @Content(
                                            mediaType = MediaType.MULTIPART_FORM_DATA_VALUE,
                                            schema = @Schema(implementation = UploadForm.class))))
    @ApiResponse(responseCode = "201", description = "Kept; Location is its summary")
    @ApiResponse(responseCode = "200", description = "The same bytes were here already")
    @ApiResponse(
            responseCode = "400",
            description = "Something is wrong with the data; `errors` has the first lines to blame, at most 20",
            content = @Content)
    @ApiResponse(responseCode = "413", description = "Over `tidegate.limits.max-dataset`", content = @Content)
    @ApiResponse(responseCode = "507", description = "The server's disk is full", content = @Content)
    ResponseEntity<DatasetSummary> upload(@Parameter(hidden = true) HttpServletRequest request) throws IOException {
        Path staging = datasets.newStaging();
        try {
            DatasetParts parts = new DatasetParts(datasets, staging);
            parts.receive(request);
            Datasets.Added added = parts.add();
            return ResponseEntity.status(added.created() ? HttpStatus.CREATED : HttpStatus.OK)
                    .location(URI.create(
                            DatasetUploads.PATH + "/" + added.dataset().id()))
                    .body(added.dataset().summary());
        } finally {
            datasets.discard(staging);
        }
    }

    @GetMapping(produces = "application/json")
    @Operation(operationId = "listDatasets", summary = "Every dataset by its id, the built-in ones first")
    DatasetList list(
            @Parameter(description = "Most datasets on a page, 1 to " + MOST) @RequestParam(defaultValue = "100")
                    int limit,
            @Parameter(description = "The id after which the page begins") @RequestParam(defaultValue = "")
                    String after) {
        Page.requireLimit(limit, MOST);
        List<DatasetSummary> rest = datasets.list().stream()
                .filter(summary -> summary.id().compareTo(after) > 0)
                .toList();
        Page<DatasetSummary> page = Page.of(rest, limit, DatasetSummary::id);
        return new DatasetList(page.shown(), page.next());
    }

    @GetMapping(path = "/{id}", produces = "application/json")
    @Operation(operationId = "getDataset", summary = "What a dataset holds: counts, lengths, ranges, classes, alphabet")
    DatasetSummary get(@PathVariable String id) {
        return datasets.find(id).summary();
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @Operation(operationId = "deleteDataset", summary = "Delete an uploaded dataset that nothing is training on")
    @ApiResponse(responseCode = "204", description = "Deleted")
    @ApiResponse(responseCode = "409", description = "It is built in, or in use")
    void delete(@PathVariable String id) {
        datasets.delete(id);
    }
}
