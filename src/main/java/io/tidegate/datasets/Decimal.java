package io.tidegate.datasets;

/** A finite decimal number in a cell: none of the other things that Java reads as one, such as NaN, 0x1p3 or 1f. */
final class Decimal {

    private Decimal() {}

    static float parse(String cell) {
        String number = cell.strip();
        if (number.isEmpty()) {
            throw new BadRow("expected a number, got an empty cell; missing values aren't filled in");
        }
        for (int k = 0; k < number.length(); k++) {
            char c = number.charAt(k);
            if ((c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E') {
                throw notOne(number);
            }
        }
        try {
            float value = (float) Double.parseDouble(number);
            if (!Float.isFinite(value)) {
                throw new BadRow("expected a number that a 32-bit float holds, got " + Quoted.shortened(number));
            }
            return value;
        } catch (NumberFormatException e) {
            throw notOne(number);
        }
    }

    private static BadRow notOne(String cell) {
        return new BadRow("expected a finite number, got '" + Quoted.shortened(cell) + "'");
    }
}
