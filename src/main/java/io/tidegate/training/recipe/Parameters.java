package io.tidegate.training.recipe;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Values for every parameter of a recipe, checked.
 *
 * @param values by name: Long, Double, Boolean or String
 */
public record Parameters(SortedMap<String, Object> values) {

    public Parameters {
        values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
    }

    public int whole(String name) {
        return Math.toIntExact((Long) value(name));
    }

    /** A whole number that may be larger than an int. */
    public long large(String name) {
        return (Long) value(name);
    }

    public double real(String name) {
        return (Double) value(name);
    }

    public boolean flag(String name) {
        return (Boolean) value(name);
    }

    public String text(String name) {
        return (String) value(name);
    }

    /** The same values but for these. */
    public Parameters with(Map<String, Object> others) {
        SortedMap<String, Object> changed = new TreeMap<>(values);
        changed.putAll(others);
        return new Parameters(changed);
    }

    private Object value(String name) {
        Object value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no parameter '" + name + "'; there are " + values.keySet());
        }
        return value;
    }
}
