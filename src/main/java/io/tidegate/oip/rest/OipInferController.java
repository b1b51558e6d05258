package io.tidegate.oip.rest;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.inference.Caller;
import io.tidegate.oip.InferResponse;
import io.tidegate.oip.Inference;
import io.tidegate.oip.Signature;
import io.tidegate.oip.rest.OipSchemas.MayRefuse;
import io.tidegate.oip.rest.OipSchemas.NeedsModel;
import io.tidegate.platform.TidegateProperties;
import io.tidegate.platform.TidegateProperties.Limits;
import io.tidegate.registry.ModelVersion;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/** Inference over JSON tensors. */
@RestController
@Tag(name = OipServerController.TAG)
class OipInferController {

    /** The protocol's names are fixed, whatever the rest of the service does to its JSON. */
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final OipVersions versions;
    private final Inference inference;
    private final Limits limits;

    OipInferController(OipVersions versions, Inference inference, TidegateProperties properties) {
        this.versions = versions;
        this.inference = inference;
        this.limits = properties.limits();
    }

    @PostMapping({OipModelController.MODEL + "/infer", OipModelController.VERSION + "/infer"})
    @Operation(
            operationId = "modelInfer",
            summary = "Runs a batch of sequences through a model",
            description =
                    "Sequences come as `input` [batch, steps, features], `tokens` [batch, steps] or `text` [batch];"
                            + " with `lengths` [batch], what follows a sequence's length is padding and changes nothing."
                            + " Besides a model's own outputs, `hidden`, `final_hidden` and `final_cell` are given by name.",
            requestBody =
                    @RequestBody(
                            required = true,
                            content =
                                    @Content(
                                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                                            schema = @Schema(implementation = OipSchemas.InferenceRequest.class),
                                            examples = {
                                                @ExampleObject(
                                                        name = "digits-wm",
                                                        summary = "A handwritten 0, a pixel a step, for digits-wm",
                                                        value = OipExamples.DIGIT),
                                                @ExampleObject(
                                                        name = "verses-wm",
                                                        summary = "Two texts, for verses-wm",
                                                        value = OipExamples.TEXT)
                                            })))
    @ApiResponse(
            responseCode = "200",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = InferResponse.class)))
    @MayRefuse
    @NeedsModel
    @ApiResponse(
            responseCode = "413",
            description = "The body is larger than tidegate.limits.max-body",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = OipSchemas.ErrorBody.class)))
    ResponseEntity<byte[]> infer(
            @Parameter(example = OipExamples.MODEL) @PathVariable String model,
            @Parameter(example = "1", schema = @Schema(implementation = Integer.class))
                    @PathVariable(required = false)
                    @Nullable
                    String version,
            HttpServletRequest request)
            throws IOException {
        ModelVersion found = versions.find(model, version, request);
        InferResponse response = inference.infer(
                found, InferRequestReader.read(JsonRequest.body(request), Signature.of(found), limits), Caller.PATIENT);
        // In one piece: some clients read once, and trust the length.
        return ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(JSON.writeValueAsBytes(response));
    }
}
