package io.tidegate.oip.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.tidegate.oip.Datatype;
import io.tidegate.oip.InputTensor;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import java.util.Map;
import org.springframework.http.MediaType;

/** The forms of what is read off the wire by hand, for the OpenAPI page. */
final class OipSchemas {

    private OipSchemas() {}

    /** The refusal that every call by a model's name has. */
    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @ApiResponse(
            responseCode = "404",
            description = "No such model, version or alias",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = ErrorBody.class)))
    @interface NeedsModel {}

    /** The refusal of what a call's body or path can't mean. */
    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @ApiResponse(
            responseCode = "400",
            description = "Not as it stands; the message names the field and what is accepted",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = ErrorBody.class)))
    @ApiResponse(
            responseCode = "408",
            description = "The body took longer than tidegate.limits.max-body-time to come",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = ErrorBody.class)))
    @interface MayRefuse {}

    /** The refusals of requests that another time may be served. */
    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @ApiResponse(
            responseCode = "429",
            description = "A limit is reached; `Retry-After` says when to try again",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = ErrorBody.class)))
    @ApiResponse(
            responseCode = "503",
            description = "Too many requests wait, or this one waited for longer than its `timeout`; `Retry-After` says"
                    + " when to try again",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = ErrorBody.class)))
    @interface IsBusy {}

    @Schema(requiredProperties = "inputs")
    record InferenceRequest(
            @Schema(description = "given back in the answer", example = "first-digit")
            String id,

            @Schema(
                    description =
                            "string, number or Boolean values: `sequence_id`, `sequence_start`, `sequence_end`, `priority`,"
                                    + " `timeout` (microseconds), `binary_data_output`; others are ignored",
                    example = "{\"priority\": 1}")
            Map<String, Object> parameters,

            List<InputTensor> inputs,

            @Schema(description = "what to give, in this order; the model's own outputs when left out")
            List<RequestedOutput> outputs) {}

    @Schema(requiredProperties = {"name", "shape", "datatype"})
    record InputTensor(
            @Schema(example = "input") String name,

            @Schema(description = "batch first", example = "[1, 64, 1]")
            List<Long> shape,

            @Schema(example = "FP32") Datatype datatype,
            Map<String, Object> parameters,

            @Schema(
                    types = "array",
                    description =
                            "row-major, flat or nested as the shape; left out where the parameter `binary_data_size` is given")
            Object data) {}

    @Schema(requiredProperties = "name")
    record RequestedOutput(
            @Schema(example = "probabilities") String name,

            @Schema(description = "`binary_data`: in binary; `classification`: so many of the highest as texts")
            Map<String, Object> parameters) {}

    @Schema(name = "TextGenerationRequest", requiredProperties = "text_input")
    record GenerateRequest(
            @Schema(description = "given back in the answer", example = "a-verse")
            String id,

            @JsonProperty("text_input") @Schema(description = "at least one character", example = "In the beginning")
            String textInput,

            @JsonProperty("max_tokens") @Schema(description = "characters to write", defaultValue = "200")
            Integer maxTokens,

            @Schema(description = "below 1 prefers likely characters; 0 always takes the likeliest", defaultValue = "1")
            Double temperature,

            @JsonProperty("top_k")
            @Schema(description = "draws from the so many likeliest characters only; 0 from all", defaultValue = "0")
            Integer topK,

            @Schema(description = "the same seed gives the same text; random if left out")
            Long seed,

            @Schema(description = "the members above may also be here")
            Map<String, Object> parameters) {}

    record IndexRequest(
            @Schema(description = "only versions that can answer", example = "true")
            boolean ready) {}

    record LoadRequest(
            @Schema(description = "none is needed; `unload_dependents` is accepted")
            Map<String, Object> parameters) {}

    @Schema(requiredProperties = "error")
    record ErrorBody(
            @Schema(example = "Request for unknown model: 'x' is not found")
            String error) {}
}
