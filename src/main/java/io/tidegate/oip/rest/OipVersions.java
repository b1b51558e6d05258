package io.tidegate.oip.rest;

import io.tidegate.oip.ModelNames;
import io.tidegate.platform.RequestMetrics;
import io.tidegate.registry.ModelRef;
import io.tidegate.registry.ModelRegistry;
import io.tidegate.registry.ModelVersion;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Finds the version that a path means. */
@Component
final class OipVersions {

    private final ModelRegistry registry;

    OipVersions(ModelRegistry registry) {
        this.registry = registry;
    }

    /**
     * @param model a name, alone or with {@code @alias} or {@code @version}
     * @param version of the path's {@code /versions/…}; null where it has none
     */
    ModelVersion find(String model, @Nullable String version, HttpServletRequest request) {
        return find(ref(model, version), request);
    }

    ModelVersion find(ModelRef ref, HttpServletRequest request) {
        ModelVersion found = registry.resolve(ref);
        RequestMetrics.tag(request, found.name(), found.number());
        return found;
    }

    static ModelRef ref(String model, @Nullable String version) {
        if (version == null) {
            return ModelRef.parse(model);
        }
        return ModelRef.of(ModelNames.bare(model, "/versions/" + version), version);
    }
}
