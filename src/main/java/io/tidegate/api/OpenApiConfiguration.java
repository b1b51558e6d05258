package io.tidegate.api;

import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.info.License;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.parameters.Parameter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.info.BuildProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.json.JsonMapper;

/**
 * The OpenAPI description. Examples are what the demo models really take and answer: {@code openapi/{operation}.request.json}
 * and {@code .response.json}, and path parameters that exist.
 */
@Configuration(proxyBeanMethods = false)
class OpenApiConfiguration {

    private static final Map<String, String> PATH_EXAMPLES =
            Map.of("model", "digits-wm", "name", "digits-wm", "version", "1", "alias", "champion", "recipe", "adding");

    private static final Map<String, Map<String, String>> OWN_PATH_EXAMPLES = Map.of(
            "generate", Map.of("model", "verses-wm"),
            "getDataset", Map.of("id", "digits"),
            "deleteDataset", Map.of("id", "sha256:" + "0".repeat(64)),
            "getAlias", Map.of("alias", "latest"),
            "aliasHistory", Map.of("alias", "latest"));

    @Bean
    OpenAPI openApi(ObjectProvider<BuildProperties> build) {
        BuildProperties properties = build.getIfAvailable();
        return new OpenAPI()
                .info(new Info()
                        .title("Tidegate")
                        .description("Trains, versions and serves recurrent sequence models")
                        .version(properties == null ? "dev" : properties.getVersion())
                        .license(new License().name("Apache-2.0").identifier("Apache-2.0")));
    }

    @Bean
    OpenApiCustomizer examples() {
        return api -> api.getPaths()
                .values()
                .forEach(path -> path.readOperations().forEach(OpenApiConfiguration::addExamples));
    }

    private static void addExamples(Operation operation) {
        String id = operation.getOperationId();
        if (operation.getParameters() != null) {
            operation.getParameters().stream()
                    .filter(parameter -> "path".equals(parameter.getIn()) && parameter.getExample() == null)
                    .forEach(parameter -> parameter.setExample(pathExample(id, parameter)));
        }
        if (operation.getRequestBody() != null) {
            setExample(operation.getRequestBody().getContent(), id + ".request.json");
        }
        operation.getResponses().forEach((status, response) -> {
            if (status.startsWith("2")) {
                setExample(response.getContent(), id + ".response.json");
            }
        });
    }

    private static @Nullable String pathExample(String operation, Parameter parameter) {
        return OWN_PATH_EXAMPLES
                .getOrDefault(operation, Map.of())
                .getOrDefault(parameter.getName(), PATH_EXAMPLES.get(parameter.getName()));
    }

    private static void setExample(@Nullable Content content, String file) {
        MediaType json = content == null ? null : content.get("application/json");
        if (json != null && json.getExample() == null && json.getExamples() == null) {
            example(file).ifPresent(json::setExample);
        }
    }

    private static Optional<Object> example(String file) {
        try (InputStream in = OpenApiConfiguration.class.getResourceAsStream("/openapi/" + file)) {
            return in == null
                    ? Optional.empty()
                    : Optional.of(JsonMapper.shared().readValue(in, Object.class));
        } catch (IOException e) {
            throw new UncheckedIOException("the example '" + file + "' can't be read", e);
        }
    }
}
