package io.tidegate.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Safetensors files put together by hand, so that a test can break any part of one. */
final class RawSafetensors {

    private RawSafetensors() {}

    /** A header, written with ' for ", and so many bytes of zeros. */
    static byte[] file(String header, int dataBytes) {
        return file(header, new byte[dataBytes]);
    }

    static byte[] file(String header, byte[] data) {
        byte[] text = header.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return file(text.length, text, data);
    }

    static byte[] file(long length, byte[] header, byte[] data) {
        return ByteBuffer.allocate(8 + header.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .put(header)
                .put(data)
                .array();
    }

    /** One tensor {@code x}, [count] 16-bit numbers of the given bits. */
    static byte[] shorts(String dtype, short... bits) {
        ByteBuffer data = ByteBuffer.allocate(2 * bits.length).order(ByteOrder.LITTLE_ENDIAN);
        data.asShortBuffer().put(bits);
        return file(one(dtype, "[" + bits.length + "]", "[0," + 2 * bits.length + "]"), data.array());
    }

    /** The header of one tensor {@code x}. */
    static String one(String dtype, String shape, String offsets) {
        return "{" + entry("x", dtype, shape, offsets) + "}";
    }

    static String entry(String name, String dtype, String shape, String offsets) {
        return "'%s':{'dtype':'%s','shape':%s,'data_offsets':%s}".formatted(name, dtype, shape, offsets);
    }
}
