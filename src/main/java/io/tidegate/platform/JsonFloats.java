package io.tidegate.platform;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonEncoding;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.io.IOContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonFactoryBuilder;
import tools.jackson.core.json.UTF8StreamJsonParser;

/**
 * A factory of Jackson's own parsers that can also read the numbers of an array many at a time: a token for each takes two to three
 * times as long. Whatever isn't plain is left to their tokens, with all their checks and messages.
 */
public final class JsonFloats extends JsonFactory {

    private static final long serialVersionUID = 1;

    private static final int LOOKED_AT = 4; // bytes, in which the encoding shows

    private JsonFloats(JsonFactoryBuilder builder) {
        super(builder);
    }

    public static JsonFactoryBuilder builder() {
        return new JsonFactoryBuilder() {
            @Override
            public JsonFactory build() {
                return new JsonFloats(this);
            }
        };
    }

    /**
     * Reads numbers of the array that a parser is in, being at its start or at a value of it: as many as follow each other plainly in
     * what has come, each the nearest float. Then the next token is the value after them, or the array's end.
     *
     * @param into where they go, from {@code at} on
     * @param most of them
     * @return how many; 0 from another factory's parser
     */
    public static int read(JsonParser json, float[] into, int at, int most) {
        return json instanceof Parser parser ? parser.floats(into, at, most) : 0;
    }

    @Override
    protected JsonParser _createParser(ObjectReadContext context, IOContext io, InputStream in) {
        byte[] first;
        try {
            first = in.readNBytes(LOOKED_AT);
        } catch (IOException e) {
            throw JacksonIOException.construct(e);
        }
        if (!isUtf8(first, 0, first.length)) {
            return super._createParser(context, io, new SequenceInputStream(new ByteArrayInputStream(first), in));
        }
        byte[] buffer = io.allocReadIOBuffer();
        System.arraycopy(first, 0, buffer, 0, first.length);
        return new Parser(this, context, io, in, buffer, 0, first.length);
    }

    @Override
    protected JsonParser _createParser(ObjectReadContext context, IOContext io, byte[] data, int offset, int length) {
        return isUtf8(data, offset, length)
                ? new Parser(this, context, io, null, data, offset, offset + length)
                : super._createParser(context, io, data, offset, length);
    }

    /** Whether a text is certainly UTF-8: one of two or four bytes a character begins with a zero, or with a byte order mark. */
    private static boolean isUtf8(byte[] data, int offset, int length) {
        for (int at = offset; at < offset + Math.min(length, LOOKED_AT); at++) {
            if (data[at] <= 0) {
                return false;
            }
        }
        return true;
    }

    private static final class Parser extends UTF8StreamJsonParser {

        private static final int MOST_DIGITS = 18; // that a long holds

        private static final double[] TENS = new double[MOST_DIGITS + 1];

        static {
            TENS[0] = 1;
            for (int n = 1; n < TENS.length; n++) {
                TENS[n] = 10 * TENS[n - 1];
            }
        }

        /** The bits of a double that a float hasn't, and the pattern of those halfway between two floats. */
        private static final long BELOW = (1L << 29) - 1, HALFWAY = 1L << 28;

        /** By how much of its last bit a quotient is off at most, when both the digits and it have been rounded. */
        private static final long OFF = 2;

        @SuppressWarnings("NullAway") // of bytes that are all there, as Jackson does it
        Parser(
                JsonFloats factory,
                ObjectReadContext context,
                IOContext io,
                @Nullable InputStream in,
                byte[] buffer,
                int from,
                int to) {
            super(
                    context,
                    io,
                    context.getStreamReadFeatures(factory._streamReadFeatures),
                    context.getFormatReadFeatures(factory._formatReadFeatures),
                    in,
                    factory._byteSymbolCanonicalizer.makeChild(factory._factoryFeatures),
                    buffer,
                    from,
                    to,
                    0,
                    in != null);
            io.setEncoding(JsonEncoding.UTF8);
        }

        /** See {@link JsonFloats#read}. In one piece, for speed: a number has a dozen nanoseconds. */
        int floats(float[] into, int from, int most) {
            byte[] in = _inputBuffer;
            int last = _inputEnd, end = _inputPtr;
            int count = 0;
            while (count < most && !_tokenIncomplete) {
                int at = space(in, end, last);
                if (_streamReadContext.hasCurrentIndex()) {
                    if (at >= last || in[at] != ',') {
                        break;
                    }
                    at = space(in, at + 1, last);
                }
                int minus = at < last && in[at] == '-' ? 1 : 0, begin = at + minus;
                int point = begin, c;
                long digits = 0;
                while (point < last && (c = in[point] - '0') >= 0 && c <= 9) {
                    digits = 10 * digits + c;
                    point++;
                }
                int whole = point - begin, decimals = 0;
                if (whole == 0 || (whole > 1 && in[begin] == '0')) {
                    break;
                }
                int stop = point;
                if (point < last && in[point] == '.') {
                    stop++;
                    while (stop < last && (c = in[stop] - '0') >= 0 && c <= 9) {
                        digits = 10 * digits + c;
                        stop++;
                    }
                    decimals = stop - point - 1;
                    if (decimals == 0) {
                        break;
                    }
                }
                if (stop >= last || whole + decimals > MOST_DIGITS || !ends(in[stop])) {
                    break;
                }
                double value = digits / TENS[decimals];
                long below = Double.doubleToRawLongBits(value) & BELOW;
                if (Math.abs(below - HALFWAY) <= OFF || (digits == 0 && minus == 1)) {
                    break; // too close to say, or less than zero by its sign alone
                }
                countLines(end, at);
                end = stop;
                _streamReadContext.expectComma(); // counts the value
                // by its bit: where signs are mixed, a branch costs a fifth of all this
                into[from + count++] = Float.intBitsToFloat(Float.floatToRawIntBits((float) value) ^ minus << 31);
            }
            _inputPtr = end;
            return count;
        }

        private static int space(byte[] in, int from, int last) {
            int at = from;
            while (at < last && (in[at] == ' ' || in[at] == '\n')) {
                at++;
            }
            return at;
        }

        private static boolean ends(byte c) {
            return c == ',' || c == ']' || c == ' ' || c == '\n' || c == '\r';
        }

        /** For messages, which name a line. */
        private void countLines(int from, int to) {
            for (int at = from; at < to; at++) {
                if (_inputBuffer[at] == '\n') {
                    _currInputRow++;
                    _currInputRowStart = at + 1;
                }
            }
        }
    }
}
