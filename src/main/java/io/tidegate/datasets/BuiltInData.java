package io.tidegate.datasets;

import io.tidegate.checkpoint.Sha256;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** The real data in the jar; sources and licences in {@code data/NOTICE.md}. */
public final class BuiltInData {

    /**
     * A handwritten digit.
     *
     * @param pixels row by row, 0 to 16, [64]
     * @param label 0 to 9
     */
    public record Digit(float[] pixels, int label) {

        public static final int SIDE = 8;
    }

    /** Rows of the digits that train; the other 360 test. */
    public static final int DIGITS_FOR_TRAINING = 1437;

    public static final String DIGITS = "digits.csv.gz", KING_JAMES = "king-james.txt.gz", ECG = "ecg-208.csv.gz";

    private BuiltInData() {}

    /** SHA-256 of a file's text, {@code sha256:…}. */
    public static String digest(String file) {
        try (InputStream in = open(file)) {
            MessageDigest digest = Sha256.digest();
            new DigestInputStream(in, digest).transferTo(OutputStream.nullOutputStream());
            return "sha256:" + Sha256.hex(digest);
        } catch (IOException e) {
            throw new UncheckedIOException("built-in data '" + file + "' can't be read", e);
        }
    }

    /** Bytes of a file's text. */
    public static long bytes(String file) {
        try (InputStream in = open(file)) {
            return in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw new UncheckedIOException("built-in data '" + file + "' can't be read", e);
        }
    }

    /** 1,797 handwritten digits, in the file's order. */
    public static List<Digit> digits() {
        return lines(DIGITS).stream().map(BuiltInData::digit).toList();
    }

    private static Digit digit(String line) {
        String[] cells = line.split(",", -1);
        float[] pixels = new float[Digit.SIDE * Digit.SIDE];
        for (int k = 0; k < pixels.length; k++) {
            pixels[k] = Float.parseFloat(cells[k]);
        }
        return new Digit(pixels, Integer.parseInt(cells[pixels.length]));
    }

    /** 31,102 verses, each ending in a newline: 4,137,848 characters of 63 kinds. */
    public static String kingJames() {
        return String.join("\n", lines(KING_JAMES)) + "\n";
    }

    /** Five minutes of an electrocardiogram at 360 Hz, in the recorder's units, [108,000]. */
    public static float[] ecg() {
        List<String> lines = lines(ECG);
        float[] samples = new float[lines.size() - 1];
        for (int k = 0; k < samples.length; k++) {
            samples[k] = Float.parseFloat(lines.get(k + 1));
        }
        return samples;
    }

    /** The end that nothing trains on: the last {@code percent} of a series. */
    public static float[] tail(float[] samples, int percent) {
        return Arrays.copyOfRange(samples, head(samples.length, percent), samples.length);
    }

    /** How much of a series comes before its last {@code percent}. */
    public static int head(int length, int percent) {
        return (int) ((long) length * (100 - percent) / 100);
    }

    private static List<String> lines(String file) {
        try (InputStream in = open(file)) {
            return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                    .lines()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("built-in data '" + file + "' can't be read", e);
        }
    }

    private static InputStream open(String file) throws IOException {
        InputStream in = BuiltInData.class.getResourceAsStream("/data/" + file);
        if (in == null) {
            throw new IllegalStateException("built-in data '" + file + "' is missing from the class path");
        }
        return new GZIPInputStream(in);
    }
}
