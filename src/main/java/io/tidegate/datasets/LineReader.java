package io.tidegate.datasets;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Splits bytes into lines, whose ends are LF or CR LF, without ever holding more than one. A byte order mark is passed over. */
final class LineReader {

    static final int LONGEST = 16 << 20; // bytes

    private final InputStream in;
    private final byte[] buffer = new byte[1 << 16];
    private int at;
    private int end;

    private byte[] line = new byte[1 << 12];
    private int length;
    private long number;
    private boolean tooLong;

    LineReader(InputStream in) {
        this.in = in;
    }

    /** @return false at the end */
    boolean next() throws IOException {
        length = 0;
        tooLong = false;
        boolean any = false;
        while (at < end || fill()) {
            any = true;
            int stop = at;
            while (stop < end && buffer[stop] != '\n') {
                stop++;
            }
            append(stop);
            boolean complete = stop < end;
            at = complete ? stop + 1 : stop;
            if (complete) {
                break;
            }
        }
        if (any) {
            number++;
            trim();
        }
        return any;
    }

    private boolean fill() throws IOException {
        at = 0;
        end = Math.max(0, in.read(buffer, 0, buffer.length));
        return end > 0;
    }

    private void append(int stop) {
        int more = stop - at;
        if (tooLong || length + more > LONGEST) {
            tooLong = true; // the rest is read over
            return;
        }
        if (length + more > line.length) {
            line = Arrays.copyOf(line, Math.max(length + more, 2 * line.length));
        }
        System.arraycopy(buffer, at, line, length, more);
        length += more;
    }

    private void trim() {
        if (length > 0 && line[length - 1] == '\r') {
            length--;
        }
        if (number == 1 && length >= 3 && line[0] == (byte) 0xEF && line[1] == (byte) 0xBB && line[2] == (byte) 0xBF) {
            length -= 3;
            System.arraycopy(line, 3, line, 0, length);
        }
    }

    /** The line's bytes; its first {@link #length} are valid until the next one. */
    byte[] line() {
        return line;
    }

    int length() {
        return length;
    }

    boolean isBlank() {
        for (int k = 0; k < length; k++) {
            if (line[k] != ' ' && line[k] != '\t') {
                return false;
            }
        }
        return !tooLong;
    }

    /** Over {@link #LONGEST}: its bytes aren't all there. */
    boolean isTooLong() {
        return tooLong;
    }

    /** From 1. */
    long number() {
        return number;
    }
}
