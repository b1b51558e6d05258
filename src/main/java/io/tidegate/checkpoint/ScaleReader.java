package io.tidegate.checkpoint;

import static io.tidegate.checkpoint.Problems.got;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Reads a {@code scale}; what it leaves out is 0 and 1. */
final class ScaleReader {

    private ScaleReader() {}

    /**
     * @param owner whose {@code scale} it is
     * @param size how many features or values it scales; 0 where that is itself wrong
     */
    static Scale read(Members owner, int size) {
        if (owner.optional("scale") == null) {
            return Scale.NONE;
        }
        Members scale = owner.members("scale");
        if (scale == null) {
            return Scale.NONE;
        }
        scale.accept("offset", "factor");
        List<Double> offset = numbers(scale, "offset", size, 0);
        List<Double> factor = numbers(scale, "factor", size, 1);
        if (factor.contains(0.0) || factor.contains(-0.0)) {
            scale.note("factor", "expected a number other than 0, got 0");
        }
        return new Scale(offset, factor);
    }

    private static List<Double> numbers(Members scale, String name, int size, double absent) {
        JsonNode value = scale.optional(name);
        if (value == null) {
            return List.of(absent);
        }
        List<Double> numbers = new ArrayList<>();
        if (value.isArray()) {
            if (size > 0 && value.size() != size) {
                scale.note(name, "expected " + size + " numbers, one per feature, got " + value.size());
            }
            for (int k = 0; k < value.size(); k++) {
                numbers.add(number(scale, name, value.get(k)));
            }
        } else {
            numbers.add(number(scale, name, value));
        }
        return numbers.isEmpty() ? List.of(absent) : numbers;
    }

    private static double number(Members scale, String name, JsonNode value) {
        double number = value.isNumber() ? value.asDouble(Double.NaN) : Double.NaN;
        if (!Double.isFinite(number)) {
            scale.note(name, "expected a finite number, or an array of one per feature, " + got(value));
            return 1;
        }
        return number;
    }
}
