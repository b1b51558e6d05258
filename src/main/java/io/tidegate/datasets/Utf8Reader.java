package io.tidegate.datasets;

import java.io.IOException;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Decodes UTF-8 and, where it is malformed, says at which byte of which line. A byte order mark is passed over. */
final class Utf8Reader extends Reader {

    private final PartStream in;
    private final int longestRow;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    private final ByteBuffer bytes = ByteBuffer.allocate(1 << 16).flip();
    private final CharBuffer chars = CharBuffer.allocate(1 << 14).flip();
    private boolean ended;
    private long line = 1;
    private long decodedBytes;
    private long rowChars;

    /** @param longestRow most characters between two calls of {@link #startRow} */
    Utf8Reader(PartStream in, int longestRow) {
        this.in = in;
        this.longestRow = longestRow;
    }

    void startRow() {
        rowChars = 0;
    }

    @Override
    public int read(char[] target, int offset, int length) throws IOException {
        while (!chars.hasRemaining()) {
            if (ended && !bytes.hasRemaining()) {
                return -1;
            }
            decode();
        }
        int read = Math.min(length, chars.remaining());
        chars.get(target, offset, read);
        rowChars += read;
        if (rowChars > longestRow) {
            throw new BadRow("expected a row of at most " + longestRow
                    + " characters, got more; is a quotation mark left open?");
        }
        return read;
    }

    private void decode() throws IOException {
        if (!ended && bytes.remaining() < 4) {
            bytes.compact();
            int read = in.read(bytes.array(), bytes.position(), bytes.remaining());
            ended = read < 0;
            bytes.position(bytes.position() + Math.max(0, read)).flip();
        }
        boolean beginning = decodedBytes == 0;
        int before = bytes.position();
        boolean malformed = decoder.decode(bytes, chars.clear(), ended).isError();
        decodedBytes += bytes.position() - before;
        chars.flip();
        for (int k = 0; k < chars.limit(); k++) {
            line += chars.get(k) == '\n' ? 1 : 0;
        }
        if (malformed) {
            throw new Problems(in.part())
                    .stop(
                            line,
                            "expected UTF-8, got something else at byte " + (decodedBytes + 1)
                                    + " of the file; save it as UTF-8");
        }
        if (beginning && chars.hasRemaining() && chars.get(0) == '\uFEFF') {
            chars.get();
        }
    }

    @Override
    public void close() {
        // whoever opened the part closes it
    }
}
