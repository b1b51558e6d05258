package io.tidegate.platform;

import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * The number that a parser is at, as {@link JsonParser} gives it, but in a third of the time for what most clients send: decimals of up to
 * 2⁵³ whose exponent is small, for which one division of two exact numbers rounds rightly (Clinger 1990, "How to read floating
 * point numbers accurately"). Of a number only one
 * of the two is to be asked for: the parser rounds its answer to the second from that to the first.
 */
public final class JsonNumbers {

    private static final int MOST_CHARACTERS = 18; // whose digits a long holds
    private static final long EXACT = 1L << 53;
    private static final int MOST_ZEROS = 22; // 10²² is a double

    /** The bits of a double that a float hasn't, and the pattern of those halfway between two floats. */
    private static final long BELOW = (1L << 29) - 1, HALF = 1L << 28;

    private static final double[] TENS = new double[MOST_ZEROS + 1];

    static {
        TENS[0] = 1;
        for (int n = 1; n <= MOST_ZEROS; n++) {
            TENS[n] = 10 * TENS[n - 1];
        }
    }

    private JsonNumbers() {}

    /** The nearest double. */
    public static double float64(JsonParser json) {
        double value = plain(json);
        return Double.isNaN(value) ? json.getDoubleValue() : value;
    }

    /** The nearest float; infinite where there is none. */
    public static float float32(JsonParser json) {
        double value = plain(json);
        float nearest = (float) value;
        // what is halfway may have been rounded to it, and what has no 24 bits as a float is rounded elsewhere
        boolean twice = (Double.doubleToRawLongBits(value) & BELOW) == HALF || Math.abs(nearest) < Float.MIN_NORMAL;
        return Double.isNaN(value) || (twice && value != 0) ? json.getFloatValue() : nearest;
    }

    /** NaN for what isn't plain enough. */
    private static double plain(JsonParser json) {
        if (!json.hasToken(JsonToken.VALUE_NUMBER_FLOAT) || json.getStringLength() > MOST_CHARACTERS) {
            return Double.NaN;
        }
        char[] text = json.getStringCharacters();
        int at = json.getStringOffset(), end = at + json.getStringLength();
        boolean negative = text[at] == '-';
        at += negative ? 1 : 0;
        long digits = 0;
        int point = end;
        for (; at < end; at++) {
            int c = text[at];
            if (c == '.') {
                point = at + 1;
            } else if (c >= '0' && c <= '9') {
                digits = 10 * digits + (c - '0');
            } else {
                break; // an exponent
            }
        }
        int decimals = Math.max(0, at - point);
        if (at < end) {
            decimals -= exponent(text, at + 1, end);
        }
        if (digits > EXACT || Math.abs(decimals) > MOST_ZEROS) {
            return Double.NaN;
        }
        double value = decimals < 0 ? digits * TENS[-decimals] : digits / TENS[decimals];
        return negative ? -value : value;
    }

    private static int exponent(char[] text, int from, int end) {
        int at = from;
        boolean negative = text[at] == '-';
        at += negative || text[at] == '+' ? 1 : 0;
        int value = 0;
        for (; at < end && value < 1000; at++) {
            value = 10 * value + (text[at] - '0');
        }
        return negative ? -value : value;
    }
}
