package io.tidegate.sequences;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A sequence's name as its slot holds it.
 *
 * @param model its number in this process
 * @param bytes the id: a mark, and a byte for each character, or two where one needs them. Not UTF-8, in which some ids are the same.
 */
record Id(int model, byte[] bytes, int hash) {

    private static final ValueLayout.OfChar CHAR = ValueLayout.JAVA_CHAR_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final byte NARROW = 0, WIDE = 1;

    /** @param seed a secret, so that nobody can choose ids that share a hash */
    static Id of(int model, String id, long seed) {
        byte[] bytes = bytes(id);
        return new Id(model, bytes, hash(model, bytes, seed));
    }

    static byte[] bytes(String id) {
        int length = id.length();
        boolean narrow = id.chars().allMatch(c -> c < 256);
        byte[] bytes = new byte[1 + (narrow ? length : 2 * length)];
        bytes[0] = narrow ? NARROW : WIDE;
        if (narrow) {
            System.arraycopy(id.getBytes(StandardCharsets.ISO_8859_1), 0, bytes, 1, length);
        } else {
            MemorySegment.copy(id.toCharArray(), 0, MemorySegment.ofArray(bytes), CHAR, 1, length);
        }
        return bytes;
    }

    static String text(byte[] bytes) {
        if (bytes[0] == NARROW) {
            return new String(bytes, 1, bytes.length - 1, StandardCharsets.ISO_8859_1);
        }
        char[] characters = new char[(bytes.length - 1) / 2];
        MemorySegment.copy(MemorySegment.ofArray(bytes), CHAR, 1, characters, 0, characters.length);
        return new String(characters);
    }

    private static int hash(int model, byte[] bytes, long seed) {
        long hash = mixed(seed ^ model);
        for (int at = 0; at < bytes.length; at += 8) {
            long word = 0;
            for (int k = at; k < Math.min(at + 8, bytes.length); k++) {
                word = word << 8 | (bytes[k] & 0xff);
            }
            hash = mixed(hash ^ word) + seed;
        }
        return (int) mixed(hash ^ bytes.length);
    }

    /** MurmurHash3's last step. */
    private static long mixed(long bits) {
        long mixed = (bits ^ bits >>> 33) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ mixed >>> 33) * 0xc4ceb9fe1a85ec53L;
        return mixed ^ mixed >>> 33;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Id(int otherModel, byte[] otherBytes, int _)
                && model == otherModel
                && Arrays.equals(bytes, otherBytes);
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
