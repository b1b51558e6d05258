package io.tidegate.api;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.enums.ParameterIn;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.checkpoint.Task;
import io.tidegate.inference.Caller;
import io.tidegate.inference.Captioner;
import io.tidegate.inference.Failure;
import io.tidegate.inference.Generator;
import io.tidegate.inference.Inspector;
import io.tidegate.inference.InvalidInputException;
import io.tidegate.inference.Predictor;
import io.tidegate.inference.RequestInput;
import io.tidegate.platform.ClientConnection;
import io.tidegate.platform.EventStream;
import io.tidegate.platform.RequestMetrics;
import io.tidegate.platform.TidegateProperties;
import io.tidegate.registry.Lease;
import io.tidegate.registry.ModelRef;
import io.tidegate.registry.ModelRegistry;
import io.tidegate.registry.ModelVersion;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.util.UriComponentsBuilder;

/** Asks models: predictions, what happens inside, and text. */
@RestController
@Tag(name = "Inference", description = "Ask a model. {model} is a name, name@alias or name@version.")
class InferenceController {

    /** One of {@code sequences}, {@code texts}, {@code features} and {@code regions}. */
    @Schema(name = "PredictRequest")
    record PredictRequest(
            @Schema(
                    description =
                            "For models over features, in their own units: [sequences][steps][features]; lengths may differ")
            double[][][] sequences,

            @Schema(description = "For models over characters")
            List<String> texts,

            @Schema(description = "For captioning models over one vector an image: [images][features]")
            double[][] features,

            @Schema(
                    description =
                            "For captioning models over regions: [images][regions][features]; regions may differ in number")
            double[][][] regions,

            @Schema(description = "Captioning: captions searched at once, 1 to 32; 1 is greedy", defaultValue = "3")
            @Nullable
            Integer beamWidth,

            @Schema(description = "Captioning: most words of a caption; the model's own if absent") @Nullable
            Integer maxWords) {}

    /** @param predictions one for each sequence; with {@code steps=all}, an array of one for each step instead */
    @Schema(name = "PredictResponse")
    record PredictResponse(String model, int version, List<?> predictions) {}

    @Schema(name = "InspectResponse")
    record InspectResponse(String model, int version, List<Inspector.Layer> layers) {}

    @Schema(name = "GenerateRequest")
    record GenerateRequest(
            @Schema(description = "What to write on from, at least one character")
            String prompt,

            @Schema(description = "Characters to write", defaultValue = "200") @Nullable
            Integer maxTokens,

            @Schema(description = "Below 1 prefers likely characters; 0 always takes the likeliest", defaultValue = "1")
            @Nullable
            Double temperature,

            @Schema(description = "Draws from the so many likeliest characters only; 0 from all", defaultValue = "0")
            @Nullable
            Integer topK,

            @Schema(description = "The same seed gives the same text; random if absent, and given back") @Nullable
            Long seed) {}

    /** An event of a stream. */
    @Schema(name = "GeneratedCharacter")
    record GeneratedCharacter(String text) {}

    @Schema(name = "GenerateResponse")
    record GenerateResponse(String model, int version, String text, String finishReason, long seed) {}

    private static final Logger log = LoggerFactory.getLogger(InferenceController.class);

    private final ModelRegistry registry;
    private final Predictor predictor;
    private final Inspector inspector;
    private final Generator generator;
    private final Captioner captioner;
    private final JsonBody json;
    private final TidegateProperties.Limits limits;

    InferenceController(
            ModelRegistry registry,
            Predictor predictor,
            Inspector inspector,
            Generator generator,
            Captioner captioner,
            JsonBody json,
            TidegateProperties properties) {
        this.registry = registry;
        this.predictor = predictor;
        this.inspector = inspector;
        this.generator = generator;
        this.captioner = captioner;
        this.json = json;
        this.limits = properties.limits();
    }

    @PostMapping(path = "/api/v1/models/{model}/predict", produces = "application/json")
    @Operation(
            operationId = "predict",
            summary = "Predict: labels with probabilities, values, the likelihood of texts, or captions",
            parameters =
                    @Parameter(
                            name = "steps",
                            in = ParameterIn.QUERY,
                            description = "all: a prediction after each step, not only the last",
                            schema = @Schema(allowableValues = "all")),
            requestBody =
                    @RequestBody(
                            required = true,
                            content =
                                    @Content(
                                            mediaType = "application/json",
                                            schema = @Schema(implementation = PredictRequest.class))))
    PredictResponse predict(@PathVariable String model, @Parameter(hidden = true) HttpServletRequest request)
            throws IOException {
        boolean everyStep = everyStep(request);
        ModelVersion version = version(model, request);
        if (captions(version)) {
            return caption(version, everyStep, request);
        }
        RequestInput input = json.read(request.getInputStream(), new PredictReader(version, limits));
        Caller caller = Caller.until(ClientConnection.gone(request));
        try (Lease lease = version.lease()) { // not before the body has come: an unload waits for leases
            List<?> predictions = everyStep
                    ? predictor.predictEveryStep(lease, input, caller)
                    : predictor.predict(lease, input, caller);
            return new PredictResponse(version.name(), version.number(), predictions);
        }
    }

