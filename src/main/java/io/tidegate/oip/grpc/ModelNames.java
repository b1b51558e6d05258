package io.tidegate.oip.grpc;

import io.tidegate.inference.InvalidInputException;
import io.tidegate.registry.ModelRef;

/** The versions that messages mean. */
final class ModelNames {

    private ModelNames() {}

    /**
     * @param model a name, alone or with {@code @alias} or {@code @version}
     * @param version in its own field; empty for none
     */
    static ModelRef ref(String model, String version) {
        return version.isEmpty() ? ModelRef.parse(model) : ModelRef.of(model, version);
    }

    /** @param action that takes all of a model's versions */
    static String bare(String model, String action) {
        ModelRef ref = ModelRef.parse(model);
        if (!(ref.selector() instanceof ModelRef.Selector.Default)) {
            throw new InvalidInputException("", "expected a bare model name with " + action + ", got '" + model + "'");
        }
        return ref.name();
    }
}
