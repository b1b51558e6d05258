package io.tidegate.datasets;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What a CSV file's header says its columns are. The names {@code sequence}, {@code label}, {@code target} and {@code targets},
 * in any case, have a meaning; all others are values.
 *
 * @param sequence, label, target, targets where such a column is, else -1
 * @param values the other columns, in order
 */
record CsvColumns(Form form, List<String> names, int sequence, int label, int target, int targets, int[] values) {

    /** How rows make sequences. */
    enum Form {
        /** One row a step, and a column {@code sequence} that says whose: values are features. */
        ROW_A_STEP,
        /** One row a sequence, with a label or target: values are steps of one feature. */
        ROW_A_SEQUENCE,
        /** One row a step of the only sequence: values are features. */
        SERIES
    }

    private static final String ACCEPTED = "; accepted are: a column 'sequence' and one row a step; a column 'label' or"
            + " 'target' and one row a sequence; or neither, which makes one long series";

    /** @throws BadRow for a header that leaves a choice */
    static CsvColumns of(List<String> header) {
        List<String> names = header.stream().map(String::strip).toList();
        requireNames(names);
        List<String> lower =
                names.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
        int sequence = lower.indexOf("sequence");
        int label = lower.indexOf("label");
        int target = lower.indexOf("target");
        int targets = lower.indexOf("targets");
        List<Integer> values = new ArrayList<>();
        for (int k = 0; k < names.size(); k++) {
            if (k != sequence && k != label && k != target && k != targets) {
                values.add(k);
            }
        }
        Form form = sequence >= 0 ? Form.ROW_A_STEP : label >= 0 || target >= 0 ? Form.ROW_A_SEQUENCE : Form.SERIES;
        CsvColumns columns = new CsvColumns(
                form,
                names,
                sequence,
                label,
                target,
                targets,
                values.stream().mapToInt(Integer::intValue).toArray());
        columns.requireOneMeaning();
        return columns;
    }

    private static void requireNames(List<String> names) {
        Set<String> seen = new HashSet<>();
        for (int k = 0; k < names.size(); k++) {
            if (names.get(k).isEmpty()) {
                throw new BadRow("expected a name for each column in the header, got none for column " + (k + 1));
            }
            if (!seen.add(names.get(k).toLowerCase(Locale.ROOT))) {
                throw new BadRow(
                        "expected columns of different names, got '" + Quoted.shortened(names.get(k)) + "' twice");
            }
        }
        if (names.size() == 1
                && (names.getFirst().contains(";") || names.getFirst().contains("\t"))) {
            throw new BadRow("expected columns separated by commas, got semicolons or tabs");
        }
    }

    private void requireOneMeaning() {
        if ((label >= 0 ? 1 : 0) + (target >= 0 ? 1 : 0) + (targets >= 0 ? 1 : 0) > 1) {
            throw new BadRow("expected at most one of the columns 'label', 'target' and 'targets', got several");
        }
        if (values.length == 0) {
            throw new BadRow("expected at least one column of values, got none" + ACCEPTED);
        }
        if (form == Form.SERIES && names.stream().allMatch(CsvColumns::isNumber)) {
            throw new BadRow("expected a header that names the columns, got a line of numbers" + ACCEPTED);
        }
        if (form == Form.ROW_A_SEQUENCE && values.length == 1) {
            throw new BadRow("expected several columns of values beside '" + names.get(Math.max(label, target))
                    + "', got one, so that each row would be a sequence of a single step" + ACCEPTED
                    + " (its steps may have a column 'targets')");
        }
    }

    private static boolean isNumber(String name) {
        try {
            Decimal.parse(name);
            return true;
        } catch (BadRow e) {
            return false;
        }
    }

    Expected expected() {
        return label >= 0
                ? Expected.LABEL
                : target >= 0 ? Expected.TARGET : targets >= 0 ? Expected.TARGETS : Expected.NONE;
    }
}
