package io.tidegate.registry;

/** Something asked of the registry that its models don't allow. The message is for the caller. */
public abstract sealed class RegistryException extends RuntimeException {

    RegistryException(String message) {
        super(message);
    }

    /** No such model, version or alias. */
    public static final class NotFound extends RegistryException {
        NotFound(String message) {
            super(message);
        }
    }

    /** It exists, but isn't loaded. */
    public static final class NotReady extends RegistryException {
        NotReady(String message) {
            super(message);
        }
    }

    /** It would break something that is in use. */
    public static final class Conflict extends RegistryException {
        Conflict(String message) {
            super(message);
        }
    }

    /** It isn't any more what the caller thinks it is. */
    public static final class Stale extends RegistryException {
        Stale(String message) {
            super(message);
        }
    }

    /** A name that no model or alias may have. */
    public static final class BadName extends RegistryException {
        BadName(String message) {
            super(message);
        }
    }
}
