package io.tidegate.datasets;

import io.tidegate.platform.JsonFloats;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/** Reads one JSON object a line: {@code {"sequence": [[…], …], "label": "x"}}, with a label, a target, targets or none of them. */
final class NdjsonReader {

    private static final JsonFactory JSON = JsonFloats.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(10)
                    .maxStringLength(LineReader.LONGEST)
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final SequenceWriter writer;
    private final NumberRows sequence = new NumberRows("sequence");
    private final NumberRows target = new NumberRows("target");
    private final NumberRows targets = new NumberRows("targets");
    private @Nullable String label;

    NdjsonReader(SequenceWriter writer) {
        this.writer = writer;
    }

    void read(PartStream in) throws IOException {
        Problems problems = new Problems(in.part());
        LineReader lines = new LineReader(in);
        while (lines.next()) {
            if (lines.isBlank()) {
                continue;
            }
            try {
                line(lines);
            } catch (BadRow e) {
                problems.add(lines.number(), e.detail());
            }
        }
        problems.refuseIfAny();
    }

    private void line(LineReader lines) {
        if (lines.isTooLong()) {
            throw new BadRow("expected a line of at most " + LineReader.LONGEST
                    + " bytes, got more; a longer sequence can be sent as CSV, one row a step");
        }
        sequence.clear();
        target.clear();
        targets.clear();
        label = null;
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), lines.line(), 0, lines.length())) {
            object(json);
        } catch (JacksonException e) {
            throw new BadRow(notJson(e));
        }
        Expected says = says();
        writer.begin(says);
        writer.steps(sequence.values(), sequence.rows(), sequence.width());
        if (label != null) {
            writer.label(label);
        }
        NumberRows numbers = says == Expected.TARGET ? target : targets;
        if (numbers.isPresent()) {
            writer.targets(numbers.values(), numbers.rows(), numbers.width());
        }
        writer.end();
    }

    private void object(JsonParser json) {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw new BadRow(
                    "expected a JSON object with \"sequence\", got " + NumberRows.described(json.currentToken())
                            + "; NDJSON is one object a line, without an array around them");
        }
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String field = json.currentName();
            json.nextToken();
            switch (field) {
                case "sequence" -> sequence.read(json);
                case "label" -> label = label(json);
                case "target" -> target.readOne(json);
                case "targets" -> targets.read(json);
                default ->
                    throw new BadRow("expected \"sequence\" with \"label\", \"target\" or \"targets\", got the field \""
                            + Quoted.shortened(field) + "\"");
            }
        }
        if (json.nextToken() != null) {
            throw new BadRow("expected one JSON object a line, got more after it");
        }
        if (sequence.rows() == 0) {
            throw new BadRow(
                    sequence.isPresent()
                            ? "\"sequence\": expected at least one step, got none"
                            : "expected the field \"sequence\", got none");
        }
    }

    private static String label(JsonParser json) {
        if (json.hasToken(JsonToken.VALUE_STRING) || json.hasToken(JsonToken.VALUE_NUMBER_INT)) {
            return json.getString();
        }
        throw new BadRow("\"label\": expected a string or an integer, got " + NumberRows.described(json.currentToken())
                + (json.hasToken(JsonToken.VALUE_NUMBER_FLOAT)
                        ? " with a fraction; a number to be learnt is a \"target\""
                        : ""));
    }

    private Expected says() {
        if ((label != null ? 1 : 0) + (target.isPresent() ? 1 : 0) + (targets.isPresent() ? 1 : 0) > 1) {
            throw new BadRow("expected one of \"label\", \"target\" and \"targets\", got several");
        }
        return label != null
                ? Expected.LABEL
                : target.isPresent() ? Expected.TARGET : targets.isPresent() ? Expected.TARGETS : Expected.NONE;
    }

    private static String notJson(JacksonException e) {
        String said = e.getOriginalMessage().lines().findFirst().orElse("");
        int column = e.getLocation() == null ? 0 : e.getLocation().getColumnNr();
        String at = column > 0 ? " (column " + column + ")" : "";
        if (said.contains("Duplicate")) {
            return "expected each field once, got one twice" + at;
        }
        if (said.contains("NaN") || said.contains("Infinity")) {
            return "expected finite numbers; JSON has no NaN and no Infinity" + at;
        }
        return "expected one whole JSON object on the line, got something else" + at + ": " + said;
    }
}
