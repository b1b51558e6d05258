package io.tidegate.datasets;

import java.util.Arrays;

/** Which ids have come, by a 64-bit hash of each: 16 to 32 bytes an id. Two of ten million share one once in 400,000 files. */
final class SeenIds {

    private long[] table = new long[1 << 10]; // open addressing; 0 is free
    private int count;

    /** @return false where it has come before */
    boolean add(String id) {
        if (2 * (count + 1) > table.length) {
            long[] old = table;
            table = new long[Math.multiplyExact(2, old.length)];
            Arrays.stream(old).filter(hash -> hash != 0).forEach(this::put);
        }
        boolean added = put(hash(id));
        count += added ? 1 : 0;
        return added;
    }

    private boolean put(long hash) {
        int at = (int) (hash & (table.length - 1));
        while (table[at] != 0) {
            if (table[at] == hash) {
                return false;
            }
            at = (at + 1) & (table.length - 1);
        }
        table[at] = hash;
        return true;
    }

    private static long hash(String id) {
        long hash = 0x9E3779B97F4A7C15L;
        for (int k = 0; k < id.length(); k++) {
            hash = mixed(hash ^ id.charAt(k));
        }
        return hash == 0 ? 1 : hash;
    }

    /** SplitMix64's finaliser: a bijection that spreads every bit. */
    private static long mixed(long value) {
        long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
