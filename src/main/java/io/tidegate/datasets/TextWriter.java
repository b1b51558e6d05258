package io.tidegate.datasets;

import java.nio.file.Path;

/** Writes a text that streams by into a folder, as indices into its alphabet in order of appearance. */
final class TextWriter implements AutoCloseable {

    static final String TOKENS = "tokens.u16";

    private static final int MOST = 65_536; // kinds of characters that two bytes tell apart

    private final ColumnFile tokens;
    private final int[] index = new int[Character.MAX_CODE_POINT + 1]; // 0 where it wasn't met, else index + 1
    private final StringBuilder found = new StringBuilder();
    private int kinds;
    private long length;

    TextWriter(Path folder) {
        this.tokens = new ColumnFile(folder.resolve(TOKENS));
    }

    void add(int codePoint) {
        if (index[codePoint] == 0) {
            if (kinds == MOST) {
                throw new BadRow("expected at most " + MOST + " kinds of characters, got more");
            }
            index[codePoint] = ++kinds;
            found.appendCodePoint(codePoint);
        }
        tokens.add((char) (index[codePoint] - 1));
        length++;
    }

    /** The alphabet in the order in which the tokens' file counts it. */
    String found() {
        return found.toString();
    }

    /** @throws BadRow for a text from which nothing can be learnt */
    DatasetSummary.Text finish() {
        if (kinds < 2) {
            throw new BadRow("expected a text of at least 2 kinds of characters, got " + kinds);
        }
        tokens.finish();
        int[] sorted = found.codePoints().sorted().toArray();
        return new DatasetSummary.Text(length, kinds, new String(sorted, 0, kinds));
    }

    @Override
    public void close() {
        tokens.close();
    }
}
