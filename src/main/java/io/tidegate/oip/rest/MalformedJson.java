package io.tidegate.oip.rest;

import io.tidegate.inference.InvalidInputException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.UnexpectedEndOfInputException;

/** Says to a caller what a parser found wrong with the JSON itself. */
final class MalformedJson {

    /** In Triton's words. */
    static final String PREFIX = "failed to parse the request JSON buffer: ";

    private static final String END = "expected more, got the end of the body";

    private MalformedJson() {}

    static InvalidInputException refusal(JacksonException e) {
        String what = switch (e) {
            case JacksonIOException _ -> "the body can't be read to its end";
            case UnexpectedEndOfInputException _ -> END;
            case StreamConstraintsException _ ->
                "expected numbers of at most " + JsonBody.MAX_NUMBER + " and names of at most " + JsonBody.MAX_NAME
                        + " characters, got a longer one";
            default -> inJacksonsWords(e.getOriginalMessage());
        };
        String at = e.getLocation() == null || e.getLocation().getLineNr() < 1
                ? ""
                : " at line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr();
        return new InvalidInputException("", PREFIX + what + at);
    }

    /** Without its advice, which is for programmers. */
    private static String inJacksonsWords(String message) {
        return message.startsWith("Unexpected end")
                ? END
                : message.lines().findFirst().orElse("").split(": enable `", 2)[0];
    }
}
