package io.tidegate.datasets;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import org.apache.commons.csv.CSVException;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/** Reads CSV (RFC 4180) with a header, row by row. */
final class CsvReader {

    static final int LONGEST_ROW = 4 << 20; // characters

    private final SequenceWriter writer;

    CsvReader(SequenceWriter writer) {
        this.writer = writer;
    }

    void read(PartStream in) throws IOException {
        Problems problems = new Problems(in.part());
        Utf8Reader reader = new Utf8Reader(in, LONGEST_ROW);
        try (CSVParser parser = CSVParser.builder()
                .setReader(reader)
                .setFormat(CSVFormat.RFC4180)
                .get()) {
            Rows rows = new Rows(parser, reader, problems);
            CSVRecord header = rows.next();
            if (header == null) {
                throw problems.stop(1, "expected a header line, got an empty file");
            }
            CsvRows meaning = new CsvRows(columns(header, problems), writer);
            for (CSVRecord row = rows.next(); row != null; row = rows.next()) {
                try {
                    meaning.row(row);
                } catch (BadRow e) {
                    problems.add(rows.line, e.detail());
                }
            }
            problems.refuseIfAny();
            try {
                meaning.end();
            } catch (BadRow e) {
                throw problems.stop(rows.line, e.detail());
            }
        }
    }

    private static CsvColumns columns(CSVRecord header, Problems problems) {
        try {
            return CsvColumns.of(header.toList());
        } catch (BadRow e) {
            throw problems.stop(1, e.detail());
        }
    }

    /** The parser's rows with the line on which each begins; blank lines are only good at the end. */
    private static final class Rows {

        private final CSVParser parser;
        private final Utf8Reader reader;
        private final Problems problems;
        private final Iterator<CSVRecord> rows;
        private long line = 1;

        Rows(CSVParser parser, Utf8Reader reader, Problems problems) {
            this.parser = parser;
            this.reader = reader;
            this.problems = problems;
            this.rows = parser.iterator();
        }

        @Nullable
        CSVRecord next() {
            long blank = 0;
            for (CSVRecord row = read(); row != null; row = read()) {
                if (row.size() > 1 || !row.get(0).isBlank()) {
                    if (blank > 0) {
                        problems.add(
                                blank, "expected a row, got a blank line; blank lines are only accepted at the end");
                    }
                    return row;
                }
                blank = blank == 0 ? line : blank;
            }
            return null;
        }

        private @Nullable CSVRecord read() {
            line = parser.getCurrentLineNumber() + 1;
            reader.startRow();
            try {
                return rows.hasNext() ? rows.next() : null;
            } catch (UncheckedIOException e) {
                if (e.getCause() instanceof CSVException malformed) {
                    throw problems.stop(
                            line,
                            "expected CSV as in RFC 4180, got a quotation mark out of place: "
                                    + Quoted.shortened(String.valueOf(malformed.getMessage())));
                }
                throw e;
            } catch (BadRow e) {
                throw problems.stop(line, e.detail());
            }
        }
    }
}
