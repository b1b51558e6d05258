package io.tidegate.datasets;

import java.util.Objects;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/** Turns rows into sequences, as their {@link CsvColumns} say. */
final class CsvRows {

    private final CsvColumns columns;
    private final SequenceWriter writer;
    private final float[] values;
    private final float[] number = new float[1];
    private final SeenIds seen = new SeenIds();

    /** The sequence whose rows come, in the forms where it has several. */
    private boolean open;

    private boolean broken; // by a bad row: what follows from that one isn't said too
    private @Nullable String id;
    private @Nullable String says; // its label or target

    CsvRows(CsvColumns columns, SequenceWriter writer) {
        this.columns = columns;
        this.writer = writer;
        this.values = new float[columns.values().length];
    }

    void row(CSVRecord row) {
        if (row.size() != columns.names().size()) {
            throw new BadRow("expected " + columns.names().size() + " cells as in the header, got " + row.size());
        }
        try {
            read(row);
        } catch (BadRow e) {
            broken = true;
            throw e;
        }
    }

    private void read(CSVRecord row) {
        int count = values(row);
        switch (columns.form()) {
            case ROW_A_SEQUENCE -> {
                begin(answer(row));
                writer.steps(values, count, 1);
                end();
            }
            case ROW_A_STEP -> {
                requireAll(count);
                whose(row);
                step(row);
            }
            case SERIES -> {
                requireAll(count);
                if (!open) {
                    begin(null);
                }
                step(row);
            }
        }
    }

    /** After the last row. */
    void end() {
        if (open && !broken) {
            writer.end();
        }
        open = false;
    }

    private void whose(CSVRecord row) {
        String whose = row.get(columns.sequence()).strip();
        if (whose.isEmpty()) {
            throw new BadRow("column '" + columns.names().get(columns.sequence())
                    + "': expected what sequence the row belongs to, got an empty cell");
        }
        String answer = answer(row);
        if (!open || !whose.equals(id)) {
            if (!seen.add(whose)) {
                throw new BadRow("expected the rows of a sequence to follow each other, got more of sequence '"
                        + Quoted.shortened(whose) + "' after others");
            }
            end();
            id = whose;
            begin(answer);
        } else if (!Objects.equals(says, answer)) {
            throw new BadRow("expected the same "
                    + (columns.label() >= 0 ? "label" : "target")
                    + " in all rows of sequence '" + Quoted.shortened(whose) + "', got '"
                    + Quoted.shortened(String.valueOf(says)) + "' and '" + Quoted.shortened(String.valueOf(answer))
                    + "'" + (columns.label() >= 0 ? "" : "; a number for each step is a column 'targets'"));
        }
    }

    private void step(CSVRecord row) {
        writer.steps(values, 1, values.length);
        if (columns.targets() >= 0) {
            number[0] = cell(row, columns.targets());
            writer.targets(number, 1, 1);
        }
    }

    private @Nullable String answer(CSVRecord row) {
        return columns.label() >= 0
                ? row.get(columns.label()).strip()
                : columns.target() >= 0 ? row.get(columns.target()).strip() : null;
    }

    private void begin(@Nullable String answer) {
        writer.begin(columns.expected());
        open = true;
        says = answer;
        if (answer == null) {
            return;
        }
        if (columns.label() >= 0) {
            writer.label(answer);
        } else {
            number[0] = named(columns.target(), answer);
            writer.targets(number, 1, 1);
        }
    }

    /** @return how many of the columns have a value: the cells after a sequence's end are empty */
    private int values(CSVRecord row) {
        int[] at = columns.values();
        int count = at.length;
        while (count > 0 && row.get(at[count - 1]).isBlank()) {
            count--;
        }
        for (int k = 0; k < count; k++) {
            values[k] = cell(row, at[k]);
        }
        return count;
    }

    private void requireAll(int count) {
        if (count < values.length) {
            named(columns.values()[count], ""); // says that it is empty
        }
    }

    private float cell(CSVRecord row, int column) {
        return named(column, row.get(column));
    }

    private float named(int column, String cell) {
        try {
            return Decimal.parse(cell);
        } catch (BadRow e) {
            throw new BadRow("column '" + Quoted.shortened(columns.names().get(column)) + "': " + e.detail());
        }
    }
}
