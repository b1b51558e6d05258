package io.tidegate.core.train;

/** A text as tokens, in memory or on disk. */
public interface TokenSource {

    long length();

    /** Copies {@code count} tokens from {@code from} on to {@code into[at …]}. */
    void copy(long from, int[] into, int at, int count);

    static TokenSource of(int[] tokens) {
        return new TokenSource() {
            @Override
            public long length() {
                return tokens.length;
            }

            @Override
            public void copy(long from, int[] into, int at, int count) {
                System.arraycopy(tokens, Math.toIntExact(from), into, at, count);
            }
        };
    }

    /** The part of this text from {@code from} up to {@code to}. */
    default TokenSource part(long from, long to) {
        TokenSource whole = this;
        return new TokenSource() {
            @Override
            public long length() {
                return to - from;
            }

            @Override
            public void copy(long start, int[] into, int at, int count) {
                whole.copy(from + start, into, at, count);
            }
        };
    }
}
