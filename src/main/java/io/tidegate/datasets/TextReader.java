package io.tidegate.datasets;

import java.io.IOException;

/** Reads a text as it is, line ends included. */
final class TextReader {

    private final TextWriter writer;

    TextReader(TextWriter writer) {
        this.writer = writer;
    }

    void read(PartStream in) throws IOException {
        Utf8Reader reader = new Utf8Reader(in, Integer.MAX_VALUE);
        char[] chars = new char[1 << 14];
        char high = 0; // the first half of a character whose second half is still to come
        for (int read = reader.read(chars); read >= 0; read = reader.read(chars)) {
            reader.startRow();
            for (int k = 0; k < read; k++) {
                if (Character.isHighSurrogate(chars[k])) {
                    high = chars[k];
                } else {
                    writer.add(Character.isLowSurrogate(chars[k]) ? Character.toCodePoint(high, chars[k]) : chars[k]);
                }
            }
        }
    }
}
