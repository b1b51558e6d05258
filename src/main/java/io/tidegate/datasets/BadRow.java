package io.tidegate.datasets;

/** Something wrong with the row at hand; who knows its line adds it. */
final class BadRow extends RuntimeException {

    BadRow(String detail) {
        super(detail, null, false, false);
    }

    String detail() {
        return String.valueOf(getMessage());
    }
}
