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
import io.tidegate.oip.rest.OipSchemas.IsBusy;
import io.tidegate.oip.rest.OipSchemas.MayRefuse;
import io.tidegate.oip.rest.OipSchemas.NeedsModel;
import io.tidegate.platform.ClientConnection;
import io.tidegate.platform.TidegateProperties;
import io.tidegate.platform.TidegateProperties.Limits;
import io.tidegate.registry.ModelRef;
import io.tidegate.registry.ModelVersion;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** Inference over tensors in JSON and in binary. */
@RestController
@Tag(name = OipServerController.TAG)
class OipInferController {

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
                            + " Besides a model's own outputs, `hidden`, `final_hidden` and `final_cell` are given by name."
                            + " Tensors may come and go in binary after the JSON, whose length is then in the header"
                            + " `Inference-Header-Content-Length`; bodies and answers may be compressed by gzip or deflate.",
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
            content = {
                @Content(
                        mediaType = MediaType.APPLICATION_JSON_VALUE,
                        schema = @Schema(implementation = InferResponse.class)),
                @Content(
                        mediaType = MediaType.APPLICATION_OCTET_STREAM_VALUE,
                        schema =
                                @Schema(
                                        type = "string",
                                        format = "binary",
                                        description =
                                                "the same JSON with `binary_data_size` for `data`, then the tensors"))
            })
    @MayRefuse
    @NeedsModel
    @ApiResponse(
            responseCode = "413",
            description = "The body is larger than tidegate.limits.max-body",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = OipSchemas.ErrorBody.class)))
    @ApiResponse(
            responseCode = "415",
            description = "The body is compressed in another way than gzip or deflate",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = OipSchemas.ErrorBody.class)))
    @IsBusy
    void infer(
            @Parameter(example = OipExamples.MODEL) @PathVariable String model,
            @Parameter(example = "1", schema = @Schema(implementation = Integer.class))
                    @PathVariable(required = false)
                    @Nullable
                    String version,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        ModelRef asked = OipVersions.ref(model, version);
        ModelVersion found = versions.find(asked, request);
        InferRequestReader.Read read = InferRequestReader.read(Body.of(request, limits), Signature.of(found), limits);
        InferResponse answer =
                inference.infer(asked, found, read.request(), Caller.until(ClientConnection.gone(request)));
        InferAnswer.of(answer, read::isBinary)
                .send(response, Objects.requireNonNullElse(request.getHeader(HttpHeaders.ACCEPT_ENCODING), ""));
    }
}
