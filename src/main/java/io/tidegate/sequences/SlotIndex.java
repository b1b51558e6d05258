package io.tidegate.sequences;

import java.util.function.IntConsumer;
import java.util.function.IntPredicate;

/**
 * Slots by hash: one array with linear probing, at most three quarters full, in which an entry is a hash and a slot. Removing moves
 * those behind it up, so that no marks are left.
 */
final class SlotIndex {

    private static final int SMALLEST = 16;

    private long[] table = new long[SMALLEST]; // 0 where there is none: no slot is 0
    private int size;

    static long entry(int hash, int slot) {
        return (long) hash << 32 | slot;
    }

    private static int hash(long entry) {
        return (int) (entry >>> 32);
    }

    static int slot(long entry) {
        return (int) entry;
    }

    int size() {
        return size;
    }

    /** @return the slot with such a hash that is the one; {@link Slabs#NONE} if there isn't any */
    int find(int hash, IntPredicate isIt) {
        for (int at = home(hash); table[at] != 0; at = after(at)) {
            if (hash(table[at]) == hash && isIt.test(slot(table[at]))) {
                return slot(table[at]);
            }
        }
        return Slabs.NONE;
    }

    boolean contains(long entry) {
        return at(entry) >= 0;
    }

    private int at(long entry) {
        for (int at = home(hash(entry)); table[at] != 0; at = after(at)) {
            if (table[at] == entry) {
                return at;
            }
        }
        return -1;
    }

    void add(long entry) {
        if (4 * (size + 1) > 3 * table.length) {
            resize(2 * table.length);
        }
        insert(entry);
        size++;
    }

    private void insert(long entry) {
        int at = home(hash(entry));
        while (table[at] != 0) {
            at = after(at);
        }
        table[at] = entry;
    }

    boolean remove(long entry) {
        int hole = at(entry);
        if (hole < 0) {
            return false;
        }
        size--;
        for (int at = after(hole); table[at] != 0; at = after(at)) {
            int far = at - home(hash(table[at])) & table.length - 1; // from where it would best be
            if (far >= (at - hole & table.length - 1)) {
                table[hole] = table[at];
                hole = at;
            }
        }
        table[hole] = 0;
        if (table.length > SMALLEST && 8 * size < table.length) {
            resize(table.length / 2);
        }
        return true;
    }

    private void resize(int length) {
        long[] old = table;
        table = new long[length];
        for (long entry : old) {
            if (entry != 0) {
                insert(entry);
            }
        }
    }

    void forEach(IntConsumer action) {
        for (long entry : table) {
            if (entry != 0) {
                action.accept(slot(entry));
            }
        }
    }

    /** Its low bits chose the shard, so the place comes from a product's upper ones. */
    private int home(int hash) {
        return (hash * 0x9e3779b9) >>> (Integer.numberOfLeadingZeros(table.length) + 1);
    }

    private int after(int at) {
        return at + 1 & table.length - 1;
    }
}
