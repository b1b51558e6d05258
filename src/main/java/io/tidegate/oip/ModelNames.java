package io.tidegate.oip;

import io.tidegate.inference.InvalidInputException;
import io.tidegate.registry.ModelRef;

/** The models and versions that requests mean. */
public final class ModelNames {

    private ModelNames() {}

    /**
     * @param model a name, alone or with {@code @alias} or {@code @version}
     * @param version by itself; empty for none
     */
    public static ModelRef ref(String model, String version) {
        return version.isEmpty() ? ModelRef.parse(model) : ModelRef.of(model, version);
    }

    /** @param beside what makes an alias or a version wrong here, as an action that takes all of a model's versions */
    public static String bare(String model, String beside) {
        ModelRef ref = ModelRef.parse(model);
        if (!(ref.selector() instanceof ModelRef.Selector.Default)) {
            throw new InvalidInputException("", "expected a bare model name with " + beside + ", got '" + model + "'");
        }
        return ref.name();
    }
}
