package io.tidegate.oip.rest;

import io.tidegate.platform.TidegateProperties.Limits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tools.jackson.core.JsonToken;

/**
 * Reads {@code data}, nested or flat, into one array that grows with what arrives: neither a large shape nor a long body makes
 * it take more memory than the limits allow.
 */
final class TensorDataReader {

    /** What was read: {@code texts} where there were any, else {@code numbers}. */
    record Elements(double[] numbers, List<String> texts, long count, List<Long> nesting) {}

    private static final int FIRST_CAPACITY = 16;

    private final JsonBody body;
    private final Limits limits;
    private final long expected;
    private final Nesting nesting = new Nesting();

    private double[] numbers = {};
    private final List<String> texts = new ArrayList<>();
    private long count;

    /** @param expected number of elements, as far as is known: those beyond it are counted, not kept */
    TensorDataReader(JsonBody body, Limits limits, long expected) {
        this.body = body;
        this.limits = limits;
        this.expected = expected;
    }

    Elements read() {
        body.require(JsonToken.START_ARRAY, "an array, nested as the shape or flat");
        follow(nesting.open());
        while (nesting.isOpen()) {
            switch (body.next()) {
                case START_ARRAY -> follow(nesting.open());
                case END_ARRAY -> follow(nesting.close());
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number();
                case VALUE_STRING -> text();
                default -> throw body.refusal("numbers or strings");
            }
        }
        return new Elements(numbers, texts, count, nesting.sizes());
    }

    private void follow(boolean regular) {
        if (!regular) {
            throw body.problem("expected arrays of one length at each level of nesting, got ragged ones;"
                    + " pad them and send \"lengths\"");
        }
    }

    private void number() {
        follow(nesting.leaf());
        if (!texts.isEmpty()) {
            throw body.refusal("strings alone or numbers alone");
        }
        if (count < expected) {
            if (count == numbers.length) {
                numbers = Arrays.copyOf(numbers, grown());
            }
            numbers[(int) count] = body.number();
        }
        count++;
    }

    private int grown() {
        long most = Math.min(limits.maxWorkingSet().toBytes() / Double.BYTES, Integer.MAX_VALUE - 8);
        if (count >= most) {
            throw body.problem("expected at most " + most + " numbers (tidegate.limits.max-working-set), got more");
        }
        return (int) Math.min(Math.min(expected, most), Math.max(FIRST_CAPACITY, count + (count >> 1)));
    }

    private void text() {
        follow(nesting.leaf());
        if (count > texts.size()) {
            throw body.refusal("strings alone or numbers alone");
        }
        if (count >= limits.maxBatch()) {
            throw body.problem(
                    "expected at most " + limits.maxBatch() + " texts (tidegate.limits.max-batch), got more");
        }
        texts.add(body.string("a string"));
        count++;
    }
}
