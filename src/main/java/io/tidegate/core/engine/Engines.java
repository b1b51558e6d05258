package io.tidegate.core.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The one place where an engine is chosen. */
public final class Engines {

    /** Asks for the best engine that can run. */
    public static final String AUTO = "auto";

    /**
     * An engine that may be able to run here.
     *
     * @param start makes it, or throws with the reason why it can't run
     */
    public record Candidate(String name, Supplier<Engine> start) {}

    /**
     * @param reason why this engine, in words for a log or a dashboard
     * @param passedOver the better engines that can't run here, with the reasons
     */
    public record Selection(Engine engine, String reason, List<String> passedOver) {
        public Selection {
            passedOver = List.copyOf(passedOver);
        }
    }

    /** An engine that was asked for by name and can't run, or doesn't exist. */
    public static final class UnavailableException extends RuntimeException {
        UnavailableException(String message, Throwable cause) {
            super(message, cause);
        }

        UnavailableException(String message) {
            super(message);
        }
    }

    private Engines() {}

    /**
     * @param wanted an engine's name, or {@link #AUTO}
     * @param ladder from the best engine down
     * @throws UnavailableException if the wanted one can't run, or none can
     */
    public static Selection select(String wanted, List<Candidate> ladder) {
        if (!wanted.equals(AUTO)) {
            return named(wanted, ladder);
        }
        List<String> passedOver = new ArrayList<>();
        for (Candidate candidate : ladder) {
            try {
                Engine engine = candidate.start().get();
                String reason = passedOver.isEmpty()
                        ? "auto: the best engine here"
                        : "auto: the best engine that runs; " + String.join("; ", passedOver);
                return new Selection(engine, reason, passedOver);
            } catch (RuntimeException | LinkageError e) {
                passedOver.add(candidate.name() + " can't run: " + e.getMessage());
            }
        }
        throw new UnavailableException("no engine can run; " + String.join("; ", passedOver));
    }

    private static Selection named(String wanted, List<Candidate> ladder) {
        for (Candidate candidate : ladder) {
            if (candidate.name().equals(wanted)) {
                try {
                    return new Selection(candidate.start().get(), "asked for by name", List.of());
                } catch (RuntimeException | LinkageError e) {
                    throw new UnavailableException(
                            "engine '" + wanted + "' was asked for by name and can't run: " + e.getMessage()
                                    + "; mend that, or set tidegate.engine=" + AUTO,
                            e);
                }
            }
        }
        throw new UnavailableException("tidegate.engine: expected " + AUTO + " or one of "
                + ladder.stream().map(Candidate::name).collect(Collectors.joining(", ")) + ", got '" + wanted + "'");
    }
}
