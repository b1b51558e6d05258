package io.tidegate.oip.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.inference.Caller;
import io.tidegate.inference.Generator;
import io.tidegate.oip.rest.OipSchemas.IsBusy;
import io.tidegate.oip.rest.OipSchemas.MayRefuse;
import io.tidegate.oip.rest.OipSchemas.NeedsModel;
import io.tidegate.platform.ClientConnection;
import io.tidegate.platform.EventStream;
import io.tidegate.platform.TidegateProperties;
import io.tidegate.platform.TidegateProperties.Limits;
import io.tidegate.registry.Lease;
import io.tidegate.registry.ModelVersion;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/** The protocol's generate extension: text from language models, at once or a character at a time. */
@RestController
@Tag(name = OipServerController.TAG)
class OipGenerateController {

    /** The protocol's names are fixed, whatever the rest of the service does to its JSON. */
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @JsonInclude(JsonInclude.Include.NON_NULL)
    @Schema(name = "GeneratedText")
    record Answer(
            @Nullable String id,

            @JsonProperty("model_name") @Schema(example = "verses-wm")
            String modelName,

            @JsonProperty("model_version") @Schema(example = "1")
            String modelVersion,

            @JsonProperty("text_output")
            @Schema(description = "what was written on, without the text that it began with")
            String textOutput) {

        static Answer of(GenerateRequest request, ModelVersion version, String text) {
            return new Answer(request.id(), version.name(), Integer.toString(version.number()), text);
        }
    }

    private final OipVersions versions;
    private final Generator generator;
    private final Limits limits;

    OipGenerateController(OipVersions versions, Generator generator, TidegateProperties properties) {
        this.versions = versions;
        this.generator = generator;
        this.limits = properties.limits();
    }

    @PostMapping({OipModelController.MODEL + "/generate", OipModelController.VERSION + "/generate"})
    @Operation(
            operationId = "modelGenerate",
            summary = "Writes on from a text, with a language model",
            requestBody =
                    @RequestBody(
                            required = true,
                            content =
                                    @Content(
                                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                                            schema = @Schema(implementation = OipSchemas.GenerateRequest.class),
                                            examples = @ExampleObject(OipExamples.GENERATE))))
    @ApiResponse(
            responseCode = "200",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = Answer.class)))
    @MayRefuse
    @NeedsModel
    @IsBusy
    ResponseEntity<Answer> generate(
            @Parameter(example = OipExamples.LANGUAGE_MODEL) @PathVariable String model,
            @Parameter(example = "1", schema = @Schema(implementation = Integer.class))
                    @PathVariable(required = false)
                    @Nullable
                    String version,
            HttpServletRequest request)
            throws IOException {
        ModelVersion found = versions.find(model, version, request);
        GenerateRequest asked = read(found, request);
        StringBuilder text = new StringBuilder();
        try (Lease lease = found.lease()) {
            generator.generate(
                    lease, asked.text(), asked.options(), Caller.until(ClientConnection.gone(request)), text::append);
        }
        return ResponseEntity.ok()
                .contentType(MediaType.APPLICATION_JSON)
                .body(Answer.of(asked, found, text.toString()));
    }

    @PostMapping({OipModelController.MODEL + "/generate_stream", OipModelController.VERSION + "/generate_stream"})
    @Operation(
            operationId = "modelGenerateStream",
            summary = "Writes on from a text, with one event for each character",
            description = "Ends when the client goes. What fails after the first event comes as an event with `error`.",
            requestBody =
                    @RequestBody(
                            required = true,
                            content =
                                    @Content(
                                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                                            schema = @Schema(implementation = OipSchemas.GenerateRequest.class),
                                            examples = @ExampleObject(OipExamples.GENERATE))))
    @ApiResponse(
            responseCode = "200",
            content =
                    @Content(
                            mediaType = MediaType.TEXT_EVENT_STREAM_VALUE,
                            schema = @Schema(implementation = Answer.class)))
    @MayRefuse
    @NeedsModel
    @IsBusy
    void generateStream(
            @Parameter(example = OipExamples.LANGUAGE_MODEL) @PathVariable String model,
            @Parameter(example = "1", schema = @Schema(implementation = Integer.class))
                    @PathVariable(required = false)
                    @Nullable
                    String version,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        ModelVersion found = versions.find(model, version, request);
        GenerateRequest asked = read(found, request);
        Caller caller = Caller.until(ClientConnection.gone(request));
        EventStream events = new EventStream(response);
        try (Lease lease = found.lease()) {
            generator.generate(
                    lease,
                    asked.text(),
                    asked.options(),
                    caller,
                    character -> events.send(JSON.writeValueAsString(Answer.of(asked, found, character))));
        } catch (RuntimeException e) {
            events.fail(e, () -> JSON.writeValueAsString(Map.of("error", OipErrors.message(e))));
        }
    }

    private GenerateRequest read(ModelVersion version, HttpServletRequest request) throws IOException {
        return GenerateRequest.read(Body.plain(request, limits).json(), version.name(), limits.maxGenerated());
    }
}
