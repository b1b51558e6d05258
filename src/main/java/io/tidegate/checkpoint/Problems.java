package io.tidegate.checkpoint;

import io.tidegate.checkpoint.CheckpointException.Problem;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Gathers what is wrong, so that one answer names it all. */
final class Problems {

    static final int MOST = 100;

    private static final int LONGEST = 80; // characters of a file's own text in a message

    private final List<Problem> found = new ArrayList<>();

    void add(String pointer, String message) {
        if (found.size() < MOST) {
            found.add(new Problem(pointer, message));
        }
    }

    int count() {
        return found.size();
    }

    void throwIfAny() {
        if (!found.isEmpty()) {
            throw new CheckpointException(found);
        }
    }

    /** A file's own text as a message may hold it: cut short, and on one line. */
    static String quoted(String text) {
        return "'" + cut(text) + "'";
    }

    /** What came in place of what was expected. */
    static String got(JsonNode node) {
        return "got "
                + switch (node.getNodeType()) {
                    case MISSING -> "nothing";
                    case OBJECT -> "an object";
                    case ARRAY -> "an array";
                    case STRING -> quoted(node.stringValue());
                    default -> cut(node.toString());
                };
    }

    /** What came, an array with its elements. */
    static String gotAll(JsonNode node) {
        return node.isArray() ? "got " + cut(node.toString()) : got(node);
    }

    private static String cut(String text) {
        String cut = text.codePointCount(0, text.length()) > LONGEST
                ? text.substring(0, text.offsetByCodePoints(0, LONGEST)) + "…"
                : text;
        return cut.replaceAll("[\\p{Cntrl}\\u2028\\u2029]", "\uFFFD");
    }
}
