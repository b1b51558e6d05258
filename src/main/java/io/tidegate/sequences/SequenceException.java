package io.tidegate.sequences;

import io.tidegate.inference.Failure;
import io.tidegate.inference.RefusedException;
import java.time.Duration;

/** A step that isn't made; its message begins with a name that clients may go by. */
public sealed class SequenceException extends RefusedException {

    private SequenceException(Failure.Kind kind, String message) {
        super(kind, message);
    }

    private SequenceException(Failure.Kind kind, String message, Duration retryAfter) {
        super(kind, message, retryAfter);
    }

    private static String described(SequenceKey key) {
        return "sequence " + key.id() + " of model '" + key.model() + "'";
    }

    /** No sequence of that id was started, or it is long forgotten. */
    public static final class Unknown extends SequenceException {
        public Unknown(SequenceKey key) {
            super(
                    Failure.Kind.INVALID,
                    "sequence_unknown: inference request for sequence " + key.id() + " to model '" + key.model()
                            + "' must specify the START flag on the first request of the sequence");
        }
    }

    /** It ended. */
    public static final class Ended extends SequenceException {
        public Ended(SequenceKey key) {
            super(
                    Failure.Kind.GONE,
                    "sequence_ended: " + described(key) + " has ended; begin a new one with the START flag");
        }
    }

    /** Nobody asked for it for too long. */
    public static final class Expired extends SequenceException {
        public Expired(SequenceKey key, Duration idle) {
            super(
                    Failure.Kind.GONE,
                    "sequence_expired: " + described(key) + " was given up, idle " + idle.toSeconds()
                            + " s; begin a new one with the START flag");
        }
    }

    /** Its last steps died with a process. */
    public static final class Lost extends SequenceException {
        public Lost(SequenceKey key) {
            super(
                    Failure.Kind.GONE,
                    "sequence_lost: the last steps of " + described(key) + " were lost with the process that made them;"
                            + " begin a new one with the START flag and send it whole");
        }

        /** It is there, and what could go on with it isn't. */
        private Lost(String message) {
            super(Failure.Kind.GONE, message);
        }

        static Lost withItsVersion(SequenceKey key, int version) {
            return new Lost("sequence_lost: " + described(key) + " can't go on: it began with version " + version
                    + ", which isn't here any more with the same weights, on the same engine; begin a new one with the"
                    + " START flag and send it whole");
        }
    }

    /** The last request's id came again with other inputs or flags. */
    public static final class RequestIdReused extends SequenceException {
        public RequestIdReused(SequenceKey key, String requestId) {
            super(
                    Failure.Kind.CONFLICT,
                    "request_id_reused: " + described(key) + " has answered request id '" + requestId
                            + "' for other inputs or flags; nothing was advanced: send the step under an id of its own");
        }
    }

    /** It began with another version than the one that is asked for by its number. */
    public static final class OtherVersion extends SequenceException {
        public OtherVersion(SequenceKey key, int version, int asked) {
            super(
                    Failure.Kind.CONFLICT,
                    "sequence_version: " + described(key) + " began with version " + version
                            + " and stays on it, and the request is for version " + asked
                            + "; nothing was advanced: leave the version out, or begin a new one with the START flag");
        }
    }

    /** A version that is to be deleted has live sequences. */
    public static final class InUse extends SequenceException {
        public InUse(String model, int version, long live) {
            super(
                    Failure.Kind.CONFLICT,
                    "version " + version + " of model '" + model + "' isn't deleted: "
                            + (live == 1 ? "1 live sequence" : live + " live sequences")
                            + " began with it and could not go on after a restart; wait for the end, end what lives, or"
                            + " delete it with ?force=true");
        }
    }

    /** Another process advanced it meanwhile, again and again. */
    public static final class Contended extends SequenceException {
        public Contended(SequenceKey key) {
            super(
                    Failure.Kind.CONFLICT,
                    "sequence_contended: " + described(key) + " is advanced by another request at the same time;"
                            + " nothing was advanced by this one: send a sequence's steps one after the other");
        }
    }

    /** A retry asks for more of an answer than was kept. */
    public static final class AnswerNotKept extends SequenceException {
        public AnswerNotKept(SequenceKey key) {
            super(
                    Failure.Kind.CONFLICT,
                    "request_answered: " + described(key) + " has answered this request, and its output 'hidden' was"
                            + " too large to keep; nothing was advanced: ask again without 'hidden'");
        }
    }

    /** There is no such live sequence to look at. */
    public static final class NotLive extends SequenceException {
        /** @param why as in "has ended" */
        public NotLive(SequenceKey key, String why) {
            super(Failure.Kind.NOT_FOUND, described(key) + " isn't live: it " + why);
        }
    }

    /** No room for a new sequence. */
    public static final class Limit extends SequenceException {
        /** @param setting the limit's property, and its value */
        public Limit(SequenceKey key, String setting) {
            super(
                    Failure.Kind.EXHAUSTED,
                    "sequence_limit: " + described(key) + " can't start: live sequences have all the memory that "
                            + setting + " allows; live ones go on: end some, or try again later",
                    Duration.ofSeconds(1));
        }
    }

    /** Nothing is kept that a crash would lose without a word. */
    public static final class Unwritten extends SequenceException {
        public Unwritten() {
            super(
                    Failure.Kind.UNAVAILABLE,
                    "sequence_unwritten: what live sequences do can't be written to disk for now, so they do nothing; the server's log says why",
                    Duration.ofSeconds(1));
        }
    }

    /** A state that can't be taken over. */
    public static final class BadState extends SequenceException {
        public BadState(String message) {
            super(Failure.Kind.INVALID, "sequence_state: " + message);
        }
    }
}
