package io.tidegate.training.recipe;

import java.util.List;

/**
 * A setting of a recipe.
 *
 * @param kind what it may be
 * @param standard its value where nothing is said: the recipe's {@code full} preset
 */
public record Parameter(String name, Kind kind, Object standard, String description) {

    /** The values a parameter may have. */
    public sealed interface Kind {

        record Whole(long min, long max) implements Kind {}

        /** @param aboveMin whether {@code min} itself is refused */
        record Real(double min, double max, boolean aboveMin) implements Kind {}

        record Flag() implements Kind {}

        record Choice(List<String> values) implements Kind {}

        /** @param pattern a regular expression for the whole text */
        record Text(String pattern) implements Kind {}
    }

    public static Parameter whole(String name, long standard, long min, long max, String description) {
        return new Parameter(name, new Kind.Whole(min, max), standard, description);
    }

    /** A number of at least {@code min}. */
    public static Parameter real(String name, double standard, double min, double max, String description) {
        return new Parameter(name, new Kind.Real(min, max, false), standard, description);
    }

    /** A number above 0. */
    public static Parameter positive(String name, double standard, double max, String description) {
        return new Parameter(name, new Kind.Real(0, max, true), standard, description);
    }

    public static Parameter flag(String name, boolean standard, String description) {
        return new Parameter(name, new Kind.Flag(), standard, description);
    }

    public static Parameter choice(String name, List<String> values, String description) {
        return new Parameter(name, new Kind.Choice(values), values.getFirst(), description);
    }

    public static Parameter text(String name, String standard, String pattern, String description) {
        return new Parameter(name, new Kind.Text(pattern), standard, description);
    }

    /** The same parameter with another standard value. */
    public Parameter withStandard(Object value) {
        return new Parameter(name, kind, value, description);
    }
}
