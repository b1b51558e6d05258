package io.tidegate.oip.rest;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.oip.ServerMetadata;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.LivenessState;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** What the server says of itself. */
@RestController
@Tag(name = OipServerController.TAG)
class OipServerController {

    static final String TAG = "Open Inference Protocol";

    private final ServerMetadata metadata;
    private final ApplicationAvailability availability;

    OipServerController(ServerMetadata metadata, ApplicationAvailability availability) {
        this.metadata = metadata;
        this.availability = availability;
    }

    @GetMapping({"/v2", "/v2/"})
    @Operation(
            operationId = "serverMetadata",
            summary = "The server's name and version, and the extensions of the protocol that it serves")
    @ApiResponse(
            responseCode = "200",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = ServerMetadata.class)))
    ResponseEntity<ServerMetadata> metadata() {
        return ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(metadata);
    }

    @GetMapping("/v2/health/live")
    @Operation(
            operationId = "serverLive",
            summary = "Whether the server runs",
            description = "The answer's body is empty.")
    @ApiResponse(responseCode = "200", description = "It runs")
    @ApiResponse(
            responseCode = "503",
            description = "It is broken and should be restarted",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = OipSchemas.ErrorBody.class)))
    void live() {
        require(availability.getLivenessState() == LivenessState.CORRECT, "Server not live");
    }

    @GetMapping("/v2/health/ready")
    @Operation(
            operationId = "serverReady",
            summary = "Whether the server takes requests",
            description = "The answer's body is empty.")
    @ApiResponse(responseCode = "200", description = "It takes requests")
    @ApiResponse(
            responseCode = "503",
            description = "It is starting or stopping",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = OipSchemas.ErrorBody.class)))
    void ready() {
        require(availability.getReadinessState() == ReadinessState.ACCEPTING_TRAFFIC, "Server not ready");
    }

    private static void require(boolean well, String otherwise) {
        if (!well) {
            throw new ResponseStatusException(HttpStatus.SERVICE_UNAVAILABLE, otherwise);
        }
    }
}
