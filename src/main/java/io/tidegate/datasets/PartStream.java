package io.tidegate.datasets;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * An uploaded part as its reader sees it: inflated where its first bytes say gzip, bounded after that, and digested on the way.
 * The digest and the count include what was read ahead; they are the whole part's after {@link #drain}.
 */
final class PartStream extends InputStream {

    private static final int BUFFER = 1 << 16;

    private final String part;
    private final InputStream in;
    private final long limit;
    private final MessageDigest digest;
    private long count;
    private byte[] head = new byte[0]; // looked at, and still to be read
    private int headRead;

    private PartStream(String part, InputStream in, long limit, MessageDigest digest) {
        this.part = part;
        this.in = in;
        this.limit = limit;
        this.digest = digest;
    }

    /** @param limit most bytes, inflated */
    static PartStream open(String part, InputStream raw, long limit, MessageDigest digest) throws IOException {
        BufferedInputStream buffered = new BufferedInputStream(raw, BUFFER);
        buffered.mark(2);
        boolean gzip = buffered.read() == 0x1f && buffered.read() == 0x8b;
        buffered.reset();
        try {
            return new PartStream(part, gzip ? new GZIPInputStream(buffered, BUFFER) : buffered, limit, digest);
        } catch (EOFException | ZipException e) {
            throw notGzip(part);
        }
    }

    private static DatasetException notGzip(String part) {
        return new DatasetException.Refused(
                part, "its first bytes say gzip, but it is cut short or damaged; compress and send it again");
    }

    String part() {
        return part;
    }

    long count() {
        return count;
    }

    /** The first bytes, at most {@code most}, which stay to be read. To be asked before anything is read. */
    byte[] head(int most) throws IOException {
        head = readNBytes(most);
        headRead = 0;
        return head.clone();
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (headRead < head.length) {
            int again = Math.min(length, head.length - headRead);
            System.arraycopy(head, headRead, bytes, offset, again);
            headRead += again;
            return again;
        }
        int read;
        try {
            read = in.read(bytes, offset, length);
        } catch (EOFException | ZipException e) {
            throw notGzip(part);
        }
        if (read > 0) {
            count += read;
            if (count > limit) {
                throw new DatasetException.TooLarge(part, limit);
            }
            digest.update(bytes, offset, read);
        }
        return read;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    /** To the end. */
    void drain() throws IOException {
        byte[] buffer = new byte[BUFFER];
        while (read(buffer, 0, buffer.length) >= 0) {
            // counted and digested on the way
        }
    }
}
