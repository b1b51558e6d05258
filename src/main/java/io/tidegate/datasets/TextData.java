package io.tidegate.datasets;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A text as indices into its alphabet. Nothing is held in the heap but what is asked for. */
public final class TextData implements DatasetContent {

    private final MemorySegment tokens; // [characters], index into the alphabet in order of appearance
    private final long length;
    private final String alphabet;
    private final int[] ranks; // order of appearance → index into the alphabet
    private final @Nullable Arena arena;

    /** @param found the alphabet in order of appearance */
    TextData(MemorySegment tokens, long length, String found, @Nullable Arena arena) {
        this.tokens = tokens;
        this.length = length;
        this.arena = arena;
        int[] points = found.codePoints().toArray();
        int[] sorted = points.clone();
        Arrays.sort(sorted);
        this.alphabet = new String(sorted, 0, sorted.length);
        this.ranks = Arrays.stream(points)
                .map(point -> Arrays.binarySearch(sorted, point))
                .toArray();
    }

    /** Characters: code points, not Java's chars. */
    public long length() {
        return length;
    }

    /** The text's distinct code points, ascending. */
    public String alphabet() {
        return alphabet;
    }

    /** Number of code points in {@link #alphabet}. */
    public int alphabetSize() {
        return ranks.length;
    }

    /** @return for each of {@code count} characters its index in the alphabet, counted in code points, [count] */
    public int[] tokens(long from, int count) {
        Objects.checkFromIndexSize(from, count, length);
        char[] found = new char[count];
        MemorySegment.copy(tokens, Mapped.CHAR, from * Character.BYTES, found, 0, count);
        int[] indices = new int[count];
        for (int k = 0; k < count; k++) {
            indices[k] = ranks[found[k]];
        }
        return indices;
    }

    @Override
    public void close() {
        if (arena != null) {
            arena.close();
        }
    }
}
