package io.tidegate.oip.rest;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** How an answer is compressed. */
enum Compression {
    IDENTITY("identity"),
    GZIP("gzip"),
    /** With zlib's wrapper, as HTTP has it. */
    DEFLATE("deflate");

    private static final int SMALLEST = 256; // bytes: less isn't worth its header

    private static final Pattern QUALITY = Pattern.compile("q=(0|1|0\\.[0-9]{0,3}|1\\.0{0,3})");

    private final String coding;

    Compression(String coding) {
        this.coding = coding;
    }

    String coding() {
        return coding;
    }

    /**
     * The one that a client likes best. Of equals, none comes before gzip and gzip before deflate; a client that lists codings
     * and leaves {@code identity} out likes those listed better.
     *
     * @param accepted an {@code Accept-Encoding}, or empty
     * @param length of what is to be sent, in bytes
     */
    static Compression preferred(String accepted, int length) {
        if (accepted.isEmpty() || length < SMALLEST) {
            return IDENTITY;
        }
        Compression best = IDENTITY;
        double most = 0;
        for (String item : accepted.toLowerCase(Locale.ROOT).split(",", 32)) {
            String[] parts = item.trim().split(";", 2);
            Compression known = named(parts[0].trim());
            double quality = parts.length == 1 ? 1 : quality(parts[1]);
            if (known != null && (quality > most || (quality == most && quality > 0 && known.compareTo(best) < 0))) {
                best = known;
                most = quality;
            }
        }
        return best;
    }

    private static @Nullable Compression named(String coding) {
        return switch (coding) {
            case "identity" -> IDENTITY;
            case "gzip", "x-gzip" -> GZIP;
            case "deflate" -> DEFLATE;
            default -> null;
        };
    }

    /** 0, which is never, where it makes no sense. */
    private static double quality(String parameter) {
        String text = parameter.trim();
        return QUALITY.matcher(text).matches() ? Double.parseDouble(text.substring(2)) : 0;
    }

    byte[] compress(byte[] body) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream(body.length / 2 + 64);
        try (DeflaterOutputStream deflater = this == GZIP ? new GZIPOutputStream(out) : new DeflaterOutputStream(out)) {
            deflater.write(body);
        }
        return out.toByteArray();
    }
}
