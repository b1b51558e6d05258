package io.tidegate.oip;

import java.util.List;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.info.BuildProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What the server says of itself, whatever the transport. */
@Configuration(proxyBeanMethods = false)
class OipServer {

    /** By the names that Triton has for them: those that are served, over HTTP and gRPC. */
    private static final List<String> EXTENSIONS = List.of(
            "classification",
            "sequence",
            "sequence(string_id)",
            "model_repository",
            "model_repository(unload_dependents)",
            "schedule_policy",
            "model_configuration",
            "binary_tensor_data",
            "parameters",
            "statistics",
            "generate");

    @Bean
    ServerMetadata serverMetadata(ObjectProvider<BuildProperties> build) {
        String version = build.stream()
                .findFirst()
                .flatMap(known -> Optional.ofNullable(known.getVersion()))
                .orElse("development");
        return new ServerMetadata("tidegate", version, EXTENSIONS);
    }
}
