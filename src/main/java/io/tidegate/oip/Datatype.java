package io.tidegate.oip;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The protocol's tensor types, with the numbers each can hold. */
public enum Datatype {
    BOOL(Form.FLAG),
    UINT8(0, 0xFF),
    UINT16(0, 0xFFFF),
    UINT32(0, 0xFFFF_FFFFL),
    UINT64(0, 0x1p64),
    INT8(Byte.MIN_VALUE, Byte.MAX_VALUE),
    INT16(Short.MIN_VALUE, Short.MAX_VALUE),
    INT32(Integer.MIN_VALUE, Integer.MAX_VALUE),
    INT64(-0x1p63, 0x1p63),
    FP16(Form.BINARY),
    BF16(Form.BINARY),
    FP32(Form.FRACTION),
    FP64(Form.FRACTION),
    BYTES(Form.TEXT);

    /** How an element is written in JSON. */
    public enum Form {
        FLAG,
        INTEGER,
        FRACTION,
        TEXT,
        /** Not at all. */
        BINARY
    }

    private static final Map<String, Datatype> NAMED =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(Datatype::name, Function.identity()));

    private final Form form;
    private final double min;
    private final double max;

    Datatype(Form form) {
        this(form, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
    }

    Datatype(double min, double max) {
        this(Form.INTEGER, min, max);
    }

    Datatype(Form form, double min, double max) {
        this.form = form;
        this.min = min;
        this.max = max;
    }

    /** The one of a name; null for none. */
    public static @Nullable Datatype named(String name) {
        return NAMED.get(name);
    }

    public Form form() {
        return form;
    }

    public double min() {
        return min;
    }

    public double max() {
        return max;
    }

    /** Whether a tensor described as this type may be sent as another: of the same kind, whatever its width. */
    public boolean accepts(Datatype sent) {
        return sent.form == form || (form == Form.FRACTION && sent.form == Form.BINARY);
    }
}
