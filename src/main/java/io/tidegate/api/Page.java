package io.tidegate.api;

import io.tidegate.inference.InvalidInputException;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A part of a list.
 *
 * @param next the {@code after} of the next page; null on the last one
 */
record Page<T>(List<T> shown, @Nullable String next) {

    /** @throws InvalidInputException unless {@code limit} is from 1 to {@code most} */
    static void requireLimit(int limit, int most) {
        if (limit < 1 || limit > most) {
            throw new InvalidInputException("", "query parameter limit: expected 1 to " + most + ", got " + limit);
        }
    }

    /** @param rest from the page's first on, and at least one more than the page holds where there are more */
    static <T> Page<T> of(List<T> rest, int limit, Function<T, String> id) {
        List<T> shown = rest.subList(0, Math.min(limit, rest.size()));
        return new Page<>(shown, shown.size() < rest.size() ? id.apply(shown.getLast()) : null);
    }
}
