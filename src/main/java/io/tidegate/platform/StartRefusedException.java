package io.tidegate.platform;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** A setting with which the service must not start. It is told in words, not as a stack trace. */
public final class StartRefusedException extends RuntimeException {

    private final String action;

    /**
     * @param message what is wrong
     * @param action what to do about it
     */
    public StartRefusedException(String message, String action) {
        super(message);
        this.action = action;
    }

    static final class Analyzer extends AbstractFailureAnalyzer<StartRefusedException> {
        @Override
        protected FailureAnalysis analyze(Throwable root, StartRefusedException refused) {
            return new FailureAnalysis(refused.getMessage(), refused.action, refused);
        }
    }
}
