package io.tidegate.api;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.tidegate.inference.InvalidInputException;
import io.tidegate.registry.Aliases;
import io.tidegate.registry.ModelRef;
import io.tidegate.registry.ModelRegistry;
import io.tidegate.registry.ModelVersion;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Names for versions that may move on, with a history. */
@RestController
@RequestMapping("/api/v1/models/{name}/aliases/{alias}")
@Tag(name = "Aliases", description = "Names for versions that may move on, such as champion")
class AliasesController {

    @Schema(name = "AliasRequest")
    record AliasRequest(
            @Nullable Integer version,

            @Schema(description = "Kept in the history") @Nullable
            String reason) {}

    @Schema(name = "Alias")
    record Alias(
            String model,
            String alias,
            int version,
            @Nullable Instant at,
            String reason) {}

    /** @param version null where the alias was deleted */
    @Schema(name = "AliasChange")
    record Change(@Nullable Integer version, Instant at, String reason) {}

    /** @param changes oldest first */
    @Schema(name = "AliasHistory")
    record History(String model, String alias, List<Change> changes) {}

    private final ModelRegistry registry;
    private final JsonBody json;

    AliasesController(ModelRegistry registry, JsonBody json) {
        this.registry = registry;
        this.json = json;
    }

    @GetMapping(produces = "application/json")
    @Operation(operationId = "getAlias", summary = "What an alias points to, with an ETag for compare-and-set")
    ResponseEntity<Alias> get(@PathVariable String name, @PathVariable String alias) {
        ModelVersion version = registry.resolve(ModelRef.parse(name + "@" + alias));
        return registry.model(name)
                .aliases()
                .current(alias)
                .map(change -> answer(name, change))
                .orElseGet(
                        () -> ResponseEntity.ok(new Alias(name, alias, version.number(), null, "kept by the server")));
    }

    @PutMapping(produces = "application/json")
    @Operation(
            operationId = "setAlias",
            summary = "Point an alias to a version",
            requestBody =
                    @RequestBody(
                            required = true,
                            content =
                                    @Content(
                                            mediaType = "application/json",
                                            schema = @Schema(implementation = AliasRequest.class))))
    @ApiResponse(responseCode = "412", description = "It has moved on since the ETag in If-Match")
    ResponseEntity<Alias> set(
            @PathVariable String name,
            @PathVariable String alias,
            @RequestHeader(name = "If-Match", required = false) @Nullable String ifMatch,
            @Parameter(hidden = true) HttpServletRequest request)
            throws IOException {
        AliasRequest body = json.read(request.getInputStream(), AliasRequest.class);
        if (body.version() == null) {
            throw new InvalidInputException("/version", "expected a version's number, got none");
        }
        return answer(name, registry.setAlias(name, alias, body.version(), reason(body), expectedRevision(ifMatch)));
    }

    @DeleteMapping
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @Operation(operationId = "deleteAlias", summary = "Delete an alias; its history stays")
    @ApiResponse(responseCode = "204", description = "Deleted")
    void delete(
            @PathVariable String name,
            @PathVariable String alias,
            @RequestHeader(name = "If-Match", required = false) @Nullable String ifMatch) {
        registry.deleteAlias(name, alias, expectedRevision(ifMatch));
    }

    @GetMapping(path = "/history", produces = "application/json")
    @Operation(operationId = "aliasHistory", summary = "Every change of an alias, oldest first")
    History history(@PathVariable String name, @PathVariable String alias) {
        List<Change> changes = registry.model(name).aliases().history(alias).stream()
                .map(change -> new Change(change.version(), change.at(), change.reason()))
                .toList();
        if (changes.isEmpty()) {
            registry.resolve(ModelRef.parse(name + "@" + alias));
        }
        return new History(name, alias, changes);
    }

    @PostMapping(path = "/rollback", produces = "application/json")
    @Operation(operationId = "rollBackAlias", summary = "Point an alias back to the version it had before")
    ResponseEntity<Alias> rollBack(@PathVariable String name, @PathVariable String alias) {
        return answer(name, registry.rollBack(name, alias, "rollback"));
    }

    private static ResponseEntity<Alias> answer(String name, Aliases.Change change) {
        Integer version = change.version();
        return ResponseEntity.ok()
                .eTag("\"" + change.revision() + "\"")
                .body(new Alias(name, change.alias(), version == null ? 0 : version, change.at(), change.reason()));
    }

    private static String reason(AliasRequest body) {
        return body.reason() == null ? "" : body.reason();
    }

    private static OptionalInt expectedRevision(@Nullable String ifMatch) {
        if (ifMatch == null || ifMatch.equals("*")) {
            return OptionalInt.empty();
        }
        String digits = ifMatch.replace("\"", "");
        if (!digits.matches("[0-9]{1,9}")) {
            return OptionalInt.of(-1); // an ETag that was never ours matches nothing
        }
        return OptionalInt.of(Integer.parseInt(digits));
    }
}
