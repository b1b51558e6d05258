package io.tidegate.oip.rest;

import io.tidegate.inference.InvalidInputException;
import io.tidegate.platform.BodyTooLargeException;
import io.tidegate.platform.TidegateProperties.Limits;
import jakarta.servlet.http.HttpServletRequest;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.util.unit.DataSize;

/**
 * A request's body as it is read off the wire: inflated, never longer than {@code tidegate.limits.max-body}, and in two parts, JSON
 * and then raw tensors. The field's clients send none or any {@code Content-Type}, {@code curl -d} a form's, so it isn't looked at;
 * and nobody may ask for the request's parameters, which would read a form's body away.
 */
final class Body {

    /** Number of the body's bytes, once inflated, that are JSON. */
    static final String JSON_LENGTH = "Inference-Header-Content-Length";

    private static final long UNKNOWN = -1;
    private static final Pattern NUMBER = Pattern.compile("[+-]?[0-9]+");

    private final Bounded in;
    private final long length; // once inflated
    private final long jsonLength; // the whole body where nobody says

    private Body(Bounded in, long length, long jsonLength) {
        this.in = in;
        this.length = length;
        this.jsonLength = jsonLength;
    }

    /** @throws UnsupportedEncodingException for an encoding other than gzip and deflate */
    static Body of(HttpServletRequest request, Limits limits) throws IOException {
        String encoding = encoding(request);
        DataSize most = limits.maxBody();
        InputStream wire = request.getInputStream();
        return switch (encoding) {
            case "identity" -> {
                long length = request.getContentLengthLong();
                yield new Body(new Bounded(wire, most), length, jsonLength(request, length));
            }
            case "gzip", "x-gzip" -> new Body(inflated(wire, true, most), UNKNOWN, jsonLength(request, UNKNOWN));
            case "deflate" -> new Body(inflated(wire, false, most), UNKNOWN, jsonLength(request, UNKNOWN));
            default -> throw new UnsupportedEncodingException(encoding, "gzip, deflate");
        };
    }

    /** A body that may not be compressed. */
    static Body plain(HttpServletRequest request, Limits limits) throws IOException {
        String encoding = encoding(request);
        if (!encoding.equals("identity")) {
            throw new UnsupportedEncodingException(encoding, "identity");
        }
        return new Body(
                new Bounded(request.getInputStream(), limits.maxBody()), request.getContentLengthLong(), UNKNOWN);
    }

    private static String encoding(HttpServletRequest request) {
        String encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
        return encoding == null || encoding.isBlank()
                ? "identity"
                : encoding.trim().toLowerCase(Locale.ROOT);
    }

    private static Bounded inflated(InputStream wire, boolean gzip, DataSize most) throws IOException {
        try {
            return new Bounded(gzip ? new GZIPInputStream(wire) : new InflaterInputStream(wire), most);
        } catch (ZipException | EOFException e) {
            throw malformed();
        }
    }

    private static InvalidInputException malformed() {
        return new InvalidInputException(
                "", "Content-Encoding: expected a whole body in the encoding that it names, got something else");
    }

    /** The protocol's header, in Triton's words where it makes no sense. */
    private static long jsonLength(HttpServletRequest request, long length) {
        String sent = request.getHeader(JSON_LENGTH);
        if (sent == null) {
            return UNKNOWN;
        }
        long parsed = number(sent.trim());
        if (parsed < 0 || (length != UNKNOWN && parsed > length)) {
            throw outOfRange(length == UNKNOWN ? "the body's length" : Long.toString(length), parsed);
        }
        return parsed;
    }

    private static long number(String digits) {
        try {
            return Integer.parseInt(digits);
        } catch (NumberFormatException e) {
            String wrong = NUMBER.matcher(digits).matches()
                    ? ", value is out of range [ " + Integer.MIN_VALUE + ", " + Integer.MAX_VALUE + " ], got: "
                    : ", got: ";
            throw new InvalidInputException("", "Unable to parse " + JSON_LENGTH + wrong + shown(digits));
        }
    }

    private static String shown(String sent) {
        return sent.length() <= 60 ? sent : sent.substring(0, 60) + "…";
    }

    private static InvalidInputException outOfRange(String length, long got) {
        return new InvalidInputException(
                "",
                "inference header size should be in range (0, " + length + "), got: " + got + " (" + JSON_LENGTH + ")");
    }

    /** Whether there is no JSON: the body is one tensor, alone. */
    boolean isRaw() {
        return jsonLength == 0;
    }

    /** The body's JSON, up to its end. */
    InputStream json() {
        return jsonLength == UNKNOWN ? in : new Json();
    }

    /** Whether tensors may follow the JSON. */
    boolean hasTensors() {
        return jsonLength != UNKNOWN;
    }

    /** The next bytes; null if there are fewer. */
    @Nullable
    ByteBuffer next(long bytes) throws IOException {
        long left = in.most.toBytes() - in.read;
        if (bytes > left) {
            throw new BodyTooLargeException(in.most, Bounded.PROPERTY);
        }
        if (length == UNKNOWN) { // nobody has promised that so many come: what is held grows with what is there
            byte[] read = in.readNBytes((int) bytes);
            return read.length == bytes ? ByteBuffer.wrap(read) : null;
        }
        if (bytes > length - in.read) {
            return null;
        }
        byte[] read = new byte[(int) bytes];
        return in.readNBytes(read, 0, read.length) == bytes ? ByteBuffer.wrap(read) : null;
    }

    /** Everything that is left. */
    ByteBuffer rest() throws IOException {
        if (length != UNKNOWN) {
            ByteBuffer all = next(Math.min(length - in.read, in.most.toBytes()));
            if (all != null && in.read() < 0) {
                return all;
            }
            throw new EOFException("a body is shorter than its length");
        }
        return ByteBuffer.wrap(in.readAllBytes());
    }

    boolean isAtEnd() throws IOException {
        return in.read() < 0;
    }

    /** A body's bytes, counted. */
    private static final class Bounded extends FilterInputStream {

        static final String PROPERTY = "tidegate.limits.max-body";

        private final DataSize most;
        private long read;

        Bounded(InputStream in, DataSize most) {
            super(in);
            this.most = most;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
        }

        @Override
        public int read(byte[] bytes, int offset, int count) throws IOException {
            int got;
            try {
                got = in.read(bytes, offset, count);
            } catch (ZipException | EOFException e) {
                if (in instanceof InflaterInputStream) {
                    throw malformed();
                }
                throw e;
            }
            read += Math.max(0, got);
            if (read > most.toBytes()) {
                throw new BodyTooLargeException(most, PROPERTY);
            }
            return got;
        }
    }

    /** So many of the body's first bytes. */
    private final class Json extends InputStream {

        private long left = jsonLength;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
        }

        @Override
        public int read(byte[] bytes, int offset, int count) throws IOException {
            if (left == 0) {
                return -1;
            }
            int got = in.read(bytes, offset, (int) Math.min(count, left));
            if (got < 0) {
                throw outOfRange(Long.toString(jsonLength - left), jsonLength);
            }
            left -= got;
            return got;
        }
    }
}
