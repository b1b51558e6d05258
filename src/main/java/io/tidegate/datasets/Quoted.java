package io.tidegate.datasets;

/** A caller's own words inside a message: bounded, and on one line. */
final class Quoted {

    private static final int MOST = 40;

    private Quoted() {}

    static String shortened(CharSequence words) {
        StringBuilder shown = new StringBuilder();
        words.codePoints()
                .limit(MOST)
                .map(point -> Character.isISOControl(point) ? ' ' : point)
                .forEach(shown::appendCodePoint);
        return words.length() > shown.length() ? shown + "…" : shown.toString();
    }
}
