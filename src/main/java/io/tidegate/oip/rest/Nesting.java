package io.tidegate.oip.rest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** How a tensor's arrays are nested, followed as they open and close. Each method returns false once that is irregular. */
final class Nesting {

    private static final int UNKNOWN = -1;

    private final long[] size = new long[JsonBody.MAX_DEPTH + 1]; // of every array of a level, once one has closed
    private final long[] elements = new long[JsonBody.MAX_DEPTH + 1]; // so far, of the open array of each level
    private int depth;
    private int leafDepth = UNKNOWN;

    Nesting() {
        Arrays.fill(size, UNKNOWN);
    }

    boolean isOpen() {
        return depth > 0;
    }

    boolean open() {
        elements[depth]++;
        depth++;
        elements[depth] = 0;
        return leafDepth == UNKNOWN || depth <= leafDepth;
    }

    /** @param count of them, one after the other; more than none */
    boolean leaves(int count) {
        elements[depth] += count;
        leafDepth = leafDepth == UNKNOWN ? depth : leafDepth;
        return depth == leafDepth;
    }

    boolean close() {
        boolean regular = size[depth] == UNKNOWN || size[depth] == elements[depth];
        size[depth] = elements[depth];
        depth--;
        return regular;
    }

    /** The size of each level's arrays, outermost first: one for flat data. */
    List<Long> sizes() {
        List<Long> sizes = new ArrayList<>();
        for (int level = 1; level < size.length && size[level] != UNKNOWN; level++) {
            sizes.add(size[level]);
        }
        return sizes;
    }
}
