package io.tidegate.api;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.inference.InvalidInputException;
import io.tidegate.sequences.SequenceStore;
import io.tidegate.sequences.Sequences;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Looks at live sequences, and ends them; their steps are made with {@code /v2/models/…/infer}. */
@RestController
@Tag(
        name = "Live sequences",
        description = "State kept between requests: steps are made by /v2/models/{model}/infer with the parameters"
                + " sequence_id, sequence_start and sequence_end.")
class SequencesController {

    private static final int MOST = 1000;
    private static final String STATE = "/api/v1/models/{name}/sequences/{id}/state";

    /** @param next id to give as {@code after} for the next page; null on the last one */
    @Schema(name = "LiveSequences")
    record LiveSequences(
            List<LiveSequence> sequences, @Nullable String next) {}

    /**
     * @param version of the model that it began with, and stays on
     * @param steps that it has made
     * @param idleSeconds since the last request for it
     * @param bytes that it takes
     */
    @Schema(name = "LiveSequence")
    record LiveSequence(String id, int version, long steps, double idleSeconds, long bytes) {

        static LiveSequence of(SequenceStore.Entry entry) {
            return new LiveSequence(
                    entry.id(), entry.version(), entry.steps(), entry.idle().toMillis() / 1000.0, entry.bytes());
        }
    }

    private final Sequences sequences;

    SequencesController(Sequences sequences) {
        this.sequences = sequences;
    }

    @GetMapping("/api/v1/models/{name}/sequences")
    @Operation(operationId = "listSequences", summary = "A model's live sequences, by id, in pages")
    LiveSequences list(
            @Parameter(example = "ecg-wm") @PathVariable String name,
            @Parameter(description = "1 to " + MOST) @RequestParam(defaultValue = "100") int limit,
            @Parameter(description = "The page before's next") @RequestParam(required = false) @Nullable String after) {
        if (limit < 1 || limit > MOST) {
            throw new InvalidInputException("", "query parameter limit: expected 1 to " + MOST + ", got " + limit);
        }
        List<SequenceStore.Entry> found = sequences.list(name, limit + 1, after);
        List<LiveSequence> page =
                found.stream().limit(limit).map(LiveSequence::of).toList();
        return new LiveSequences(page, found.size() > limit ? page.getLast().id() : null);
    }

    @GetMapping(path = STATE, produces = MediaType.APPLICATION_OCTET_STREAM_VALUE)
    @Operation(
            operationId = "getSequenceState",
            summary = "A live sequence's state, as an opaque signed blob",
            description =
                    "For another server that has the same weights and key, or to keep it. The sequence stays live here.")
    byte[] state(@Parameter(example = "ecg-wm") @PathVariable String name, @PathVariable String id) {
        return sequences.state(name, id);
    }

    @PutMapping(path = STATE)
    @Operation(
            operationId = "putSequenceState",
            summary = "Takes over a state, in place of a live sequence of that id",
            requestBody =
                    @RequestBody(
                            required = true,
                            content =
                                    @Content(
                                            mediaType = MediaType.APPLICATION_OCTET_STREAM_VALUE,
                                            schema = @Schema(type = "string", format = "binary"))))
    @ApiResponse(responseCode = "204", description = "The sequence is live here and goes on where the state was taken")
    ResponseEntity<Void> restore(
            @Parameter(example = "ecg-wm") @PathVariable String name,
            @PathVariable String id,
            @Parameter(hidden = true) HttpServletRequest request)
            throws IOException {
        sequences.restore(name, id, request.getInputStream().readNBytes(Sequences.MAX_STATE + 1));
        return ResponseEntity.noContent().build();
    }

    @DeleteMapping("/api/v1/models/{name}/sequences/{id}")
    @Operation(operationId = "endSequence", summary = "Ends a live sequence")
    @ApiResponse(responseCode = "204", description = "It has ended")
    ResponseEntity<Void> end(@Parameter(example = "ecg-wm") @PathVariable String name, @PathVariable String id) {
        sequences.end(name, id);
        return ResponseEntity.noContent().build();
    }
}
