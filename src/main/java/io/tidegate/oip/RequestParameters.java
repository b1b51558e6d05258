package io.tidegate.oip;

import io.tidegate.inference.InvalidInputException;
import io.tidegate.oip.InferRequest.RequestedOutput;
import io.tidegate.sequences.SequenceControl;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the protocol's parameters say, whatever brought them. A value is a {@code String}, a {@code Long}, a {@code BigInteger}
 * where a {@code long} can't hold it, a {@code Double} or a {@code Boolean}. Unknown names change nothing.
 *
 * @param priority 1 is the highest, 0 the default
 * @param timeoutMicros most time in a queue, in microseconds; 0 for no limit
 * @param sequence null for a request of whole sequences
 * @param emptyFinalResponse whether a stream is to mark the last response to this request
 */
public record RequestParameters(
        int priority, long timeoutMicros, @Nullable SequenceControl sequence, boolean emptyFinalResponse) {

    public static final RequestParameters NONE = new RequestParameters(0, 0, null, false);

    public static final String SEQUENCE_ID = "sequence_id";
    public static final String SEQUENCE_START = "sequence_start", SEQUENCE_END = "sequence_end";
    public static final String PRIORITY = "priority", TIMEOUT = "timeout";
    public static final String CLASSIFICATION = "classification";
    public static final String EMPTY_FINAL_RESPONSE = "triton_enable_empty_final_response";

    private static final String RESERVED = "triton_", SHARED_MEMORY = "shared_memory_";
    private static final BigInteger MAX_UINT64 = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);

    /** Reads those of a request. */
    public static RequestParameters of(Map<String, ?> parameters) {
        if (parameters.isEmpty()) {
            return NONE;
        }
        parameters.keySet().forEach(RequestParameters::requireNotReserved);
        return new RequestParameters(
                (int) Math.min(Integer.MAX_VALUE, number(PRIORITY, parameters)),
                number(TIMEOUT, parameters),
                sequence(parameters),
                flag(EMPTY_FINAL_RESPONSE, parameters));
    }

    /** Reads those of an output that a request names. */
    public static RequestedOutput output(String name, Map<String, ?> parameters) {
        requireInline("output", name, parameters);
        int classes = (int) Math.min(Integer.MAX_VALUE, number(CLASSIFICATION, parameters));
        return new RequestedOutput(name, classes);
    }

    /** Refuses an input whose data is somewhere else. */
    public static void requireInlineInput(String name, Map<String, ?> parameters) {
        requireInline("input", name, parameters);
    }

    private static void requireInline(String kind, String name, Map<String, ?> parameters) {
        for (String parameter : List.of("region", "byte_size", "offset")) {
            Object value = parameters.get(SHARED_MEMORY + parameter);
            if (value != null && !value.equals(0L) && !value.equals("")) {
                throw new InvalidInputException(
                        "",
                        kind + " '" + name + "': expected no parameter '" + SHARED_MEMORY + parameter
                                + "' (shared memory isn't served; send the data), got " + shown(value));
            }
        }
    }

    private static void requireNotReserved(String name) {
        if (name.startsWith(RESERVED) && !name.equals(EMPTY_FINAL_RESPONSE)) {
            throw new InvalidInputException(
                    "",
                    "parameter '" + name + "' is reserved: of the names that begin with '" + RESERVED
                            + "', a request may have '" + EMPTY_FINAL_RESPONSE + "' alone");
        }
    }

    private static @Nullable SequenceControl sequence(Map<String, ?> parameters) {
        boolean start = flag(SEQUENCE_START, parameters), end = flag(SEQUENCE_END, parameters);
        String id = sequenceId(parameters.get(SEQUENCE_ID));
        if (!id.isEmpty()) {
            return new SequenceControl(id, start, end);
        }
        if (start || end) { // to answer as if it stood alone would be a wrong answer
            throw new InvalidInputException(
                    "",
                    "expected a non-zero or non-empty 'sequence_id' with '" + (start ? SEQUENCE_START : SEQUENCE_END)
                            + "', got none");
        }
        return null;
    }

    /** @return empty for none: the integer 0, or no text */
    private static String sequenceId(@Nullable Object value) {
        return switch (value) {
            case null -> "";
            case Long id when id >= 0 -> id == 0 ? "" : id.toString();
            case BigInteger id
            when id.signum() >= 0 && id.compareTo(MAX_UINT64) <= 0 -> id.signum() == 0 ? "" : id.toString();
            case String id -> id;
            default -> throw refusal(SEQUENCE_ID, "an integer from 0 to 2^64 - 1, or a string", value);
        };
    }

    /** @return 0 where there is none; the largest {@code long} for what is larger */
    private static long number(String name, Map<String, ?> parameters) {
        return switch (parameters.get(name)) {
            case null -> 0;
            case Long value when value >= 0 -> value;
            case BigInteger value
            when value.signum() >= 0 -> value.bitLength() < Long.SIZE ? value.longValue() : Long.MAX_VALUE;
            case Object other -> throw refusal(name, "an integer of at least 0", other);
        };
    }

    private static boolean flag(String name, Map<String, ?> parameters) {
        return switch (parameters.get(name)) {
            case null -> false;
            case Boolean value -> value;
            case Object other -> throw refusal(name, "true or false", other);
        };
    }

    private static InvalidInputException refusal(String name, String expected, Object got) {
        return new InvalidInputException("", "parameter '" + name + "': expected " + expected + ", got " + shown(got));
    }

    private static String shown(Object value) {
        int most = 60;
        return switch (value) {
            case String text -> "'" + (text.length() > most ? text.substring(0, most) + "…" : text) + "'";
            case BigInteger number when number.bitLength() > 128 -> "a number of more than 128 bits";
            default -> value.toString();
        };
    }
}