    private PredictResponse caption(ModelVersion version, boolean everyStep, HttpServletRequest request)
            throws IOException {
        if (everyStep) {
            throw new InvalidInputException(
                    "",
                    "query parameter steps: expected none, as model '" + version.name()
                            + "' gives one caption an image, got all");
        }
        CaptionReader.CaptionRequest body = json.read(request.getInputStream(), new CaptionReader(version, limits));
        Caller caller = Caller.until(ClientConnection.gone(request));
        try (Lease lease = version.lease()) {
            return new PredictResponse(
                    version.name(), version.number(), captioner.caption(lease, body.images(), body.options(), caller));
        }
    }

    private static boolean captions(ModelVersion version) {
        return version.card().descriptor().task() == Task.CAPTIONING;
    }

    @PostMapping(path = "/api/v1/models/{model}/inspect", produces = "application/json")
    @Operation(
            operationId = "inspect",
            summary = "Look inside: gates, states and memory parts of each layer at each step of one sequence",
            requestBody =
                    @RequestBody(
                            required = true,
                            content =
                                    @Content(
                                            mediaType = "application/json",
                                            schema = @Schema(implementation = PredictRequest.class))))
    InspectResponse inspect(@PathVariable String model, @Parameter(hidden = true) HttpServletRequest request)
            throws IOException {
        ModelVersion version = version(model, request);
        if (captions(version)) {
            throw new InvalidInputException(
                    "", "model '" + version.name() + "' is a captioning model: it can't be inspected");
        }
        RequestInput input = json.read(request.getInputStream(), new PredictReader(version, limits));
        return new InspectResponse(version.name(), version.number(), inspector.inspect(version, input));
    }

    @PostMapping("/api/v1/models/{model}/generate")
    @Operation(
            operationId = "generate",
            summary = "Write on from a prompt, character by character",
            description =
                    "With `Accept: text/event-stream`, an event for each character as it is drawn; the stream ends when"
                            + " the client goes.",
            requestBody =
                    @RequestBody(
                            required = true,
                            content =
                                    @Content(
                                            mediaType = "application/json",
                                            schema = @Schema(implementation = GenerateRequest.class))))
    @ApiResponse(
            responseCode = "200",
            content = {
                @Content(mediaType = "application/json", schema = @Schema(implementation = GenerateResponse.class)),
                @Content(mediaType = "text/event-stream", schema = @Schema(implementation = GeneratedCharacter.class))
            })
    @Nullable
    ResponseEntity<GenerateResponse> generate(
            @PathVariable String model,
            @Parameter(hidden = true) HttpServletRequest request,
            @Parameter(hidden = true) HttpServletResponse response)
            throws IOException {
        ModelVersion version = version(model, request);
        GenerateRequest body = json.read(request.getInputStream(), GenerateRequest.class);
        if (body.prompt() == null || body.prompt().isEmpty()) {
            throw new InvalidInputException("/prompt", "expected at least one character, got none");
        }
        Generator.Options options = new Generator.Options(
                body.maxTokens() == null ? Math.min(200, limits.maxGenerated()) : body.maxTokens(),
                body.temperature() == null ? 1 : body.temperature(),
                body.topK() == null ? 0 : body.topK(),
                body.seed() == null ? ThreadLocalRandom.current().nextLong(1L << 53) : body.seed());
        Caller caller = Caller.until(ClientConnection.gone(request));
        if (asksForEvents(request)) {
            stream(version, body.prompt(), options, caller, new EventStream(response));
            return null;
        }
        StringBuilder text = new StringBuilder();
        try (Lease lease = version.lease()) {
            generator.generate(lease, body.prompt(), options, caller, text::append);
        }
        return ResponseEntity.ok()
                .contentType(MediaType.APPLICATION_JSON)
                .body(new GenerateResponse(
                        version.name(), version.number(), text.toString(), "length", options.seed()));
    }

    private void stream(
            ModelVersion version, String prompt, Generator.Options options, Caller caller, EventStream events) {
        try (Lease lease = version.lease()) {
            generator.generate(
                    lease,
                    prompt,
                    options,
                    caller,
                    character -> events.send(json.written(new GeneratedCharacter(character))));
        } catch (RuntimeException e) {
            events.fail(e, () -> json.written(Map.of("detail", detail(e))));
        }
    }

    /** What a caller hears of a failure after a stream has begun. */
    private static String detail(RuntimeException e) {
        return Failure.of(e).map(Failure::message).orElseGet(() -> {
            log.error("a request failed", e);
            return Failure.UNEXPECTED;
        });
    }

    private static boolean asksForEvents(HttpServletRequest request) {
        String accepted = request.getHeader(HttpHeaders.ACCEPT);
        return accepted != null && accepted.contains(MediaType.TEXT_EVENT_STREAM_VALUE);
    }

    private ModelVersion version(String model, HttpServletRequest request) {
        ModelVersion version = registry.resolve(ModelRef.parse(model));
        RequestMetrics.tag(request, version.name(), version.number());
        return version;
    }

    /** Reads the query string itself: the servlet's parameters would swallow a body sent as a form. */
    private static boolean everyStep(HttpServletRequest request) {
        String query = request.getQueryString();
        String steps = query == null
                ? null
                : UriComponentsBuilder.newInstance()
                        .query(query)
                        .build()
                        .getQueryParams()
                        .getFirst("steps");
        if (steps != null && !steps.equals("all") && !steps.equals("last")) {
            throw new InvalidInputException("", "query parameter steps: expected all or last, got '" + steps + "'");
        }
        return "all".equals(steps);
    }
}
