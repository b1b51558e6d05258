package io.tidegate.core.cell;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The recurrent cell of a layer, under the name that checkpoints and JSON use. */
public enum CellType {
    LSTM("lstm", Memory.NONE),
    PEEPHOLE("peephole", Memory.DIAGONAL),
    PEEPHOLE_FULL("peephole-full", Memory.FULL),
    WM("wm", Memory.FULL);

    /** The shape of the cell-to-gate weights. */
    public enum Memory {
        NONE,
        /** {@code peephole}, [3H] */
        DIAGONAL,
        /** {@code weight_ch}, [3H, H] */
        FULL
    }

    private final String text;
    private final Memory memory;

    CellType(String text, Memory memory) {
        this.text = text;
        this.memory = memory;
    }

    public Memory memory() {
        return memory;
    }

    public static CellType of(String text) {
        return Arrays.stream(values())
                .filter(type -> type.text.equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("cell: expected one of "
                        + Arrays.stream(values()).map(CellType::toString).collect(Collectors.joining(", "))
                        + ", got '" + text + "'"));
    }

    @Override
    public String toString() {
        return text;
    }
}
