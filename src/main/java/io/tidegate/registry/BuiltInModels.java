package io.tidegate.registry;

import io.tidegate.checkpoint.Checkpoint;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/** Publishes the demo models of the jar into a data directory that has never had them; one that deleted them stays without. */
final class BuiltInModels {

    private static final Logger log = LoggerFactory.getLogger(BuiltInModels.class);

    private final ModelRegistry registry;

    BuiltInModels(ModelRegistry registry) {
        this.registry = registry;
    }

    void install() throws IOException {
        for (Resource descriptor :
                new PathMatchingResourcePatternResolver().getResources("classpath*:models/*/model.json")) {
            String[] parts = descriptor.getURL().getPath().split("/", -1);
            String name = parts[parts.length - 2];
            if (!registry.knows(name)) {
                install(name, descriptor);
            }
        }
    }

    private void install(String name, Resource descriptor) {
        Path staging = registry.newStaging();
        try {
            copy(descriptor, staging.resolve(Checkpoint.MODEL_FILE));
            copy(descriptor.createRelative(Checkpoint.WEIGHTS_FILE), staging.resolve(Checkpoint.WEIGHTS_FILE));
            registry.publish(name, staging);
        } catch (IOException e) {
            throw new UncheckedIOException("the demo model '" + name + "' can't be installed", e);
        } catch (RuntimeException e) {
            log.error("the demo model '{}' can't be installed: {}", name, e.getMessage());
        } finally {
            registry.discard(staging);
        }
    }

    private static void copy(Resource from, Path to) throws IOException {
        try (InputStream in = from.getInputStream()) {
            Files.copy(in, to);
        }
    }
}
